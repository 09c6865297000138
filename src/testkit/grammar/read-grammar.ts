/**
 * Reads a grammar in yacc notation, the part of it that bison also reads: `%token`, `%left`, `%right`, `%nonassoc`,
 * `%precedence`, `%start`, `%expect`, `%expect-rr`, rules with `%prec`, `%empty`, 'c' and "..." as names of terminals,
 * and one pair of braces at the end of an alternative, which holds a label here.
 */
import type { Grammar, Precedence, Rule } from "./grammar.ts";

type Lexeme = { text: string; line: number };

interface Draft {
  terminals: string[];
  /** "<=" and the like: another name of a terminal. */
  aliases: Map<string, string>;
  precedences: Map<string, Precedence>;
  level: number;
  start: string;
  expect: Map<string, number>;
}

interface DraftRule {
  left: string;
  right: string[];
  precedence: string;
  label: string;
  line: number;
}

const ACCEPT = "$accept";
/** The end of the text, as bison calls it. */
export const END = "$end";

/**
 * Reads the text of a grammar file.
 * @throws Error with the line of what is wrong: an unknown directive, a symbol without rules, a rule that nothing reaches.
 */
export function readGrammar(text: string): Grammar {
  const lexemes = cut(text);
  const split = lexemes.findIndex((lexeme) => lexeme.text === "%%");
  if (split < 0) throw new Error("line 1: there is no %% before the rules");
  const draft = readDeclarations(lexemes.slice(0, split));
  const rules = readRules(lexemes.slice(split + 1), draft);
  return assemble(draft, rules);
}

const LEXEME =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|\s+|%%|%?[A-Za-z_][\w.-]*|<[^>]*>|'(?:[^'\\]|\\.)'|"(?:[^"\\]|\\.)*"|\d+|\{[^}]*\}|[:|;]/y;

