/** The cells of shared memory that a configuration needs: those that it goes on with, and new ones. */
import type { ListenerConfig, NodeConfig, ProxyConfig } from "../api/proxy-config.ts";
import { giveBackPlacesOf } from "../lib/places.ts";
import { isSameValue } from "../lib/same-value.ts";
import { newSharedCells } from "../lib/worker-share.ts";
import { continuedListeners } from "../proxy/config-change.ts";
import { nodesOf } from "../proxy/generation.ts";
import { accountCells, lineCells, listenerCells, poolCells } from "../proxy/shared-names.ts";

type Cells = ReadonlyMap<string, SharedArrayBuffer>;

export interface SharedBook {
  readonly config: ProxyConfig;
  /** By listener, in the order of the configuration. */
  readonly cells: readonly Cells[];
}

/**
 * The cells of `config`. What goes on from `before` in every worker (listeners, rules, pools) goes on with its cells, so that
 * what is taken stays taken.
 */
export function nextBook(before: SharedBook | null, config: ProxyConfig, workers: number): SharedBook {
  const listeners = config.proxy.config;
  const continued = continuedListeners(before?.config.proxy.config ?? [], listeners);
  const cells = listeners.map((listener, index) => {
    const at = continued[index] ?? null;
    const old = before?.config.proxy.config[at ?? -1];
    const oldCells = before?.cells[at ?? -1] ?? new Map<string, SharedArrayBuffer>();
    const oldNodes = before === null || old === undefined ? [] : nodesOf(before.config, old);
    return cellsOf(listener, nodesOf(config, listener), oldNodes, oldCells, workers);
  });
  return { config, cells };
}

function cellsOf(
  listener: ListenerConfig,
  nodes: readonly NodeConfig[],
  oldNodes: readonly NodeConfig[],
  old: Cells,
  workers: number,
): Cells {
  const cells = new Map(listenerCells(listener).map((name) => [name, old.get(name) ?? newSharedCells(workers)]));
  const free = [...oldNodes];
  const take = (fits: (node: NodeConfig) => boolean) => {
    const at = free.findIndex(fits);
    return at < 0 ? null : (free.splice(at, 1)[0] ?? null);
  };
  // As poolsFor() of proxy/generation.ts finds the pool that a node goes on with.
  const named = nodes.map((node) => take((other) => other.name === node.name && isSamePlace(other, node)));
  for (const [index, node] of nodes.entries()) {
    const from = named[index] ?? take((other) => isSamePlace(other, node));
    for (const nameOf of [poolCells, lineCells, accountCells]) {
      const kept = from === null ? undefined : old.get(nameOf(from.name));
      cells.set(nameOf(node.name), kept ?? newSharedCells(workers));
    }
  }
  return cells;
}

/** Whether connections to the one are connections to the other. */
function isSamePlace(left: NodeConfig, right: NodeConfig): boolean {
  const placeOf = ({ host, port, user, password, tls, proxy_protocol }: NodeConfig) => {
    return { host, port, user, password, tls, proxy_protocol };
  };
  return isSameValue(placeOf(left), placeOf(right));
}

/** A worker is no longer there: what it had is free again, and it waits for nothing. */
export function clearWorker({ cells }: SharedBook, worker: number, workers: number): void {
  for (const buffer of cells.flatMap((each) => [...each.values()])) {
    const view = new Int32Array(buffer);
    for (let at = 1 + workers + worker; at < view.length; at += workers) Atomics.store(view, at, 0);
    giveBackPlacesOf(view, worker);
  }
}
