/**
 * One pool over several workers (design D16): together they have at most as many connections as one worker would. A worker
 * that finds no place says so and rings; others then give up what they can spare. Who spares what: a connection that has
 * been idle for a while; one of a worker that has at least two more than the one that waits; and after its turn any
 * connection, while the one that waits has none at all. The place is left to whoever waits for a turn. So every worker is
 * served, and none loses connections that it works with to one that has as many.
 */
import { ringOthers } from "../lib/bell.ts";
import { giveBackPlace, newPlaces, placesTaken, placesTakenBy, takePlace } from "../lib/places.ts";
import { sharedCells, sharedPlaces, type WorkerShare } from "../lib/worker-share.ts";
import type { Pool, PoolShare } from "./pool-state.ts";

/** Some connection may come back soon. */
export const NOT_STARVED = 0;
/** None has come back for long, though none is kept by a holder at rest: statements take their time. */
export const BUSY_FOR_LONG = 1;
/** None has come back for long, and holders at rest keep some: the others may wait for what those have locked. */
export const STARVED = 2;
/** How far a pool is from giving a connection to who waits. */
export type Starved = typeof NOT_STARVED | typeof BUSY_FOR_LONG | typeof STARVED;

/** For so long a connection is left idle, and a worker has its only place, though others wait. */
export const TURN_MS = 20;

/** The share of a worker in the pool whose cells are called `name`; null where there is one worker. */
export function newPoolShare(share: WorkerShare | null, name: string): PoolShare | null {
  const cells = sharedCells(share, name);
  const shared = sharedPlaces(share, name);
  if (share === null || cells === null || shared === null) return null;
  const { worker, workers, bells } = share;
  const places = newPlaces(shared);
  return {
    worker,
    workers,
    bells,
    cells,
    places,
    openedMs: 0,
    first: null,
    isLookDue: false,
    yieldedMs: Number.NEGATIVE_INFINITY,
    isYieldOverDue: false,
  };
}

/** Connections of the pool in all workers. */
export function connectionsUsed<Holder>({ share, connections }: Pool<Holder>): number {
  return share === null ? connections.size : placesTaken(share.places);
}

/** Takes the place of a connection that is to be opened, while there are fewer than `max`. */
export function takeConnectionPlace<Holder>(pool: Pool<Holder>, max: number): boolean {
  const { share, connections } = pool;
  if (share === null) return connections.size < max;
  if (!takePlace(share.places, max)) return false;
  share.openedMs = pool.clock.monotonicMs();
  return true;
}

/** A connection may be used from now on: the worker's turn begins. */
export function beginTurn<Holder>({ share, clock }: Pool<Holder>): void {
  if (share !== null) share.openedMs = clock.monotonicMs();
}

/** A connection was given up for another worker, which has until the end of a turn to hear of it and take the place. */
export function yieldPlace<Holder>({ share, clock }: Pool<Holder>): void {
  if (share !== null) share.yieldedMs = clock.monotonicMs();
}

/** Whether a free place is one that was given up for another worker just now. */
export function isYielding<Holder>({ share, clock }: Pool<Holder>): boolean {
  if (share === null || clock.monotonicMs() - share.yieldedMs >= TURN_MS) return false;
  const mine = placesTakenBy(share.cells, share.worker);
  for (let worker = 0; worker < share.workers; worker++) {
    if (worker !== share.worker && isAsking(share, worker) && placesTakenBy(share.cells, worker) <= mine) return true;
  }
  return false;
}

/** Calls `run` when nothing is left for others any more. */
export function afterYielding<Holder>({ share, clock }: Pool<Holder>, run: () => void): void {
  if (share === null || share.isYieldOverDue) return;
  share.isYieldOverDue = true;
  clock.after(TURN_MS, () => {
    share.isYieldOverDue = false;
    run();
  });
}

/** A connection is gone: its place is for whoever waits, wherever. */
export function giveBackConnectionPlace<Holder>({ share }: Pool<Holder>): void {
  if (share === null) return;
  giveBackPlace(share.places);
  ringOthers(share.bells, (worker) => isAsking(share, worker));
}

/**
 * Tells the other workers that one waits here. False when a place has become free in the meantime: then it is to be tried
 * again. Where there is one worker there is nobody to tell.
 */
export function askForPlace<Holder>({ share, options }: Pool<Holder>): boolean {
  if (share === null) return true;
  Atomics.store(share.cells, askingAt(share, share.worker), 1);
  if (placesTaken(share.places) < options.sizeMax) return false;
  ringOthers(share.bells, (worker) => placesTakenBy(share.cells, worker) > 0);
  return true;
}

/** Nobody stands in line here any more. */
export function stopAsking<Holder>({ share }: Pool<Holder>): void {
  if (share !== null) Atomics.store(share.cells, askingAt(share, share.worker), share.first === null ? 0 : 1);
}

/** Whether one waits elsewhere and no place is free. */
export function isAskedFor<Holder>({ share, options }: Pool<Holder>): boolean {
  if (share === null || placesTaken(share.places) < options.sizeMax) return false;
  for (let worker = 0; worker < share.workers; worker++) {
    if (worker !== share.worker && isAsking(share, worker)) return true;
  }
  return false;
}

/** Whether a connection of ours is to be given up now. `idleSinceMs` is when it became idle, null for one that somebody here waits for. */
export function isToBeGivenUp<Holder>(pool: Pool<Holder>, idleSinceMs: number | null): boolean {
  const { share } = pool;
  if (share === null || !isAskedFor(pool)) return false;
  const now = pool.clock.monotonicMs();
  if (idleSinceMs !== null && now - idleSinceMs >= TURN_MS) return true;
  const mine = placesTakenBy(share.cells, share.worker);
  for (let worker = 0; worker < share.workers; worker++) {
    if (worker === share.worker || !isAsking(share, worker)) continue;
    const theirs = placesTakenBy(share.cells, worker);
    if (mine > theirs + 1 || (theirs === 0 && now - share.openedMs >= TURN_MS)) return true;
  }
  return false;
}

/** Tells the others how much our pool is starved, and says how much all of them together are. */
export function tellStarved({ cells, worker, workers }: PoolShare, ours: Starved): Starved {
  const at = 1 + 2 * workers;
  Atomics.store(cells, at + worker, ours);
  let all = ours;
  for (let other = 0; other < workers; other++) {
    if (other === worker || placesTakenBy(cells, other) === 0) continue;
    const theirs = Atomics.load(cells, at + other);
    if (theirs === NOT_STARVED || all === NOT_STARVED) return NOT_STARVED;
    if (theirs === STARVED) all = STARVED;
  }
  return all;
}

/** How many of `surplus` connections, which all workers have too many, are ours to close. */
export function surplusOf<Holder>(pool: Pool<Holder>): number {
  const { share, connections, options } = pool;
  if (share === null) return Math.max(0, connections.size - options.sizeMax);
  const used = placesTaken(share.places);
  const surplus = Math.max(0, used - options.sizeMax);
  return surplus === 0 ? 0 : Math.min(connections.size, Math.ceil((surplus * connections.size) / used));
}

function isAsking(share: PoolShare, worker: number): boolean {
  return Atomics.load(share.cells, askingAt(share, worker)) !== 0;
}

function askingAt({ workers }: PoolShare, worker: number): number {
  return 1 + workers + worker;
}
