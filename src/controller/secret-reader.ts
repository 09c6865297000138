/**
 * The Secrets that manifests refer to, read by name and looked at again, so that a password that was changed reaches the proxies.
 * How much the controller may see is its operator's choice: nothing, single Secrets by name (`get`, looked at every half a minute),
 * or also which Secrets change (`watch`, of which only names and versions are kept).
 */
import { isRefused } from "../kube/api-error.ts";
import type { KubeClient } from "../kube/client.ts";
import { getObject } from "../kube/crud.ts";
import { type Informer, startInformer } from "../kube/informer.ts";
import type { SecretObject as KubeSecret } from "../kube/objects.ts";
import { newQueue, type Queue } from "../kube/queue.ts";
import { SECRETS } from "../kube/resource.ts";
import { newSecret } from "../lib/secret.ts";
import type { SecretObject } from "../mesh/foreign.ts";
import type { SecretState } from "../mesh/live/evaluate.ts";

export const SECRET_ACCESS = ["none", "get", "watch"] as const;
export type SecretAccess = (typeof SECRET_ACCESS)[number];

/** How often a Secret is looked at where changes are not watched. */
const LOOK_MS = 30_000;
/** Reads a second at most, so that thousands of Secrets are looked at less often. */
const READS_PER_SECOND_MAX = 10;
const WORKERS = 8;

export interface SecretReader {
  /** What is known of a Secret now. The first time it is asked for it is read, and `onChange` tells when that is done. */
  stateOf(namespace: string, name: string): SecretState;
  stop(): Promise<void>;
}

export interface SecretReaderOptions {
  client: KubeClient;
  access: SecretAccess;
  /** Whether anybody still refers to `namespace/name`; otherwise it is forgotten. */
  isWanted(key: string): boolean;
  /** A Secret is now another than `stateOf` said. */
  onChange(namespace: string, name: string): void;
}

interface Entry {
  state: SecretState;
  /** Of the object that `state` was made of; "" when there is none. */
  resourceVersion: string;
}

/** A reader that has read nothing yet. */
export function newSecretReader(options: SecretReaderOptions): SecretReader {
  const { client, access, onChange } = options;
  const entries = new Map<string, Entry>();
  const queue: Queue = newQueue({
    ...{ clock: client.clock, random: client.random, workers: WORKERS },
    async work(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (!options.isWanted(key)) {
        entries.delete(key);
        return null;
      }
      const [namespace = "", name = ""] = key.split("/");
      const read = await readSecret(client, namespace, name);
      const isNew = read.state.kind !== entry.state.kind || read.resourceVersion !== entry.resourceVersion;
      Object.assign(entry, read);
      if (isNew && entries.has(key)) onChange(namespace, name);
      return access === "watch" ? null : lookMs(entries.size) * (0.75 + client.random() / 2);
    },
  });
  const informer: Informer<KubeSecret> | null =
    access !== "watch"
      ? null
      : startInformer({
          ...{ client, resource: SECRETS, isMetadataOnly: true },
          onChange({ key }) {
            if (entries.has(key)) queue.add(key);
          },
        });
  return {
    stateOf(namespace, name) {
      if (access === "none") return { kind: "forbidden", reason: "the controller runs with --secret-access none" };
      const key = `${namespace}/${name}`;
      const known = entries.get(key);
      if (known !== undefined) return known.state;
      const state: SecretState = { kind: "unknown" };
      entries.set(key, { state, resourceVersion: "" });
      queue.add(key);
      return state;
    },
    async stop() {
      await informer?.stop();
      await queue.stop();
    },
  };
}

function lookMs(count: number): number {
  return Math.max(LOOK_MS, (count / READS_PER_SECOND_MAX) * 1000);
}

/** @throws when the API server cannot say: it is asked again, and until then what was known holds. */
async function readSecret(client: KubeClient, namespace: string, name: string): Promise<Entry> {
  try {
    const { data = {}, metadata } = await getObject(client, SECRETS, { namespace, name });
    const values = Object.entries(data).map(([key, value]) => [key, decoded(value)] as const);
    const secret: SecretObject = { namespace, name, data: new Map(values) };
    return { state: { kind: "known", secret }, resourceVersion: metadata.resourceVersion ?? "" };
  } catch (error) {
    if (isRefused(error, 404)) return { state: { kind: "missing" }, resourceVersion: "" };
    if (!isRefused(error, 403)) throw error;
    const reason = `${error.body?.message ?? error.message}; grant get on it to the controller's ServiceAccount`;
    return { state: { kind: "forbidden", reason }, resourceVersion: "" };
  }
}

function decoded(value: string) {
  return newSecret(Buffer.from(value, "base64").toString("utf8"));
}
