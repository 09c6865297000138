/** The automaton beside that of bison: the same states, and in each the same shifts, reductions, errors and conflicts. */
import { expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import { ERROR, findActions } from "./actions.ts";
import { buildAutomaton } from "./automaton.ts";
import { readGrammar } from "./read-grammar.ts";

const GRAMMAR = join(REPOSITORY, "src/sql/mysql.y");
/** Terminals that bison has of its own between the end of the text and ours: error and "invalid token". */
const BISON_TERMINALS = 2;

interface BisonState {
  /** Where each symbol leads, by its name. */
  targets: Map<string, number>;
  /** The rule by terminal; a terminal has another one as well where it is in conflict. */
  reductions: Map<string, number>;
  errors: Set<string>;
  conflicts: number;
}

const isMissing = Bun.which("bison") === null;
if (isMissing) process.stderr.write("skipped: bison is not installed (apt-get install bison)\n");

test.skipIf(isMissing)(
  "the automaton without names for words is that of bison",
  async () => {
    const grammar = readGrammar(await readFile(GRAMMAR, "utf8"));
    const automaton = buildAutomaton(grammar, grammar.symbols.indexOf("IDENT"), new Set());
    const actions = findActions(automaton);
    const xml = await runBison();
    const theirs = readStates(xml);
    const nameOf = bisonNames(xml, grammar.symbols.slice(0, grammar.terminals));
    expect(automaton.states).toHaveLength(theirs.length);
    expect(actions.conflicts).toHaveLength(theirs.reduce((sum, state) => sum + state.conflicts, 0));

    const numbers = new Map([[0, 0]]);
    const wrong: string[] = [];
    // Pairs of states are appended while they are walked.
    for (const [ours, number] of numbers) {
      const state = automaton.states[ours]!;
      const their = theirs[number]!;
      const decided = actions.byState[ours]!;
      let ways = 0;
      for (const [symbol, { index: target }] of state.targets) {
        // A precedence may have decided against a shift.
        if (symbol < grammar.terminals && decided.get(symbol) !== target) continue;
        const name = nameOf(symbol);
        ways += 1;
        const next = their.targets.get(name);
        if (next === undefined) wrong.push(`state ${number}: no way on ${name}`);
        else if (!numbers.has(target)) numbers.set(target, next);
        else if (numbers.get(target) !== next) wrong.push(`state ${number}: another way on ${name}`);
      }
      if (ways !== their.targets.size) wrong.push(`state ${number}: ${ways} ways instead of ${their.targets.size}`);
      const reductions = [...decided].filter(([, code]) => code < ERROR);
      const errors = [...decided].filter(([, code]) => code === ERROR).map(([terminal]) => nameOf(terminal));
      const described = reductions.map(([terminal, code]) => `${nameOf(terminal)} ${-1 - code}`).sort();
      const expected = [...their.reductions].map(([name, rule]) => `${name} ${rule}`).sort();
      if (described.join() !== expected.join()) wrong.push(`state ${number}: ${described} instead of ${expected}`);
      if (errors.sort().join() !== [...their.errors].sort().join()) wrong.push(`state ${number}: errors ${errors}`);
    }
    expect(numbers.size).toBe(theirs.length);
    expect(wrong.slice(0, 5)).toEqual([]);
  },
  60_000,
);

async function runBison(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pisanix-bison-"));
  const xml = join(folder, "grammar.xml");
  // Conflicts end it with an error after it has written all that it knows.
  const command = [
    "bison",
    "-Dlr.default-reduction=accepting",
    `--xml=${xml}`,
    "-o",
    join(folder, "grammar.c"),
    GRAMMAR,
  ];
  await Bun.spawn(command, { stdio: ["ignore", "ignore", "ignore"] }).exited;
  const text = await readFile(xml, "utf8");
  await rm(folder, { recursive: true });
  return text;
}

function readStates(xml: string): BisonState[] {
  return xml
    .split(/<state number="\d+">/)
    .slice(1)
    .map((text) => {
      const state: BisonState = { targets: new Map(), reductions: new Map(), errors: new Set(), conflicts: 0 };
      for (const [, name, target] of text.matchAll(/<transition type="\w+" symbol="([^"]*)" state="(\d+)"/g)) {
        state.targets.set(plain(name!), Number(target));
      }
      for (const [, name, rule, enabled] of text.matchAll(
        /<reduction symbol="([^"]*)" rule="(\w+)" enabled="(\w+)"/g,
      )) {
        // What accepts the text does so on any terminal, of which the end is the only one.
        if (rule === "accept") state.reductions.set("$end", 0);
        else if (enabled === "true") state.reductions.set(plain(name!), Number(rule));
        else state.conflicts += 1;
      }
      for (const [, name] of text.matchAll(/<error symbol="([^"]*)"/g)) state.errors.add(plain(name!));
      return state;
    });
}

/** Bison calls a terminal by its other name, such as "(", where the file has one. */
function bisonNames(xml: string, terminals: readonly string[]): (symbol: number) => string {
  const names = new Map<number, string>();
  for (const [, number, name] of xml.matchAll(/<terminal symbol-number="(\d+)"[^>]* name="([^"]*)"/g)) {
    names.set(Number(number), plain(name!));
  }
  const nonterminals = [...xml.matchAll(/<nonterminal symbol-number="\d+" name="([^"]*)"/g)].map(([, name]) =>
    plain(name!),
  );
  return (symbol) => {
    if (symbol === 0) return names.get(0)!;
    if (symbol < terminals.length) return names.get(symbol + BISON_TERMINALS)!;
    return nonterminals[symbol - terminals.length]!;
  };
}

function plain(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
