/** The parser's tables, unpacked from the text in grammar.ts when the program starts. */
import { assert } from "../lib/assert.ts";
import { SECTIONS, TABLES } from "./grammar.ts";

/** In RULES the numbers of a rule begin at its own one shifted by this. */
export const RULE_SHIFT = 2;
/** The first of them: the symbols on the rule's right side; above them its node, 0 for none, and which server alone has it. */
export const LENGTH_MASK = 0x3f;
export const INFORMATION_SHIFT = 6;
/** The second: where the entries of its left side in GOTOS begin. The third: the target where that has no entry. */
export const RULE_BASE = 1;
export const RULE_TARGET = 2;
/** In GOTOS: above the target of an entry the state that it is for. */
export const STATE_SHIFT = 16;
export const TARGET_MASK = 0xffff;

const all = new Int16Array(Uint8Array.fromBase64(TABLES).buffer);
let used = 0;

export const ACTION_BASES = nextSection(SECTIONS.ACTION_BASES);
export const ACTION_VALUES = nextSection(SECTIONS.ACTION_VALUES);
export const ACTION_CHECKS = nextSection(SECTIONS.ACTION_CHECKS);
export const SHARED_BASES = nextSection(SECTIONS.SHARED_BASES);
export const DEFAULTS = nextSection(SECTIONS.DEFAULTS);
const gotoBases = nextSection(SECTIONS.GOTO_BASES);
/** Where the parser goes from a state with the left side of a rule: to a state, or, as STATE_COUNT and a rule, to that. */
export const GOTOS = joinGotos(nextSection(SECTIONS.GOTO_VALUES), nextSection(SECTIONS.GOTO_CHECKS));
const gotoDefaults = nextSection(SECTIONS.GOTO_DEFAULTS);
/** All that a reduction has to know of its rule, side by side: each step waits for what the one before it read. */
export const RULES = joinRules(
  nextSection(SECTIONS.RULE_LENGTHS),
  nextSection(SECTIONS.RULE_LEFTS),
  nextSection(SECTIONS.RULE_INFORMATION),
);

assert(used === all.length, "the tables are as long as their sections");

function joinGotos(values: Int16Array, checks: Int16Array): Int32Array {
  return Int32Array.from(values, (value, i) => (checks[i]! << STATE_SHIFT) | value);
}

function joinRules(lengths: Int16Array, lefts: Int16Array, information: Int16Array): Int32Array {
  const rules = new Int32Array(lengths.length << RULE_SHIFT);
  for (let rule = 0; rule < lengths.length; rule++) {
    const at = rule << RULE_SHIFT;
    rules[at] = lengths[rule]! | (information[rule]! << INFORMATION_SHIFT);
    rules[at | RULE_BASE] = gotoBases[lefts[rule]!]!;
    rules[at | RULE_TARGET] = gotoDefaults[lefts[rule]!]!;
  }
  return rules;
}

function nextSection(length: number): Int16Array {
  used += length;
  return all.slice(used - length, used);
}
