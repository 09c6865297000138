/** Runs one target: generates, breaks, reads, and keeps what led to something new. */
import type { Clock } from "../../lib/clock.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { below, isLucky, pick } from "./chance.ts";
import { minimised } from "./minimise.ts";
import { mutated } from "./mutate.ts";
import { Violation } from "./oracle.ts";
import { isRefused, type Target } from "./target.ts";

/** An input for which something does not hold. */
export interface Finding {
  target: string;
  input: Uint8Array;
  seed: number;
  iteration: number;
  error: Error;
}

export interface TargetReport {
  target: string;
  seed: number;
  iterations: number;
  ms: number;
  /** How many inputs came to each class. */
  classes: Map<string, number>;
  finding: Finding | null;
}

export interface RunOptions {
  seed: number;
  clock: Clock;
  /** Whichever comes first. */
  iterationsMax: number;
  msMax: number;
}

const BYTES_MAX = 16 * 1024;
/** What (de)compression has handed out the runtime takes back between turns of the event loop: without one memory grows for ever. */
const TURN_MS = 100;
/** An input that takes longer in every one of several tries makes its reader a way to stop the proxy. */
const INPUT_MS_MAX = 250;
const INPUT_TRIES = 4;
/** Inputs kept of each class, to break further. */
const KEPT_OF_CLASS = 6;
const CLASSES_MAX = 400;

/** Runs `target` until the options say stop, or something does not hold. */
export async function runTarget(target: Target, options: RunOptions): Promise<TargetReport> {
  const { seed, clock, iterationsMax, msMax } = options;
  const random = seededRandom(seed ^ Number(Bun.hash(target.name) & 0xffffffffn));
  const report: TargetReport = { target: target.name, seed, iterations: 0, ms: 0, classes: new Map(), finding: null };
  const kept: Uint8Array[][] = [];
  const byClass = new Map<string, Uint8Array[]>();
  const startMs = clock.monotonicMs();
  let turnedMs = 0;
  while (report.iterations < iterationsMax && report.ms < msMax && report.finding === null) {
    const input = nextInput(target, random, kept);
    try {
      const outcome = timed(target, input);
      report.classes.set(outcome, (report.classes.get(outcome) ?? 0) + 1);
      keep(outcome, input, random, kept, byClass);
    } catch (error) {
      const small = minimised(target, input, asError(error), clock);
      report.finding = { target: target.name, input: small, seed, iteration: report.iterations, error: asError(error) };
    }
    report.iterations++;
    report.ms = clock.monotonicMs() - startMs;
    if (report.ms - turnedMs >= TURN_MS) {
      turnedMs = report.ms;
      await new Promise(setImmediate);
    }
  }
  return report;
}

function nextInput(target: Target, random: Random, kept: readonly Uint8Array[][]): Uint8Array {
  if (kept.length === 0 || isLucky(random, 0.1)) return target.generate(random);
  const base = isLucky(random, 0.5) ? pick(random, pick(random, kept)) : target.generate(random);
  const other = pick(random, pick(random, kept));
  return mutated(random, base, other, target.dictionary ?? [], target.bytesMax ?? BYTES_MAX);
}

function keep(
  outcome: string,
  input: Uint8Array,
  random: Random,
  kept: Uint8Array[][],
  byClass: Map<string, Uint8Array[]>,
): void {
  const known = byClass.get(outcome);
  if (known !== undefined) {
    if (known.length < KEPT_OF_CLASS) known.push(input);
    else if (isLucky(random, 0.01)) known[below(random, known.length)] = input;
  } else if (byClass.size < CLASSES_MAX) {
    const first = [input];
    byClass.set(outcome, first);
    kept.push(first);
  }
}

/** Reads once; again when that took long, because the first time is not like others. @throws Violation when it always does. */
export function timed(target: Target, input: Uint8Array): string {
  const msMax = target.inputMsMax ?? INPUT_MS_MAX;
  let outcome = "";
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < INPUT_TRIES && bestMs > msMax; i++) {
    const startMs = usedMs();
    outcome = target.run(input);
    bestMs = Math.min(bestMs, usedMs() - startMs);
  }
  if (bestMs > msMax) throw new Violation(`an input of ${input.length} bytes takes ${Math.round(bestMs)} ms`);
  return outcome;
}

/** Milliseconds of processor time: a machine that is busy elsewhere makes no reader slow. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Inputs that were read, and that were refused. */
export function sidesOf(report: TargetReport): { read: number; refused: number } {
  let refused = 0;
  for (const [outcome, count] of report.classes) if (isRefused(outcome)) refused += count;
  return { read: report.iterations - refused, refused };
}