function cut(text: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  let line = 1;
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < text.length) {
    const at = LEXEME.lastIndex;
    const found = LEXEME.exec(text)?.[0];
    if (found === undefined) throw new Error(`line ${line}: unexpected ${JSON.stringify(text.slice(at, at + 20))}`);
    const isBlank = /^\s|^\/[/*]/.test(found);
    if (!isBlank) lexemes.push({ text: found, line });
    line += found.split("\n").length - 1;
  }
  return lexemes;
}

function readDeclarations(lexemes: readonly Lexeme[]): Draft {
  const draft: Draft = {
    terminals: [END],
    aliases: new Map(),
    precedences: new Map(),
    level: 0,
    start: "",
    expect: new Map(),
  };
  for (let i = 0; i < lexemes.length; ) {
    const directive = lexemes[i++]!;
    const args: Lexeme[] = [];
    while (i < lexemes.length && !lexemes[i]!.text.startsWith("%")) args.push(lexemes[i++]!);
    declare(draft, directive, args);
  }
  return draft;
}

function declare(draft: Draft, directive: Lexeme, args: readonly Lexeme[]): void {
  const kind = directive.text.slice(1);
  switch (kind) {
    case "token":
      for (const [i, { text, line }] of args.entries()) {
        if (text.startsWith("<")) continue;
        if (text.startsWith('"')) draft.aliases.set(text, args[i - 1]?.text ?? "");
        else if (draft.terminals.includes(text)) throw new Error(`line ${line}: ${text} is declared twice`);
        else draft.terminals.push(text);
      }
      return;
    case "left":
    case "right":
    case "nonassoc":
    case "precedence":
      draft.level += 1;
      for (const { text } of args) {
        const name = addTerminal(draft, text);
        draft.precedences.set(name, { level: draft.level, associativity: kind });
      }
      return;
    case "start":
      draft.start = args[0]?.text ?? "";
      return;
    case "expect":
    case "expect-rr":
      draft.expect.set(kind, Number(args[0]?.text));
      return;
    default:
      throw new Error(`line ${directive.line}: ${directive.text} is not a directive that is known here`);
  }
}

function addTerminal(draft: Draft, written: string): string {
  const name = draft.aliases.get(written) ?? written;
  if (!draft.terminals.includes(name)) draft.terminals.push(name);
  return name;
}

function readRules(lexemes: readonly Lexeme[], draft: Draft): DraftRule[] {
  const rules: DraftRule[] = [];
  let left = "";
  let rule: DraftRule | null = null;
  for (let i = 0; i < lexemes.length; i++) {
    const { text, line } = lexemes[i]!;
    if (text === "%%") break;
    if (rule === null) {
      if (lexemes[i + 1]?.text !== ":") throw new Error(`line ${line}: expected a rule, got ${text}`);
      left = text;
      i += 1;
      rule = { left, right: [], precedence: "", label: "", line };
    } else if (text === "|" || text === ";") {
      rules.push(rule);
      rule = text === "|" ? { left, right: [], precedence: "", label: "", line: lexemes[i + 1]?.line ?? line } : null;
    } else if (text === "%prec") {
      rule.precedence = addTerminal(draft, lexemes[++i]!.text);
    } else if (text.startsWith("{")) {
      rule.label = text.slice(1, -1).trim();
    } else if (text !== "%empty") {
      if (text.startsWith('"') && !draft.aliases.has(text)) throw new Error(`line ${line}: no token is called ${text}`);
      rule.right.push(/^['"]/.test(text) ? addTerminal(draft, text) : text);
    }
  }
  if (rule !== null) throw new Error(`line ${rule.line}: the last rule does not end in ;`);
  return rules;
}

function assemble(draft: Draft, written: readonly DraftRule[]): Grammar {
  const nonterminals = [...new Set([ACCEPT, ...written.map((rule) => rule.left)])];
  const symbols = [...draft.terminals, ...nonterminals];
  const numbers = new Map(symbols.map((name, number) => [name, number]));
  const numberOf = (name: string, line: number): number => {
    const number = numbers.get(draft.aliases.get(name) ?? name);
    if (number === undefined) throw new Error(`line ${line}: ${name} is neither declared nor has rules`);
    return number;
  };
  const start = draft.start || written[0]?.left || "";
  const accept: DraftRule = { left: ACCEPT, right: [start, END], precedence: "", label: "", line: 0 };
  const precedences = new Map([...draft.precedences].map(([name, value]) => [numberOf(name, 0), value]));
  const terminals = draft.terminals.length;
  const rules = [accept, ...written].map((rule, index): Rule => {
    const right = rule.right.map((name) => numberOf(name, rule.line));
    const named = rule.precedence === "" ? undefined : numberOf(rule.precedence, rule.line);
    const precedence = named ?? right.findLast((symbol) => symbol < terminals) ?? -1;
    return { index, left: numberOf(rule.left, rule.line), right, precedence, label: rule.label, line: rule.line };
  });
  const rulesOf = nonterminals.map((_, i) => rules.filter((rule) => rule.left === terminals + i));
  requireReached(rules, rulesOf, symbols, terminals);
  return {
    symbols,
    terminals,
    rules,
    rulesOf,
    precedences,
    expectedShiftReduce: draft.expect.get("expect") ?? 0,
    expectedReduceReduce: draft.expect.get("expect-rr") ?? 0,
  };
}

function requireReached(
  rules: readonly Rule[],
  rulesOf: readonly (readonly Rule[])[],
  symbols: readonly string[],
  terminals: number,
): void {
  const reached = new Set([rules[0]!.left]);
  for (const symbol of reached) {
    for (const rule of rulesOf[symbol - terminals] ?? []) {
      for (const part of rule.right) if (part >= terminals) reached.add(part);
    }
  }
  const lost = rules.find((rule) => !reached.has(rule.left));
  if (lost !== undefined) throw new Error(`line ${lost.line}: nothing reaches ${symbols[lost.left]}`);
}
