/** The kustomizations: each overlay, built, is what `--print-install --overlay` prints; by our own few rules, and by kubectl's where it is. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { readYaml, writeYaml } from "../lib/yaml.ts";
import { jsonPatch } from "../testkit/kube/patch.ts";
import { withScratch } from "../testkit/scratch.ts";
import { definitionsKustomization, kustomizeFiles } from "./kustomize.ts";
import { definitions } from "./objects.ts";
import { decide, defaultSettings, installObjects, OVERLAYS, type Overlay, writeObjects } from "./plain.ts";
import type { Fields } from "./template.ts";

/** The files as they lie in deploy/. */
const files = new Map([
  ["crd/kustomization.yaml", definitionsKustomization(["all.yaml"])],
  ["crd/all.yaml", writeObjects(definitions())],
]);
for (const [path, text] of kustomizeFiles(defaultSettings("1.2.3"))) files.set(`kustomize/${path}`, text);

interface Kustomization {
  resources: string[];
  components?: string[];
  patches?: { target?: { kind: string; name: string }; patch: string }[];
}

function documentsOf(path: string): Fields[] {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is not there`);
  return readYaml(text, path).documents.map(({ value }) => value as Fields);
}

/** Builds a folder. `before` is what a component is added to. */
function build(folder: string, before: readonly Fields[] = []): Fields[] {
  const [read] = documentsOf(`${folder}/kustomization.yaml`);
  const { resources, components = [], patches = [] } = read as unknown as Kustomization;
  const at = (path: string) => normalize(join(folder, path));
  let objects = [
    ...before,
    ...resources.flatMap((path) => (path.endsWith(".yaml") ? documentsOf(at(path)) : build(at(path)))),
  ];
  for (const path of components) objects = build(at(path), objects);
  for (const { target, patch } of patches) {
    const steps = readYaml(patch, "patch").documents[0]?.value;
    const wanted = target ?? {
      kind: (steps as Fields)["kind"],
      name: ((steps as Fields)["metadata"] as Fields)["name"],
    };
    const isMeant = ({ kind, metadata }: Fields) =>
      kind === wanted.kind && (metadata as Fields)["name"] === wanted.name;
    // What another component has taken away needs no patch.
    if (components.length === 0 && before.length === 0) expect(objects.filter(isMeant)).toHaveLength(1);
    objects =
      target === undefined
        ? objects.filter((object) => !isMeant(object))
        : objects.map((object) => {
            return isMeant(object) ? (jsonPatch(object, steps) as Fields) : object;
          });
  }
  return objects;
}

function byKey(objects: readonly Fields[]): Record<string, Fields> {
  return Object.fromEntries(
    objects.map((object) => {
      const { namespace = "", name } = object["metadata"] as Fields;
      return [`${object["kind"]} ${namespace}/${name}`, object];
    }),
  );
}

function printed(overlays: readonly Overlay[]): Record<string, Fields> {
  return byKey(installObjects(decide({ ...defaultSettings("1.2.3"), overlays })));
}

/** Overlays of the repository, and both variants together in an overlay of somebody's own, in either order. */
const CASES: ReadonlyArray<readonly [string, readonly Overlay[]]> = [
  ...OVERLAYS.map((overlay) => [overlay, [overlay]] as const),
  ["mine", ["cert-manager", "policy-injector"]],
  ["mine-too", ["policy-injector", "cert-manager"]],
];
for (const [name, overlays] of CASES.slice(OVERLAYS.length)) {
  const components = overlays.map((each) => `../../components/${each}`);
  const mine = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: ["../../base"] };
  files.set(`kustomize/overlays/${name}/kustomization.yaml`, writeYaml({ ...mine, components }));
}

describe("the overlay", () => {
  test.each([...CASES])("%s is what is printed", (name, overlays) => {
    expect(byKey(build(`kustomize/overlays/${name}`))).toEqual(printed(overlays));
  });

  const kubectl = Bun.which("kubectl");
  test.skipIf(kubectl === null).each([...CASES])("%s is what is printed, built by kubectl", (name, overlays) => {
    return withScratch(async (scratch) => {
      for (const [path, text] of files) {
        mkdirSync(dirname(join(scratch, path)), { recursive: true });
        writeFileSync(join(scratch, path), text);
      }
      const built = Bun.spawnSync([kubectl ?? "", "kustomize", join(scratch, `kustomize/overlays/${name}`)]);
      expect(built.stderr.toString()).toBe("");
      const objects = readYaml(built.stdout.toString(), "kubectl").documents.map(({ value }) => value as Fields);
      expect(byKey(objects)).toEqual(printed(overlays));
    });
  });
});
