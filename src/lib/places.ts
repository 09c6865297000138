/**
 * A number of places of which only so many may be taken at once: in this event loop, or exactly over several of them
 * (design D16). Shared places lie in memory that all workers see: how many are taken in all, and how many by each, so that
 * those of a worker that has crashed can be given back.
 */
import { assert } from "./assert.ts";

export interface Places {
  /** Taken here, while there is only this event loop. */
  taken: number;
  /** null while there is only this event loop: then nothing here costs more than a number does. */
  readonly shared: SharedPlaces | null;
}

/** Where a worker counts. The first cell is the sum, the next ones are one for each worker. */
export interface SharedPlaces {
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** The worker's number, from 0. */
  readonly worker: number;
}

/** All free. */
export function newPlaces(shared: SharedPlaces | null): Places {
  return { taken: 0, shared };
}

/** Cells that `workers` workers need. */
export function placesCells(workers: number): number {
  return 1 + workers;
}

/** Takes a place while fewer than `max` are taken. Whoever got true gives it back once. */
export function takePlace(places: Places, max: number): boolean {
  if (places.shared !== null) return takeShared(places.shared, max);
  if (places.taken >= max) return false;
  places.taken += 1;
  return true;
}

/** Gives a place back that was taken here. */
export function giveBackPlace(places: Places): void {
  if (places.shared !== null) return giveBackShared(places.shared);
  assert(places.taken > 0, "a place that is given back was taken");
  places.taken -= 1;
}

/** How many are taken, by anybody. */
export function placesTaken({ taken, shared }: Places): number {
  return shared === null ? taken : Atomics.load(shared.cells, 0);
}

/** How many are taken by `worker`. */
export function placesTakenBy(cells: Int32Array<SharedArrayBuffer>, worker: number): number {
  return Atomics.load(cells, 1 + worker);
}

/** Gives back what a worker had that is no longer there. Returns how many places that were. */
export function giveBackPlacesOf(cells: Int32Array<SharedArrayBuffer>, worker: number): number {
  const lost = Atomics.exchange(cells, 1 + worker, 0);
  Atomics.sub(cells, 0, lost);
  return lost;
}

// A worker that ends between the two counts of a function below leaves a place taken; it never leaves one too many free.

function takeShared({ cells, worker }: SharedPlaces, max: number): boolean {
  let taken = Atomics.load(cells, 0);
  while (taken < max) {
    const seen = Atomics.compareExchange(cells, 0, taken, taken + 1);
    if (seen === taken) {
      Atomics.add(cells, 1 + worker, 1);
      return true;
    }
    taken = seen;
  }
  return false;
}

function giveBackShared({ cells, worker }: SharedPlaces): void {
  const had = Atomics.sub(cells, 1 + worker, 1);
  assert(had > 0, "a place that is given back was taken");
  Atomics.sub(cells, 0, 1);
}
