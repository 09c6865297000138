/** What a worker has in common with the others: cells of shared memory by name, and bells (design D16). */
import type { Bells } from "./bell.ts";
import type { SharedPlaces } from "./places.ts";

/** Rows of cells behind the sum, one cell for each worker in each: what they have taken, and two for whatever else they tell. */
const ROWS = 3;

/** The cells of one name. All workers have the same ones. */
export type SharedCells = Int32Array<SharedArrayBuffer>;

/** What one listener counts together with the same listener of other workers. */
export interface WorkerShare {
  readonly worker: number;
  readonly workers: number;
  readonly bells: Bells;
  /** By what they are for. The names are made in workers/shared-names.ts. */
  readonly cells: ReadonlyMap<string, SharedArrayBuffer>;
}

/** Zeroed cells for one name. */
export function newSharedCells(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer((1 + ROWS * workers) * Int32Array.BYTES_PER_ELEMENT);
}

/** The cells `name`; null where there is only one worker, or nobody has made them. */
export function sharedCells(share: WorkerShare | null, name: string): SharedCells | null {
  const buffer = share?.cells.get(name);
  return buffer === undefined ? null : new Int32Array(buffer);
}

/** Places that are counted in the cells `name`. */
export function sharedPlaces(share: WorkerShare | null, name: string): SharedPlaces | null {
  const cells = sharedCells(share, name);
  return share === null || cells === null ? null : { cells, worker: share.worker };
}
