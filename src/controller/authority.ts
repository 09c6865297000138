/**
 * How proxies know that they speak to the controller: the authorities of its certificate, in a ConfigMap of every namespace that has a
 * VirtualDatabase. Sidecars mount it. The leader states it by server-side apply and reads none, so that it needs no right to read
 * anybody's ConfigMaps.
 */
import { AUTHORITY_CONFIG_MAP, AUTHORITY_KEY } from "../inject/container.ts";
import type { KubeClient } from "../kube/client.ts";
import { applyObject } from "../kube/crud.ts";
import { newQueue } from "../kube/queue.ts";
import { CONFIG_MAPS } from "../kube/resource.ts";
import type { Logger } from "../telemetry/log.ts";
import { FIELD_MANAGER } from "./status-writer.ts";

/** How often it is stated though nothing has changed: somebody may have taken it away. */
const LOOK_MS = 600_000;
const WORKERS = 4;

export interface AuthoritiesOptions {
  client: KubeClient;
  log: Logger;
  isLeader(): boolean;
  /** The authorities that proxies should trust, as PEM text; "" when that is not known. */
  trusted(): string;
  /** Namespaces that have a VirtualDatabase. */
  namespaces(): Iterable<string>;
  hasDatabases(namespace: string): boolean;
}

export interface Authorities {
  /** `namespace` has a configuration that is new. */
  look(namespace: string): void;
  /** We may have become the leader, or what is to be trusted may be another. */
  lookAtAll(): void;
  stop(): Promise<void>;
}

/** Starts to keep the ConfigMaps. Those of namespaces that have no VirtualDatabase any more are left: pods there may still mount them. */
export function startAuthorities(options: AuthoritiesOptions): Authorities {
  const { client, log } = options;
  const stated = new Map<string, { text: string; dueMs: number }>();
  const queue = newQueue({
    ...{ clock: client.clock, random: client.random, workers: WORKERS },
    async work(namespace) {
      const text = options.trusted();
      if (!options.isLeader() || text === "" || !options.hasDatabases(namespace)) {
        stated.delete(namespace);
        return null;
      }
      const nowMs = client.clock.monotonicMs();
      const last = stated.get(namespace);
      if (last?.text === text && nowMs < last.dueMs) return last.dueMs - nowMs;
      const named = { namespace, name: AUTHORITY_CONFIG_MAP };
      await applyObject(client, CONFIG_MAPS, named, { data: { [AUTHORITY_KEY]: text } }, FIELD_MANAGER);
      const waitMs = LOOK_MS * (0.75 + client.random() / 2);
      stated.set(namespace, { text, dueMs: nowMs + waitMs });
      return waitMs;
    },
    onDone(namespace, _, error) {
      if (error === null) return;
      log.warn("the authority of the controller was not written, and is tried again", { namespace, error });
    },
  });
  return {
    look: queue.add,
    lookAtAll() {
      for (const namespace of options.namespaces()) queue.add(namespace);
    },
    stop: queue.stop,
  };
}
