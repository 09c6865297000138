/** So many at once and no more; the others wait in line. */

export interface Permits {
  free: number;
  readonly waiting: Array<() => void>;
}

/** `count` permits, all free. */
export function newPermits(count: number): Permits {
  return { free: count, waiting: [] };
}

/** Runs `work` when a permit is free, first come, first served. */
export async function withPermit<T>(permits: Permits, work: () => Promise<T>): Promise<T> {
  if (permits.free > 0) permits.free--;
  else await new Promise<void>((resolve) => permits.waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = permits.waiting.shift();
    if (next === undefined) permits.free++;
    else next();
  }
}
