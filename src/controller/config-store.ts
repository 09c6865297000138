/** The configurations that proxies are given, each with a version that is a hash of what it says. In memory; reconcile fills it. */
import { plainProxyConfig } from "../api/print-proxy-config.ts";
import type { ProxyConfig } from "../api/proxy-config.ts";

export interface StoredConfig {
  /** The same for the same configuration, whichever replica made it. */
  readonly version: string;
  /** JSON with its passwords, as a proxy reads it. */
  readonly body: string;
  /** It has passwords that were kept in Secrets, so it must not go where anybody could read along. */
  readonly usesSecrets: boolean;
}

export interface ConfigStore {
  readonly configs: Map<string, StoredConfig>;
  /** VirtualDatabases that are there, but have not been valid since we know them: whoever has a configuration keeps it. */
  readonly held: Set<string>;
  readonly listeners: Map<string, Set<() => void>>;
  /** False until everything was reconciled once: what is missing now may be there in a moment. */
  isComplete: boolean;
}

/** A store without configurations. */
export function newConfigStore(): ConfigStore {
  return { configs: new Map(), held: new Set(), listeners: new Map(), isComplete: false };
}

/** The configuration of `namespace/name`, or null. */
export function configOf(store: ConfigStore, key: string): StoredConfig | null {
  return store.configs.get(key) ?? null;
}

/** Publishes a configuration. Returns its version; whoever waits for the key hears of it only when it is another than before. */
export function publish(store: ConfigStore, key: string, config: ProxyConfig, usesSecrets: boolean): string {
  const body = bodyOf(config);
  const version = versionOf(body);
  const before = store.configs.get(key);
  store.held.delete(key);
  if (before?.version !== version || before.usesSecrets !== usesSecrets) {
    store.configs.set(key, { version, body, usesSecrets });
    if (before?.version !== version) tell(store, key);
  }
  return version;
}

/** A VirtualDatabase is there, and no valid configuration comes of it now: what was published before stays. */
export function hold(store: ConfigStore, key: string): void {
  if (!store.configs.has(key)) store.held.add(key);
}

/** Takes a configuration away: its VirtualDatabase is gone. */
export function withdraw(store: ConfigStore, key: string): void {
  const wasHeld = store.held.delete(key);
  if (store.configs.delete(key) || wasHeld) tell(store, key);
}

/** Calls `listener` after every change of `key`, also when it comes and goes. The returned function ends that. */
export function subscribe(store: ConfigStore, key: string, listener: () => void): () => void {
  const listeners = store.listeners.get(key) ?? new Set();
  listeners.add(listener);
  store.listeners.set(key, listeners);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && store.listeners.get(key) === listeners) store.listeners.delete(key);
  };
}

/** The JSON that a proxy is given: the original's shape and order, the same as `render --output json --show-secrets`. */
export function bodyOf(config: ProxyConfig): string {
  return JSON.stringify(plainProxyConfig(config, { showSecrets: true }));
}

function versionOf(body: string): string {
  return new Bun.CryptoHasher("sha256").update(body).digest("hex");
}

function tell(store: ConfigStore, key: string): void {
  for (const listener of [...(store.listeners.get(key) ?? [])]) listener();
}
