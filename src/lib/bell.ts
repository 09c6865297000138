/** How one worker wakes another: a cell of shared memory for each, on which its event loop waits without polling. */

export interface Bells {
  /** One cell for each worker. */
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** The number of the worker that has this object, from 0. */
  readonly worker: number;
}

/** Wakes every other worker for which `isWanted`. Whatever the caller has written before is seen by those who wake. */
export function ringOthers({ cells, worker }: Bells, isWanted: (worker: number) => boolean): void {
  for (let other = 0; other < cells.length; other++) {
    if (other !== worker && isWanted(other)) ring(cells, other);
  }
}

/** Wakes one worker; nobody hears it while that one is not there. */
export function ring(cells: Int32Array<SharedArrayBuffer>, worker: number): void {
  Atomics.add(cells, worker, 1);
  Atomics.notify(cells, worker);
}

/**
 * Calls `onRing` in its own turn of the event loop after this worker's bell has been rung; several rings may be one call,
 * none is missed. The returned function ends that.
 */
export function listenToBell({ cells, worker }: Bells, onRing: () => void): () => void {
  let seen = Atomics.load(cells, worker);
  let isOver = false;
  const wait = () => {
    const { async: isAsync, value } = Atomics.waitAsync(cells, worker, seen);
    if (isAsync) void value.then(heard);
    else setImmediate(heard); // rung since it was looked at; sockets are served first
  };
  const heard = () => {
    if (isOver) return;
    const now = Atomics.load(cells, worker);
    const isRung = now !== seen;
    seen = now;
    try {
      if (isRung) onRing();
    } finally {
      wait();
    }
  };
  wait();
  return () => {
    isOver = true;
    Atomics.notify(cells, worker);
  };
}
