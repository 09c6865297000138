/** Putting a sidecar into a pod, taking it out again, and telling whether there is one. Pure: pods in, pods out. */
import { quantityOf } from "../api/quantity.ts";
import { isMapping } from "../api/schema-walk.ts";
import { STATUS_ANNOTATION } from "../api/sidecar.ts";
import type { Former } from "../lib/yaml-edit.ts";
import { SIDECAR_NAME } from "./container.ts";
import type { Mapping } from "./pod.ts";

/** kubectl's `logs` and `exec` take this container when none is named. */
export const DEFAULT_CONTAINER_ANNOTATION = "kubectl.kubernetes.io/default-container";

/** Which list of containers the sidecar is in: a native sidecar is an init container that stays. */
export type ContainerList = "initContainers" | "containers";

/** What has to be in a pod. */
export interface Sidecar {
  readonly list: ContainerList;
  readonly container: Mapping;
  readonly volumes: readonly Mapping[];
  /** Annotations besides the status. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly version: string;
  readonly image: string;
  readonly virtualDatabase: string;
}

/** The annotation `pisanix.io/status`: all that is needed to take the sidecar out again. */
export interface Status {
  readonly version: string;
  readonly image: string;
  readonly virtualDatabase: string;
  readonly initContainers?: readonly string[];
  readonly containers?: readonly string[];
  readonly volumes: readonly string[];
  readonly annotations?: readonly string[];
  /** Of a manifest: what was written where we had to write over something. */
  readonly former?: Former;
}

/** A sidecar that was found in a pod. */
export interface Found {
  /** What the annotation says; null without one that can be read: then the original has injected, or somebody's hand. */
  readonly status: Status | null;
}

/** The original's names of the container, by age. */
export const ORIGINAL_NAMES = [SIDECAR_NAME, "pisanix-proxy"];
const ORIGINAL_MARK = "PISA_DEPLOYED_NAME";

/** The pod (or template) with the sidecar in it. What does not change stays the same object. */
export function withSidecar(pod: Mapping, sidecar: Sidecar, former: Former = {}): Mapping {
  const metadata = mappingOf(pod["metadata"]);
  const annotations = mappingOf(metadata["annotations"]);
  const spec = mappingOf(pod["spec"]);
  const status = JSON.stringify(statusOf(sidecar, former));
  return {
    ...pod,
    metadata: { ...metadata, annotations: { ...annotations, [STATUS_ANNOTATION]: status, ...sidecar.annotations } },
    spec: {
      ...spec,
      [sidecar.list]: [sidecar.container, ...listOf(spec[sidecar.list])],
      volumes: [...sidecar.volumes, ...listOf(spec["volumes"])],
    },
  };
}

/** The pod without its sidecar, and what was found; the same pod and null when there is none. */
export function withoutSidecar(pod: Mapping): { pod: Mapping; found: Found | null } {
  const metadata = mappingOf(pod["metadata"]);
  const annotations = mappingOf(metadata["annotations"]);
  const spec = mappingOf(pod["spec"]);
  const isMarked = Object.hasOwn(annotations, STATUS_ANNOTATION);
  const isOurs = (container: unknown) => isSidecar(container, isMarked);
  const lists = [...listOf(spec["initContainers"]), ...listOf(spec["containers"])];
  if (!isMarked && !lists.some(isOurs)) return { pod, found: null };
  const status = isMarked ? readStatus(annotations[STATUS_ANNOTATION]) : null;
  const volumes = new Set(status?.volumes ?? []);
  const names = new Set([STATUS_ANNOTATION, ...(status?.annotations ?? [])]);
  const keptAnnotations = Object.entries(annotations).filter(([name]) => !names.has(name));
  const isOurVolume = (volume: unknown) => volumes.has(String(mappingOf(volume)["name"]));
  const withoutContainers = withoutItems(withoutItems(spec, "initContainers", isOurs), "containers", isOurs);
  const bareSpec = withoutItems(withoutContainers, "volumes", isOurVolume);
  const bare = bareSpec === spec ? pod : withEntry(pod, "spec", bareSpec);
  if (keptAnnotations.length === Object.keys(annotations).length) return { pod: bare, found: { status } };
  const kept = keptAnnotations.length === 0 ? undefined : Object.fromEntries(keptAnnotations);
  const bareMetadata = withEntry(metadata, "annotations", kept);
  const wasThere = Object.keys(status?.former ?? {}).some((pointer) => pointer.endsWith("/metadata/annotations"));
  const isOver = Object.keys(bareMetadata).length === 0 && !wasThere;
  return { pod: withEntry(bare, "metadata", isOver ? undefined : bareMetadata), found: { status } };
}

/**
 * Whether the sidecar that was found is the one that is wanted. The API server fills in defaults and other webhooks add
 * mounts, so more may be there than was asked for.
 */
export function isCurrent(pod: Mapping, { status: written }: Found, sidecar: Sidecar): boolean {
  if (written === null) return false;
  const { former: _, ...status } = written;
  if (!Bun.deepEquals(status, statusOf(sidecar, {}))) return false;
  const spec = mappingOf(pod["spec"]);
  const annotations = mappingOf(mappingOf(pod["metadata"])["annotations"]);
  const container = listOf(spec[sidecar.list]).find((each) => isSidecar(each, true));
  const { resources: wantedResources, ...wanted } = sidecar.container;
  const { resources, ...rest } = mappingOf(container);
  return (
    isPart(wanted, rest) &&
    hasAmounts(wantedResources, resources) &&
    isPart(sidecar.volumes, spec["volumes"]) &&
    isPart(sidecar.annotations, annotations)
  );
}

/** What the status annotation says of a sidecar. */
export function statusOf(sidecar: Sidecar, former: Former): Status {
  const { version, image, virtualDatabase } = sidecar;
  const annotations = Object.keys(sidecar.annotations);
  return {
    version,
    image,
    virtualDatabase,
    [sidecar.list]: [SIDECAR_NAME],
    volumes: sidecar.volumes.map((volume) => String(volume["name"])),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(Object.keys(former).length > 0 ? { former } : {}),
  };
}

/** Null when it is not what we write: then nothing but the annotation itself can be taken for ours. */
function readStatus(written: unknown): Status | null {
  let read: unknown;
  try {
    read = JSON.parse(String(written));
  } catch {
    return null;
  }
  if (!isMapping(read)) return null;
  const { version, image, virtualDatabase, former } = read;
  const names = (key: string) => listOf(read[key]).filter((name) => typeof name === "string");
  const lists = ["initContainers", "containers", "annotations"].filter((key) => read[key] !== undefined);
  return {
    version: String(version),
    image: String(image),
    virtualDatabase: String(virtualDatabase),
    volumes: names("volumes"),
    ...Object.fromEntries(lists.map((key) => [key, names(key)])),
    ...(isMapping(former) ? { former: former as Record<string, string | null> } : {}),
  };
}

/** Under our annotation the name is enough. Without it a container is the original's if it is called and set up so. */
function isSidecar(container: unknown, isMarked: boolean): boolean {
  const { name, env } = mappingOf(container);
  if (isMarked) return name === SIDECAR_NAME;
  const isSetUp = listOf(env).some((variable) => mappingOf(variable)["name"] === ORIGINAL_MARK);
  return ORIGINAL_NAMES.includes(String(name)) && isSetUp;
}

/** Whether everything in `part` is in `whole`, in lists in any order. */
function isPart(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) return part.every((item) => listOf(whole).some((other) => isPart(item, other)));
  if (!isMapping(part)) return part === whole;
  return isMapping(whole) && Object.entries(part).every(([key, value]) => isPart(value, whole[key]));
}

/** The API server writes amounts its own way: 0.5 is 500m. */
function hasAmounts(wanted: unknown, resources: unknown): boolean {
  return Object.entries(mappingOf(wanted)).every(([kind, amounts]) => {
    const found = mappingOf(mappingOf(resources)[kind]);
    const amountOf = (written: unknown) => quantityOf(String(written));
    return Object.entries(mappingOf(amounts)).every(([name, amount]) => amountOf(amount) === amountOf(found[name]));
  });
}

/** `holder` without the items of a list that `isGone` says; without the list when none is left. */
function withoutItems(holder: Mapping, key: string, isGone: (item: unknown) => boolean): Mapping {
  const list = listOf(holder[key]);
  const kept = list.filter((item) => !isGone(item));
  if (kept.length === list.length) return holder;
  return withEntry(holder, key, kept.length === 0 ? undefined : kept);
}

function withEntry(holder: Mapping, key: string, value: unknown): Mapping {
  if (value !== undefined) return { ...holder, [key]: value };
  const { [key]: _, ...rest } = holder;
  return rest;
}

function mappingOf(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
