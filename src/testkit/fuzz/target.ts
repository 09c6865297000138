/** What is fuzzed: a reader of bytes that somebody else has written, and what must hold whatever they are. */
import type { Random } from "../../lib/random.ts";

export interface Target {
  /** Also the folder of its findings, testdata/wire/NAME. */
  readonly name: string;
  /** An input that makes sense, from which the others are made by breaking it. */
  generate(random: Random): Uint8Array;
  /**
   * Reads `input`, which alone decides what happens, and says in a few words what became of it: "refused: ..." when the
   * reader would not have it.
   * @throws Error when something does not hold: another error than the reader documents, a byte read that is not the
   * input's, two ways of reading that differ, what was written and reads otherwise.
   */
  run(input: Uint8Array): string;
  /** Words of the language that is read, to be put in anywhere. */
  readonly dictionary?: readonly Uint8Array[];
  /** Longest input that is tried. */
  readonly bytesMax?: number;
  /** Milliseconds that an input may take, where a quarter of a second is not enough. */
  readonly inputMsMax?: number;
}

const REFUSED = "refused: ";

/** The class of an input that the reader would not have, by the error that says why. */
export function refused(error: Error): string {
  return REFUSED + kindOfMessage(error.message);
}

/** True for an outcome that refused() has made. */
export function isRefused(outcome: string): boolean {
  return outcome.startsWith(REFUSED);
}

/** A message without what differs from one input to the next: figures, quotations, ends. */
export function kindOfMessage(message: string): string {
  const line = message.split("\n")[0] ?? "";
  return line
    .replace(/(["'`]).*?\1/g, "$1$1")
    .replace(/\b(?:0x[0-9a-f]+|\d+)\b/gi, "N")
    .slice(0, 100);
}

/** Words as a dictionary. */
export function words(...texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}
