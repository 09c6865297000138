/**
 * Findings in a KRM function's way: a ResourceList comes in, and goes out with results.
 * https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md
 */
import { isMapping } from "../../api/schema-walk.ts";
import type { Severity } from "../../lib/issue.ts";
import { writeYaml } from "../../lib/yaml.ts";
import type { MeshObject } from "../object.ts";
import type { Finding } from "./lint.ts";

/** Whether a text is a ResourceList, told by its first lines. */
export function isResourceList(text: string): boolean {
  return /^\s*(?:---\s+)?(?:\{\s*)?(?:[^\n]*\n){0,40}?[^\n]*?["']?kind["']?\s*:\s*["']?ResourceList\b/.test(
    text.slice(0, 4_000),
  );
}

const SEVERITIES: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", notice: "info" };

/**
 * The list with results. Items stay as they came, comments included, unless the list is laid out so that nothing can be
 * added behind it. `value` is what `text` says.
 */
export function functionReport(text: string, value: Record<string, unknown>, findings: readonly Finding[]): string {
  const results = findings.filter((finding) => finding.ignored === null).map(resultOf);
  if (results.length === 0) return text;
  const isBlock = /^items:/m.test(text) && !/^(results:|\.\.\.|---)/m.test(text.replace(/^\s*---[^\n]*\n/, ""));
  if (isBlock) return `${text.replace(/\s*$/, "\n")}${writeYaml({ results })}`;
  const whole = { ...value, results };
  return text.trimStart().startsWith("{") ? `${JSON.stringify(whole, null, 2)}\n` : writeYaml(whole);
}

function resultOf({ rule, level, path, message, remedy, object }: Finding) {
  return {
    message: `${message}\n${remedy}`,
    severity: SEVERITIES[level],
    ...(object !== null && { resourceRef: referenceOf(object) }),
    ...(path !== "" && { field: { path } }),
    ...fileOf(object),
    tags: { rule: rule.id, name: rule.name },
  };
}

function referenceOf({ apiVersion, kind, namespace, name }: MeshObject) {
  return { apiVersion, kind, namespace, name };
}

/** Where kustomize and kpt took the object from. */
function fileOf(object: MeshObject | null) {
  const annotation = (name: string) => {
    return (
      object?.annotations[`internal.config.kubernetes.io/${name}`] ??
      object?.annotations[`config.kubernetes.io/${name}`]
    );
  };
  const path = annotation("path");
  const index = Number(annotation("index") ?? 0);
  return path === undefined ? {} : { file: { path, ...(index > 0 && { index }) } };
}

/** What the function's configuration says: the settings of a check, as a file has them, under `spec`, or as texts under `data`. */
export function functionSettings(value: Record<string, unknown>): Record<string, unknown> | null {
  const config = value["functionConfig"];
  if (!isMapping(config)) return null;
  if (isMapping(config["spec"])) return config["spec"];
  const data = config["data"];
  if (!isMapping(data)) return null;
  const ignore = String(data["ignore"] ?? "").split(/[\s,]+/);
  const rules = ignore.filter((word) => word !== "").map((rule) => ({ rule }));
  return {
    ...(data["failureThreshold"] !== undefined && { failureThreshold: data["failureThreshold"] }),
    ignore: rules,
  };
}
