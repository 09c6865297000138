/** May this pod have a sidecar, and which? The webhook and `pisanix inject` both ask here. Pure. */
import { isMapping } from "../api/schema-walk.ts";
import {
  ANNOTATION_PREFIX,
  INJECT_ANNOTATION,
  injectField,
  requestAboveLimit,
  SIDECAR_ANNOTATIONS,
  type SidecarAnnotations,
  type SidecarSettings,
  STATUS_ANNOTATION,
  sidecarAnnotations,
} from "../api/sidecar.ts";
import { type Place, validate } from "../api/validate.ts";
import { LISTEN_PORT_DEFAULT } from "../api/virtual-database.ts";
import { hasErrors, type Issue, issueAt } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import { adviceOn, isOfMesh } from "./advice.ts";
import {
  type PodSettings,
  SIDECAR_NAME,
  shutdownSecondsIn,
  sidecarParts,
  terminationGraceSeconds,
} from "./container.ts";
import { DEFAULT_CONTAINER_ANNOTATION, type Sidecar } from "./injection.ts";
import { type Mapping, type Pod, readPod } from "./pod.ts";
import { portClash } from "./port-clash.ts";
import { type Refusal, refused } from "./refusal.ts";
import { isMirrorPod } from "./workload-name.ts";

/** What is not written in the pod itself. */
export interface Surroundings {
  /** Of pisanix, as the status annotation says it. */
  readonly version: string;
  readonly settings: SidecarSettings;
  /** The name of the workload that the pod is of, null when nothing tells it. */
  readonly workload: string | null;
  /** Ports of the VirtualDatabase of that name in the pod's namespace; null when it is not known. */
  listenPortsOf(virtualDatabase: string): readonly number[] | null;
}

/** `issues` of a mistake have errors; otherwise they are warnings. */
export type Decision =
  | { readonly kind: "wanted"; readonly sidecar: Sidecar; readonly issues: Issue[] }
  | { readonly kind: "mistaken"; readonly issues: Issue[] }
  | (Refusal & { readonly issues: Issue[] });

/** Decides on a pod, or the template of one, that has no sidecar yet. `place` is where it was written. */
export function sidecarFor(value: Mapping, surroundings: Surroundings, place: Place): Decision {
  const issues: Issue[] = [];
  const pod = readPod(value, place, issues);
  const annotations = pod === null ? null : readAnnotations(pod, place, issues);
  if (pod === null || annotations === null) return { kind: "mistaken", issues };
  const optOut = optOutOf(pod, annotations, place, issues);
  if (hasErrors(issues)) return { kind: "mistaken", issues };
  const virtualDatabase = annotations["pisanix.io/virtual-database"] ?? surroundings.workload;
  const refusal = optOut ?? refusalOf(pod, virtualDatabase);
  if (refusal !== null || virtualDatabase === null) return { ...(refusal ?? noName()), issues };
  const settings = settingsOf(annotations, surroundings.settings, pod.spec);
  checkTogether(settings, pod, place, issues);
  if (hasErrors(issues)) return { kind: "mistaken", issues };
  const parts = sidecarParts(virtualDatabase, settings);
  const known = annotations["pisanix.io/listen-ports"] ?? surroundings.listenPortsOf(virtualDatabase);
  const ports = [settings["admin-port"], ...(known ?? [LISTEN_PORT_DEFAULT])];
  const clash = nameClash(pod, parts.volumes) ?? portClash(pod, ports, known === null, virtualDatabase);
  if (clash !== null) return { ...clash, issues };
  issues.push(...adviceOn(pod, settings["native-sidecar"], place));
  const sidecar: Sidecar = {
    ...parts,
    list: settings["native-sidecar"] ? "initContainers" : "containers",
    annotations: defaultContainer(pod),
    version: surroundings.version,
    image: settings["proxy-image"],
    virtualDatabase,
  };
  return { kind: "wanted", sidecar, issues };
}

function readAnnotations(pod: Pod, place: Place, issues: Issue[]): SidecarAnnotations | null {
  const at = { source: place.source, path: [...place.path, "metadata", "annotations"] };
  const ours: Mapping = {};
  for (const [name, value] of Object.entries(pod.annotations)) {
    if (!name.startsWith(ANNOTATION_PREFIX) || name === STATUS_ANNOTATION) continue;
    if (Object.hasOwn(sidecarAnnotations.entries, name)) ours[name] = value;
    else if (!SIDECAR_ANNOTATIONS.includes(name)) {
      const remedy = didYouMean(name, SIDECAR_ANNOTATIONS, "");
      const path = [...at.path, name];
      issues.push(issueAt(at.source, path, "unknown annotation", remedy, { severity: "warning", part: "key" }));
    }
  }
  const { value, issues: found } = validate(sidecarAnnotations, ours, at);
  issues.push(...found);
  return hasErrors(found) ? null : value;
}

