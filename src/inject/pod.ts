/** A pod, or the template of one, as far as injection looks at it. Everything else in it is other people's. */
import { isMapping } from "../api/schema-walk.ts";
import type { Place } from "../api/validate.ts";
import { type Issue, issueAt } from "../lib/issue.ts";

export type Mapping = Record<string, unknown>;

/** As it was read; never changed in place. */
export interface Pod {
  readonly metadata: Mapping;
  readonly annotations: Mapping;
  readonly labels: Mapping;
  readonly spec: Mapping;
  readonly initContainers: readonly Mapping[];
  readonly containers: readonly Mapping[];
  readonly ephemeralContainers: readonly Mapping[];
  readonly volumes: readonly Mapping[];
}

/** Reads a pod or a template; null, with issues, when a part of it has another shape than Kubernetes wants. */
export function readPod(value: Mapping, place: Place, issues: Issue[]): Pod | null {
  const before = issues.length;
  const mapping = (holder: Mapping, path: readonly string[]): Mapping => {
    const found = holder[path.at(-1) ?? ""] ?? {};
    if (isMapping(found)) return found;
    issues.push(issueAt(place.source, [...place.path, ...path], "must be a mapping", "correct the indentation"));
    return {};
  };
  const list = (holder: Mapping, path: readonly string[]): Mapping[] => {
    const found = holder[path.at(-1) ?? ""] ?? [];
    const wrong = Array.isArray(found) ? found.findIndex((item) => !isMapping(item)) : 0;
    if (Array.isArray(found) && wrong === -1) return found;
    const at = Array.isArray(found) ? [...path, wrong] : path;
    const message = Array.isArray(found) ? "must be a mapping" : "must be a list";
    issues.push(issueAt(place.source, [...place.path, ...at], message, "correct the indentation, or the dashes"));
    return [];
  };
  const metadata = mapping(value, ["metadata"]);
  const spec = mapping(value, ["spec"]);
  const pod = {
    metadata,
    annotations: mapping(metadata, ["metadata", "annotations"]),
    labels: mapping(metadata, ["metadata", "labels"]),
    spec,
    initContainers: list(spec, ["spec", "initContainers"]),
    containers: list(spec, ["spec", "containers"]),
    ephemeralContainers: list(spec, ["spec", "ephemeralContainers"]),
    volumes: list(spec, ["spec", "volumes"]),
  };
  return issues.length > before ? null : pod;
}
