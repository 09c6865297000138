/** Whether a process grows: what it has at the end of a run beside what it had when it was warm. */
import { say } from "../terminal.ts";

export interface Memory {
  readonly samples: number[];
}

/** Medians may differ by this much: an allocator gives back late. */
const GROWTH_MAX = 1.25;

/** No sample yet. */
export function newMemory(): Memory {
  return { samples: [] };
}

/** To be called once a second. */
export function sampleMemory({ samples }: Memory, bytes: number): void {
  samples.push(bytes);
}

/** Compares the last quarter with the second. */
export function whatGrew({ samples }: Memory): string[] {
  const quarter = Math.floor(samples.length / 4);
  const [warm, last] = [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(3 * quarter))];
  const figures = `${megabytes(warm)} MB when warm, ${megabytes(last)} MB at the end`;
  say(`memory: ${figures}`);
  return last > warm * GROWTH_MAX ? [`memory grows: ${figures}`] : [];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
