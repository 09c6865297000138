/**
 * Kustomize: a base that is the installation as it is printed by default, and a component for each variant: what it adds, what it
 * takes away and what it changes. An overlay is the base with a component; who wants both variants lists both.
 */
import { isMapping } from "../api/schema-walk.ts";
import { jsonPointer } from "../lib/path.ts";
import { writeYaml } from "../lib/yaml.ts";
import { installParts, type Part } from "./objects.ts";
import { decide, OVERLAYS, type Overlay, type PlainSettings, writeObjects } from "./plain.ts";
import type { Fields } from "./template.ts";

const KUSTOMIZE = "kustomize.config.k8s.io";

/** The files, by their path in the folder; `plain` are the settings of the base. */
export function kustomizeFiles(plain: PlainSettings): Map<string, string> {
  const files = new Map<string, string>();
  const base = installParts(decide(plain)).filter(({ objects }) => objects.length > 0);
  for (const { name, objects } of base) files.set(`base/${name}.yaml`, writeObjects(objects));
  const resources = ["../../crd", ...base.map(({ name }) => `${name}.yaml`)];
  files.set("base/kustomization.yaml", writeYaml(kustomization({ resources })));
  for (const overlay of OVERLAYS) {
    const isBase = overlay === "self-signed";
    const components = isBase ? {} : { components: [`../../components/${overlay}`] };
    const text = writeYaml(kustomization({ resources: ["../../base"], ...components }));
    files.set(`overlays/${overlay}/kustomization.yaml`, text);
    if (!isBase) addComponent(files, overlay, base, plain);
  }
  return files;
}

/** The kustomization of the folder with the kinds of the mesh. */
export function definitionsKustomization(names: readonly string[]): string {
  return writeYaml(kustomization({ resources: names }));
}

function kustomization(fields: Fields): Fields {
  return { apiVersion: `${KUSTOMIZE}/v1beta1`, kind: "Kustomization", ...fields };
}

function addComponent(files: Map<string, string>, overlay: Overlay, base: readonly Part[], plain: PlainSettings): void {
  const variant = installParts(decide({ ...plain, overlays: [overlay] }));
  const before = new Map(objectsOf(base).map((object) => [keyOf(object), object]));
  const now = new Map(objectsOf(variant).map((object) => [keyOf(object), object]));
  const resources: string[] = [];
  for (const { name, objects } of variant) {
    const added = (objects as Fields[]).filter((object) => !before.has(keyOf(object)));
    if (added.length === 0) continue;
    files.set(`components/${overlay}/${name}.yaml`, writeObjects(added));
    resources.push(`${name}.yaml`);
  }
  const patches = [...before].flatMap(([key, object]) => {
    const changed = now.get(key);
    if (changed === undefined) return [{ patch: writeYaml({ ...identityOf(object), $patch: "delete" }) }];
    const steps = patchSteps([], object, changed);
    return steps.length === 0 ? [] : [{ target: targetOf(object), patch: writeYaml(steps) }];
  });
  const component = { apiVersion: `${KUSTOMIZE}/v1alpha1`, kind: "Component", resources, patches };
  files.set(`components/${overlay}/kustomization.yaml`, writeYaml(component));
}

function objectsOf(parts: readonly Part[]): Fields[] {
  return parts.flatMap(({ objects }) => objects as Fields[]);
}

function keyOf(object: Fields): string {
  const { namespace, name } = object["metadata"] as Fields;
  return `${object["kind"]} ${namespace ?? ""}/${name}`;
}

function identityOf({ apiVersion, kind, metadata }: Fields): Fields {
  return { apiVersion, kind, metadata: { name: (metadata as Fields)["name"] } };
}

function targetOf({ kind, metadata }: Fields): Fields {
  return { kind, name: (metadata as Fields)["name"] };
}

type Step = { op: "add" | "replace"; path: string; value: unknown } | { op: "remove"; path: string };

/** RFC 6902. Lists grow and shrink at their ends, so that the steps of two components do not meet. */
function patchSteps(path: readonly (string | number)[], old: unknown, wanted: unknown): Step[] {
  if (Bun.deepEquals(old, wanted)) return [];
  if (isMapping(old) && isMapping(wanted)) {
    const removed = Object.keys(old).filter((key) => !Object.hasOwn(wanted, key));
    return [
      ...removed.map((key): Step => ({ op: "remove", path: jsonPointer([...path, key]) })),
      ...Object.entries(wanted).flatMap(([key, value]): Step[] => {
        if (Object.hasOwn(old, key)) return patchSteps([...path, key], old[key], value);
        return [{ op: "add", path: jsonPointer([...path, key]), value }];
      }),
    ];
  }
  if (!Array.isArray(old) || !Array.isArray(wanted)) return [{ op: "replace", path: jsonPointer(path), value: wanted }];
  const common = Math.min(old.length, wanted.length);
  const changed = wanted.slice(0, common).flatMap((value, index) => patchSteps([...path, index], old[index], value));
  const added = wanted.slice(common).map((value): Step => ({ op: "add", path: `${jsonPointer(path)}/-`, value }));
  const gone = old
    .slice(common)
    .map((_, index): Step => ({ op: "remove", path: jsonPointer([...path, common + index]) }));
  return [...changed, ...added, ...gone.reverse()];
}
