/**
 * Spreads connections evenly over workers. The kernel gives each worker that listens on a port its part by a hash, which of
 * sixteen connections may well be fourteen: then one event loop does all the work. So a worker that has more of them than
 * another one passes a new connection on, before a byte of it is read. The descriptors of a process are all its threads'.
 */
import { type Bells, ring } from "../lib/bell.ts";
import type { Libc } from "../lib/libc.ts";
import { listenShared, type PassOn, type SharedServer } from "../net/listen-shared.ts";
import { socketTransport, type Transport } from "../net/transport.ts";
import type { WireHandler } from "../net/wire.ts";

/** Of each worker, in this order: */
const VERSION = 0;
const OPEN = 1;
const SLOTS = 2;
/** Connections on their way to a worker: the port, then the descriptor and one. */
const SLOT_COUNT = 128;
const CELLS = SLOTS + 2 * SLOT_COUNT;

/** What workers know of each other's connections: shared memory. */
export type SpreadCells = Int32Array<SharedArrayBuffer>;

/** The part of one worker. */
export interface Spread {
  readonly cells: SpreadCells;
  readonly bells: Bells;
  /** Its listeners by port. */
  readonly servers: Map<number, SharedServer[]>;
  /** null until it is loaded, and where there is none: then connections stay where they come. */
  libc: Libc | null;
}

/** Cells for so many workers, none of which is there yet. */
export function newSpreadCells(workers: number): SpreadCells {
  return new Int32Array(new SharedArrayBuffer(workers * CELLS * Int32Array.BYTES_PER_ELEMENT));
}

function serversAt({ servers }: Spread, port: number): SharedServer[] {
  return servers.get(port) ?? [];
}

/** Says which version of the configuration the worker serves; 0 while that changes. Connections are passed between equals. */
export function setServedVersion({ cells, bells }: Spread, version: number): void {
  Atomics.store(cells, bells.worker * CELLS + VERSION, version);
}

/** The worker is no longer there: nothing more is passed to it. */
export function clearSpread(cells: SpreadCells, worker: number): void {
  Atomics.store(cells, worker * CELLS + VERSION, 0);
  Atomics.store(cells, worker * CELLS + OPEN, 0);
}

/** Closes connections that were on their way to a worker which is no longer there. */
export function closePassed(cells: SpreadCells, worker: number, libc: Libc | null): void {
  takePassed(cells, worker, (_port, descriptor) => void libc?.close(descriptor));
}

/** Ports are shared; a unix socket can only be one worker's. */
export function spreadTransport(spread: Spread): Transport {
  return {
    ...socketTransport,
    listen: (address, handler, accept) => {
      const counted = counting(spread, handler);
      const server = listenShared(
        address,
        counted,
        (wire) => countAccepted(spread, accept(wire)),
        (detach) => passOn(spread, address.port, detach),
      );
      spread.servers.set(address.port, [...serversAt(spread, address.port), server]);
      const stop = () => {
        const others = serversAt(spread, address.port).filter((other) => other !== server);
        spread.servers.set(address.port, others);
        server.stop();
      };
      return { port: server.port, stop };
    },
    listenUnix: spread.bells.worker === 0 ? socketTransport.listenUnix : () => ({ port: 0, stop() {} }),
  };
}

/** Goes on with the connections that others have passed to this worker. */
export function adoptPassed(spread: Spread): void {
  const { cells, bells, libc } = spread;
  takePassed(cells, bells.worker, (port, descriptor) => {
    changeOpen(cells, bells.worker, -1); // accept() counts it
    const [server] = serversAt(spread, port);
    if (server === undefined) libc?.close(descriptor);
    else server.adopt(descriptor);
  });
}

function changeOpen(cells: SpreadCells, worker: number, by: number): void {
  Atomics.add(cells, worker * CELLS + OPEN, by);
}

function counting<Owner>({ cells, bells }: Spread, handler: WireHandler<Owner>): WireHandler<Owner> {
  return {
    ...handler,
    onClose(owner, reason) {
      changeOpen(cells, bells.worker, -1);
      handler.onClose(owner, reason);
    },
  };
}

function countAccepted<Owner>({ cells, bells }: Spread, owner: Owner | null): Owner | null {
  if (owner !== null) changeOpen(cells, bells.worker, 1);
  return owner;
}

/** True when another worker has fewer connections than this one, and has the new one now. */
function passOn(spread: Spread, port: number, detach: Parameters<PassOn>[0]): boolean {
  const { cells, bells, libc } = spread;
  // Of several addresses with the same port the number does not say which is meant.
  if (libc === null || serversAt(spread, port).length !== 1) return false;
  const to = idlest(cells, bells.worker);
  const slot = to === bells.worker ? -1 : takeSlot(cells, to, port);
  if (slot < 0) return false;
  const descriptor = detach(libc);
  if (descriptor < 0) {
    Atomics.store(cells, slot, 0);
    return false;
  }
  changeOpen(cells, to, 1);
  Atomics.store(cells, slot + 1, descriptor + 1);
  ring(bells.cells, to);
  return true;
}

/** The worker with the fewest connections of those that serve what `worker` does; `worker` itself when none has fewer. */
function idlest(cells: SpreadCells, worker: number): number {
  const version = Atomics.load(cells, worker * CELLS + VERSION);
  let best = worker;
  let fewest = Atomics.load(cells, worker * CELLS + OPEN);
  for (let other = 0; other * CELLS < cells.length; other++) {
    const isEqual = version !== 0 && Atomics.load(cells, other * CELLS + VERSION) === version;
    const open = Atomics.load(cells, other * CELLS + OPEN);
    if (!isEqual || open >= fewest) continue;
    best = other;
    fewest = open;
  }
  return best;
}

/** The place of a slot of `worker` that is this caller's from now on; -1 when all are taken. */
function takeSlot(cells: SpreadCells, worker: number, port: number): number {
  const first = worker * CELLS + SLOTS;
  for (let slot = first; slot < first + 2 * SLOT_COUNT; slot += 2) {
    if (Atomics.compareExchange(cells, slot, 0, port) === 0) return slot;
  }
  return -1;
}

function takePassed(cells: SpreadCells, worker: number, take: (port: number, descriptor: number) => void): void {
  const first = worker * CELLS + SLOTS;
  for (let slot = first; slot < first + 2 * SLOT_COUNT; slot += 2) {
    const descriptor = Atomics.exchange(cells, slot + 1, 0) - 1;
    if (descriptor < 0) continue;
    const port = Atomics.exchange(cells, slot, 0);
    take(port, descriptor);
  }
}
