/** What hostile peers come to, as a text that people can read: testdata/hostile/NAME.txt. `UPDATE=1` rewrites it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTestEnvironment } from "./environment.ts";
import { REPOSITORY } from "./paths.ts";

const FOLDER = join(REPOSITORY, "testdata", "hostile");

/** What one case came to; `label` says where in the conversation it was. */
export interface Outcome {
  label: string;
  outcome: string;
}

export interface OutcomeTable {
  /** The part of the table about `name`. */
  describe(name: string, outcomes: readonly Outcome[]): string;
  /** What the file says of it; what describe() has just said when the file is being rewritten. */
  known(name: string): string;
  /** The names in the file, which is written now if it is being rewritten. */
  finish(): string[];
}

/** The table NAME.txt. */
export function newOutcomeTable(name: string): OutcomeTable {
  const path = join(FOLDER, `${name}.txt`);
  const { isUpdating } = readTestEnvironment();
  const written = existsSync(path) ? readFileSync(path, "utf8") : "";
  const described = new Map<string, string>();
  const parts = isUpdating ? described : partsOf(written);
  return {
    describe(title, outcomes) {
      const text = `${title}\n${linesOf(outcomes).join("\n")}\n`;
      described.set(title, text);
      return text;
    },
    known: (title) => parts.get(title) ?? "",
    finish() {
      if (isUpdating) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(path, [...described.values()].join(""));
      }
      return [...parts.keys()];
    },
  };
}

function partsOf(text: string): Map<string, string> {
  const parts = text.split(/^(?=\S)/m).filter((part) => part !== "");
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part]));
}

/** Each outcome with the labels that lead to it, in the order of the conversation. */
function linesOf(outcomes: readonly Outcome[]): string[] {
  const lines: Array<{ labels: string[]; outcome: string }> = [];
  for (const { label, outcome } of outcomes) {
    const last = lines.at(-1);
    if (last?.outcome !== outcome) lines.push({ labels: [label], outcome });
    else if (!last.labels.includes(label)) last.labels.push(label);
  }
  return lines.map(({ labels, outcome }) => `  ${labels.join(", ")} -> ${outcome}`);
}
