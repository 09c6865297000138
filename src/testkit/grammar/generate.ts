/** Turns mysql.y and mysql.words into the text of grammar.ts. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import { type Actions, type Conflict, findActions } from "./actions.ts";
import { type Automaton, buildAutomaton } from "./automaton.ts";
import type { Grammar } from "./grammar.ts";
import { type Packed, pack } from "./pack.ts";
import { readGrammar } from "./read-grammar.ts";
import { nameTerminals, readWords } from "./words.ts";
import { writeTables } from "./write-tables.ts";

const GRAMMAR = join(REPOSITORY, "src/sql/mysql.y");
const WORDS = join(REPOSITORY, "src/sql/mysql.words");
/** What is generated, and checked in. */
export const TABLES = join(REPOSITORY, "src/sql/grammar.ts");

export interface Generated {
  automaton: Automaton;
  actions: Actions;
  packed: Packed;
  /** The text of grammar.ts. */
  text: string;
}

/**
 * Generates the tables from the files of this checkout.
 * @throws Error with file and line of a mistake, or with every conflict when there are others than the grammar declares.
 */
export async function generate(): Promise<Generated> {
  const grammar = readGrammar(await readFile(GRAMMAR, "utf8"));
  const terminals = grammar.symbols.slice(0, grammar.terminals);
  const words = readWords(await readFile(WORDS, "utf8"), new Set(terminals));
  const names = [...nameTerminals(words)].filter((name) => name !== "IDENT");
  const numbers = new Set(names.map((name) => terminals.indexOf(name)));
  const automaton = buildAutomaton(grammar, terminals.indexOf("IDENT"), numbers);
  const actions = findActions(automaton);
  requireDeclared(automaton, actions);
  const packed = pack(automaton, actions);
  return { automaton, actions, packed, text: writeTables(grammar, packed, words) };
}

function requireDeclared({ grammar }: Automaton, { conflicts }: Actions): void {
  const shiftReduce = conflicts.filter((conflict) => conflict.kind === "shift/reduce").length;
  const reduceReduce = conflicts.length - shiftReduce;
  if (shiftReduce === grammar.expectedShiftReduce && reduceReduce === grammar.expectedReduceReduce) return;
  throw new Error(
    `${shiftReduce} shift/reduce and ${reduceReduce} reduce/reduce conflicts, but mysql.y declares ` +
      `${grammar.expectedShiftReduce} and ${grammar.expectedReduceReduce}:\n\n${describe(grammar, conflicts)}`,
  );
}

/** Conflicts about one rule in one state are told once, with their terminals. */
function describe(grammar: Grammar, conflicts: readonly Conflict[]): string {
  const groups = Map.groupBy(conflicts, (conflict) => `${conflict.kind}, ${conflict.text}`);
  const texts = [...groups].map(([text, group]) => {
    return `on ${group.map((conflict) => grammar.symbols[conflict.terminal]).join(" ")}: ${text}`;
  });
  return texts.join("\n\n");
}
