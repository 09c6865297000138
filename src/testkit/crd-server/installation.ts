/**
 * The installation as Kubernetes' own code reads it: no field that its types do not have, the chart by Go's templates, and the policy by
 * the API server's CEL, of which the same pods have to come as of the webhook.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMapping } from "../../api/schema-walk.ts";
import { reviewPod } from "../../inject/admission.ts";
import type { Mapping } from "../../inject/pod.ts";
import { decide, defaultSettings, installObjects, OVERLAYS, writeObjects } from "../../install/plain.ts";
import { policyObjects } from "../../install/policy.ts";
import { readYaml } from "../../lib/yaml.ts";
import { CHART_CASES } from "../chart-cases.ts";
import { renderHelm } from "../helm.ts";
import { jsonPatch } from "../kube/patch.ts";
import { REPOSITORY } from "../paths.ts";
import { someOptions } from "../sidecar-settings.ts";
import { say } from "../terminal.ts";
import { PODS } from "./pods.ts";

const CHART = join(REPOSITORY, "deploy/helm/pisanix");
const VERSION = "0.0.0";

/** Uses the program that `check.go` is built to; `directory` is for files. @throws Error for what is not as it should be. */
export async function checkInstallation(check: string, directory: string): Promise<void> {
  const run = (argv: readonly string[], input: string) => {
    const { stdout, stderr, exitCode } = Bun.spawnSync([check, ...argv], { stdin: new Blob([input]) });
    if (exitCode !== 0) throw new Error(`${argv[0]}: ${stderr}`);
    return stdout.toString();
  };
  let decoded = 0;
  const decode = (text: string) => {
    const lines = run(["decode"], text).trim().split("\n");
    const strange = lines.filter((line) => !line.startsWith("good ") && !line.startsWith("unknown cert-manager.io/"));
    if (strange.length > 0) throw new Error(strange.join());
    decoded += lines.length;
  };
  for (const overlay of OVERLAYS) {
    decode(writeObjects(installObjects(decide({ ...defaultSettings(VERSION), overlays: [overlay] }))));
  }
  for (const [name, values] of CHART_CASES) {
    const rendered = run(["render", CHART, JSON.stringify(values), "mesh"], "");
    decode(rendered);
    const [real, ours] = [keyed(rendered), keyed(renderChart(values, "mesh"))];
    if (!Bun.deepEquals(real, ours)) throw new Error(`the chart with ${name} is another by Go's templates`);
  }
  const injected = await comparePods(run, directory);
  say(
    `${decoded} objects are as Kubernetes' types are; the chart is the same by Go's templates, ${CHART_CASES.length} times;`,
  );
  say(`${PODS.length} pods are the same by the policy and by the webhook, ${injected} of them with a sidecar`);
}

function renderChart(changes: Mapping, namespace: string): string {
  const files = (readdirSync(join(CHART, "templates"), { recursive: true }) as string[]).filter((file) =>
    file.endsWith(".yaml"),
  );
  const text = readFileSync(join(CHART, "values.yaml"), "utf8");
  const values = readYaml(text, "values.yaml").documents[0]?.value as Mapping;
  const context = {
    Values: { ...values, ...changes },
    Release: { Namespace: namespace },
    Chart: { AppVersion: VERSION },
  };
  return files
    .map((file) => `---\n${renderHelm(readFileSync(join(CHART, "templates", file), "utf8"), context)}`)
    .join("");
}

/** Objects by kind, namespace and name. */
function keyed(text: string): Mapping {
  const objects = readYaml(text, "chart").documents.flatMap(({ value }) => (isMapping(value) ? [value] : []));
  return Object.fromEntries(
    objects.map((object) => {
      const { namespace, name } = object["metadata"] as Mapping;
      return [`${object["kind"]} ${namespace}/${name}`, object];
    }),
  );
}

type Run = (argv: readonly string[], input: string) => string;

/** Returns how many got a sidecar. */
async function comparePods(run: Run, directory: string): Promise<number> {
  const { settings, version } = someOptions();
  const policy = policyObjects(decide({ ...defaultSettings(version), image: settings["proxy-image"] }));
  const file = join(directory, "policy.yaml");
  await Bun.write(file, writeObjects(policy));
  const lines = run(["inject", file], PODS.map((pod) => `---\n${JSON.stringify(pod)}\n`).join(""))
    .trim()
    .split("\n");
  let injected = 0;
  for (const [index, pod] of PODS.entries()) {
    const byPolicy = withoutEmpty(JSON.parse(lines[index] ?? ""));
    const byWebhook = withoutEmpty(byReview(pod, { version, settings }));
    if (!Bun.deepEquals(byPolicy ?? withoutEmpty(pod), byWebhook)) {
      throw new Error(
        `${JSON.stringify(pod)} is ${JSON.stringify(byPolicy)} by the policy, ${JSON.stringify(byWebhook)} by the webhook`,
      );
    }
    if (JSON.stringify(byWebhook).includes("pisanix.io/status")) injected++;
  }
  return injected;
}

function byReview(object: Mapping, options: ReturnType<typeof someOptions>): unknown {
  const request = {
    uid: "1",
    operation: "CREATE",
    namespace: "shop",
    resource: { group: "", resource: "pods" },
    object,
  };
  const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
  const patch = reviewPod(review, { ...options, listenPortsOf: () => null })?.response.patch;
  return patch === undefined ? object : jsonPatch(object, JSON.parse(Buffer.from(patch, "base64").toString()));
}

/** Go writes fields that nothing was said of. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isMapping(value)) return value;
  const isEmpty = (entry: unknown) => entry === null || (isMapping(entry) && Object.keys(entry).length === 0);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) =>
      isEmpty(entry) && key !== "emptyDir" ? [] : [[key, withoutEmpty(entry)]],
    ),
  );
}