/** A label says it as an annotation does; whoever says no is heard. */
function optOutOf(pod: Pod, annotations: SidecarAnnotations, place: Place, issues: Issue[]): Refusal | null {
  const path = [...place.path, "metadata", "labels", INJECT_ANNOTATION];
  const label = pod.labels[INJECT_ANNOTATION] ?? undefined;
  const read = label === undefined ? null : validate(injectField, label, { source: place.source, path });
  issues.push(...(read?.issues ?? []));
  const where = annotations[INJECT_ANNOTATION] === false ? "annotation" : "label";
  if (annotations[INJECT_ANNOTATION] !== false && read?.value !== false) return null;
  const value = String(where === "label" ? label : pod.annotations[INJECT_ANNOTATION]);
  const reason = `opted out by its ${where} ${INJECT_ANNOTATION}: ${JSON.stringify(value)}`;
  return { kind: "refused", reason, remedy: `remove the ${where} from the pod's metadata`, isOptOut: true };
}

function refusalOf(pod: Pod, virtualDatabase: string | null): Refusal | null {
  const { spec } = pod;
  const { os, nodeSelector } = spec;
  const isWindows =
    (isMapping(os) && os["name"] === "windows") ||
    (isMapping(nodeSelector) && nodeSelector["kubernetes.io/os"] === "windows");
  if (isMirrorPod(pod.metadata))
    return refused("a static pod, which only its node can change", "change its file there");
  if (pod.containers.length === 0) return refused("has no containers", "add spec.containers");
  if (spec["hostNetwork"] === true) {
    const remedy = "remove hostNetwork, or serve the node by a pisanix proxy of its own";
    return refused("hostNetwork: true: the proxy would listen on the node, for everybody there", remedy);
  }
  if (isWindows) return refused("runs on Windows, for which there is no proxy", "run it on Linux");
  return virtualDatabase === null ? noName() : null;
}

function noName(): Refusal {
  const annotation = `${ANNOTATION_PREFIX}virtual-database`;
  return refused("has no name that would tell its VirtualDatabase", `add the annotation ${annotation} to the pod`);
}

/** Settings of all pods, with those that the pod's annotations say. */
function settingsOf(annotations: SidecarAnnotations, settings: SidecarSettings, spec: Mapping): PodSettings {
  const own = Object.entries(annotations).map(([name, value]) => [name.slice(ANNOTATION_PREFIX.length), value]);
  const seconds = shutdownSecondsIn(spec, settings["shutdown-grace-period"]);
  return { ...settings, "shutdown-grace-period": seconds, ...Object.fromEntries(own) };
}

/** What is wrong only beside something else. */
function checkTogether(settings: PodSettings, pod: Pod, place: Place, issues: Issue[]): void {
  const complain = (name: string, message: string, remedy: string) => {
    const path = [...place.path, "metadata", "annotations", `${ANNOTATION_PREFIX}${name}`];
    issues.push(issueAt(place.source, path, message, remedy));
  };
  const above = requestAboveLimit(settings);
  if (above !== null) {
    const { request, limit } = above;
    const isWritten = Object.hasOwn(pod.annotations, `${ANNOTATION_PREFIX}${limit}`);
    const message = `${request} is ${settings[request]}, more than ${limit}, which is ${settings[limit]}`;
    complain(
      isWritten ? limit : request,
      message,
      `set both: ${ANNOTATION_PREFIX}${request} and ${ANNOTATION_PREFIX}${limit}`,
    );
  }
  const seconds = terminationGraceSeconds(pod.spec);
  if (settings["shutdown-grace-period"] > seconds) {
    const message = `must be at most the pod's terminationGracePeriodSeconds, ${seconds}: then the kubelet kills it`;
    complain("shutdown-grace-period", message, "raise terminationGracePeriodSeconds, or lower this");
  }
  const volumes = new Set([
    ...pod.volumes.map((volume) => volume["name"]),
    ...Object.keys(settings["user-volume"] ?? {}),
  ]);
  const mount = Object.keys(settings["user-volume-mount"] ?? {}).find((name) => !volumes.has(name));
  if (mount !== undefined) {
    complain("user-volume-mount", `the pod has no volume ${mount}`, `add it to ${ANNOTATION_PREFIX}user-volume`);
  }
}

/** Kubernetes wants names to be unique in their pod. */
function nameClash(pod: Pod, volumes: readonly Mapping[]): Refusal | null {
  const containers = [...pod.initContainers, ...pod.containers, ...pod.ephemeralContainers];
  if (containers.some((container) => container["name"] === SIDECAR_NAME)) {
    return refused(`has a container ${SIDECAR_NAME} that pisanix did not inject`, "rename the container");
  }
  const taken = volumes.find((volume) => pod.volumes.some((other) => other["name"] === volume["name"]));
  if (taken === undefined) return null;
  return refused(`has a volume ${taken["name"]}, as the sidecar has`, "rename the volume");
}

function defaultContainer(pod: Pod): Record<string, string> {
  const names = pod.containers.map((container) => container["name"]);
  const name = names.find((each) => !isOfMesh(each)) ?? names[0];
  const isSaid = Object.hasOwn(pod.annotations, DEFAULT_CONTAINER_ANNOTATION) || typeof name !== "string";
  return isSaid ? {} : { [DEFAULT_CONTAINER_ANNOTATION]: name };
}
