/** Which proxies are connected, for which configuration, and what they said of it. What is no longer connected is forgotten. */
import { countsOf, type ProxyCounts, type ProxySummary } from "./programmed.ts";

/** What a proxy says of a version that it was given. */
export interface Ack {
  version: string;
  status: "applied" | "rejected";
  /** Why it was rejected; "" otherwise. */
  error: string;
}

/** A proxy as its connections show it. */
interface ConnectedProxy {
  /** Open streams and waiting requests. */
  connections: number;
  ack: Ack | null;
  /** Monotonic. */
  lastSeenMs: number;
}

export interface ProxyRegistry {
  /** By `namespace/name`, then by who the proxy is. */
  readonly proxies: Map<string, Map<string, ConnectedProxy>>;
  /** Told when what `countProxies` says of a key may have changed. */
  readonly onChange: (key: string) => void;
}

/** A proxy without an open connection is gone after this: one that polls comes back within it. */
const ABSENT_MS = 90_000;
const ERROR_CHARACTERS_MAX = 1_000;

/** A registry that knows nobody. */
export function newProxyRegistry(onChange: (key: string) => void): ProxyRegistry {
  return { proxies: new Map(), onChange };
}

/** A connection of `proxy` for `key` opened. The returned function says that it closed. */
export function connected(registry: ProxyRegistry, key: string, proxy: string, nowMs: () => number): () => void {
  const entry = entryOf(registry, key, proxy, nowMs());
  entry.connections++;
  if (entry.connections === 1) registry.onChange(key);
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    entry.connections--;
    entry.lastSeenMs = nowMs();
    if (entry.connections === 0) registry.onChange(key);
  };
}

/** A proxy said something about a version. */
export function acknowledge(registry: ProxyRegistry, key: string, proxy: string, ack: Ack, nowMs: number): void {
  const entry = entryOf(registry, key, proxy, nowMs);
  entry.ack = { ...ack, error: ack.error.slice(0, ERROR_CHARACTERS_MAX) };
  registry.onChange(key);
}

/** Forgets proxies that are gone. Call it now and then. */
export function forgetAbsent(registry: ProxyRegistry, nowMs: number): void {
  for (const [key, proxies] of registry.proxies) {
    const before = proxies.size;
    for (const [proxy, entry] of proxies) {
      if (entry.connections === 0 && nowMs - entry.lastSeenMs > ABSENT_MS) proxies.delete(proxy);
    }
    if (proxies.size === 0) registry.proxies.delete(key);
    if (proxies.size !== before) registry.onChange(key);
  }
}

/** What the proxies of `key` say, those that say the same together. */
export function summaryOf(registry: ProxyRegistry, key: string): ProxySummary[] {
  const summaries = new Map<string, ProxySummary>();
  for (const { ack } of registry.proxies.get(key)?.values() ?? []) {
    const [version, status] = ack === null ? ["", "none" as const] : [ack.version, ack.status];
    const known = summaries.get(`${status} ${version}`);
    if (known === undefined)
      summaries.set(`${status} ${version}`, { version, status, count: 1, error: ack?.error ?? "" });
    else known.count++;
  }
  return [...summaries.values()];
}

/** What the proxies of `key` say about `version`. */
export function countProxies(registry: ProxyRegistry, key: string, version: string | null): ProxyCounts {
  return countsOf(summaryOf(registry, key), version);
}

function entryOf({ proxies }: ProxyRegistry, key: string, proxy: string, nowMs: number): ConnectedProxy {
  let ofKey = proxies.get(key);
  if (ofKey === undefined) {
    ofKey = new Map();
    proxies.set(key, ofKey);
  }
  let entry = ofKey.get(proxy);
  if (entry === undefined) {
    entry = { connections: 0, ack: null, lastSeenMs: nowMs };
    ofKey.set(proxy, entry);
  }
  entry.lastSeenMs = nowMs;
  return entry;
}
