/** What an explanation consists of: sentences, each with the place that its value comes from. */
import type { Path, Position } from "../../lib/issue.ts";
import type { Manifest } from "../manifest.ts";

export interface ExplainedLine {
  readonly text: string;
  /** Where the value is written; null for a default, undefined for what is no value. */
  readonly from: Position | null | undefined;
  /** How deep it is indented. */
  readonly depth: number;
}

/** Sentences about one thing. */
export interface ExplainedSection {
  readonly title: string;
  readonly lines: readonly ExplainedLine[];
}

export interface Explanation {
  /** NS/NAME. */
  readonly name: string;
  readonly sections: readonly ExplainedSection[];
}

/** Collects the lines of a section. */
export interface Notes {
  readonly lines: ExplainedLine[];
  /** A sentence about the value at `path`; the default when nothing is written there. */
  value(text: string, manifest: Manifest, path: Path, depth?: number): void;
  /** A sentence that follows from others. */
  say(text: string, depth?: number): void;
}

/** Empty notes. */
export function newNotes(): Notes {
  const lines: ExplainedLine[] = [];
  return {
    lines,
    value(text, manifest, path, depth = 0) {
      lines.push({ text, from: placeOf(manifest, path), depth });
    },
    say(text, depth = 0) {
      lines.push({ text, from: undefined, depth });
    },
  };
}

function placeOf({ source, path: start }: Manifest, path: Path): Position | null {
  const at = [...start, ...path];
  return source.isWritten(at) ? source.positionOf(at) : null;
}

/** `a, b and c`. */
export function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
