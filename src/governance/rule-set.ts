/** The rules of one filter: their patterns joined into one pass over the text, and what a refusal by each of them says. */
import type { CircuitBreakConfig, ConcurrencyControlConfig } from "../api/proxy-config.ts";
import { assert } from "../lib/assert.ts";
import {
  atPlace,
  compilePatternSet,
  firstMatch,
  mayMatch,
  PatternError,
  type PatternSet,
  type PatternSource,
} from "../lib/pattern.ts";
import { newPlaces } from "../lib/places.ts";
import { sharedPlaces, type WorkerShare } from "../lib/worker-share.ts";
import { textOf } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";
import type { RuleTally, Verdict } from "./filter.ts";

/** ER_UNKNOWN_COM_ERROR with its SQLSTATE: the original's answer, which drivers take for a lost connection. */
const ER_UNKNOWN_COM_ERROR = 1047;
const SQLSTATE_UNKNOWN_COM = "08S01";

export interface RuleSet {
  /** The filter's name in the configuration: "circuit_break". */
  readonly filter: string;
  readonly patterns: PatternSet;
  /** The rule of each pattern. */
  readonly ruleByPattern: Uint32Array;
  readonly refusals: readonly Refusal[];
  /** What each rule is called. */
  readonly names: readonly string[];
  readonly tallies: readonly RuleTally[];
}

type NamedRule = Pick<CircuitBreakConfig | ConcurrencyControlConfig, "name" | "regex" | "case_insensitive">;

interface Refusal {
  readonly rule: string;
  readonly code: number;
  readonly sqlState: string;
  /** The configured message; undefined for the filter's own. */
  readonly message: string | undefined;
}

/**
 * Compiles the rules of the filter `filter`. A rule without a name is called after its place: "circuit_break[0]".
 * `previous` are the tallies of the filter that this one replaces, `share` has the cells of placesNames().
 * @throws PatternError that names rule and pattern.
 */
export function compileRuleSet(
  filter: string,
  rules: readonly (CircuitBreakConfig | ConcurrencyControlConfig)[],
  previous: readonly RuleTally[],
  share: WorkerShare | null,
): RuleSet {
  const sources: PatternSource[] = [];
  const ruleByPattern: number[] = [];
  const refusals: Refusal[] = [];
  for (const [index, rule] of rules.entries()) {
    for (const source of rule.regex) {
      sources.push({ source, caseInsensitive: rule.case_insensitive });
      ruleByPattern.push(index);
    }
    refusals.push({
      rule: rule.name ?? `${filter}[${index}]`,
      code: rule.code ?? ER_UNKNOWN_COM_ERROR,
      sqlState: rule.sql_state ?? SQLSTATE_UNKNOWN_COM,
      message: rule.message,
    });
  }
  try {
    const patterns = compilePatternSet(sources);
    const tallies = talliesOf(rules, previous, share);
    const names = refusals.map(({ rule }) => rule);
    return { filter, patterns, ruleByPattern: Uint32Array.from(ruleByPattern), refusals, names, tallies };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const rule = ruleByPattern[error.index]!;
    const regex = error.index - ruleByPattern.indexOf(rule);
    throw atPlace(error, `${filter} rule "${refusals[rule]!.rule}": regex[${regex}]`);
  }
}

/** The first rule, in the order of the configuration, that has a pattern found in the statement's text; -1 for none. */
export function firstRule(rules: RuleSet, statement: Statement): number {
  // Most often none is, and no string has to be made to see that.
  if (!mayMatch(rules.patterns, statement.bytes, statement.start, statement.end)) return -1;
  const pattern = firstMatch(rules.patterns, textOf(statement));
  return pattern < 0 ? -1 : rules.ruleByPattern[pattern]!;
}

/** Fills `verdict` with the refusal by a rule. `message` is what the filter says unless the rule is told to say something else. */
export function refuse(rules: RuleSet, rule: number, verdict: Verdict, message: string): "refuse" {
  const refusal = rules.refusals[rule];
  const tally = rules.tallies[rule];
  assert(refusal !== undefined && tally !== undefined, "a rule that refuses is one of the set");
  tally.refused += 1;
  verdict.filter = rules.filter;
  verdict.rule = refusal.rule;
  verdict.code = refusal.code;
  verdict.sqlState = refusal.sqlState;
  verdict.message = refusal.message ?? message;
  return "refuse";
}

/** A place in the list says nothing: a rule in front of the others must not make each of them another one. */
function keyOf({ name, regex, case_insensitive }: NamedRule): string {
  return name === undefined ? JSON.stringify([regex, case_insensitive]) : `name ${name}`;
}

/** The tally of each rule: the one that it had before, or a new one. */
function talliesOf(
  rules: readonly NamedRule[],
  previous: readonly RuleTally[],
  share: WorkerShare | null,
): RuleTally[] {
  const free = [...previous];
  const names = placesNames(rules);
  return rules.map((rule, index) => {
    const key = keyOf(rule);
    const at = free.findIndex((tally) => tally.key === key);
    const tally = at < 0 ? undefined : free.splice(at, 1)[0];
    return tally ?? { key, refused: 0, ...newPlaces(sharedPlaces(share, names[index]!)) };
  });
}

/** What the places of each rule are called among workers. A rule that is there twice has twice as many. */
export function placesNames(rules: readonly NamedRule[]): string[] {
  const keys = rules.map(keyOf);
  return keys.map((key, index) => `rule ${key} #${keys.slice(0, index).filter((other) => other === key).length}`);
}
