/** The parser's tables, unpacked from the text in grammar.ts when the program starts. */
import { assert } from "../lib/assert.ts";
import { SECTIONS, TABLES } from "./grammar.ts";

/** In RULES: the length comes first. */
export const LENGTH_MASK = 0x3f;
export const LEFT_SHIFT = 6;
export const LEFT_MASK = 0xfff;
/** The number of the rule's node, 0 for none; above it which server alone has the rule. */
export const INFORMATION_SHIFT = 18;

const all = new Int16Array(Uint8Array.fromBase64(TABLES).buffer);
let used = 0;

export const ACTION_BASES = nextSection(SECTIONS.ACTION_BASES);
export const ACTION_VALUES = nextSection(SECTIONS.ACTION_VALUES);
export const ACTION_CHECKS = nextSection(SECTIONS.ACTION_CHECKS);
export const SHARED_BASES = nextSection(SECTIONS.SHARED_BASES);
export const DEFAULTS = nextSection(SECTIONS.DEFAULTS);
export const GOTO_BASES = nextSection(SECTIONS.GOTO_BASES);
export const GOTO_VALUES = nextSection(SECTIONS.GOTO_VALUES);
export const GOTO_CHECKS = nextSection(SECTIONS.GOTO_CHECKS);
export const GOTO_DEFAULTS = nextSection(SECTIONS.GOTO_DEFAULTS);
/** Of each rule the symbols on its right side, the nonterminal on its left, and what else there is to know of it. */
export const RULES = joinRules(
  nextSection(SECTIONS.RULE_LENGTHS),
  nextSection(SECTIONS.RULE_LEFTS),
  nextSection(SECTIONS.RULE_INFORMATION),
);

assert(used === all.length, "the tables are as long as their sections");

/** One number a rule, because every reduction needs all three. */
function joinRules(lengths: Int16Array, lefts: Int16Array, information: Int16Array): Int32Array {
  const rules = new Int32Array(lengths.length);
  for (let rule = 0; rule < rules.length; rule++) {
    rules[rule] = lengths[rule]! | (lefts[rule]! << LEFT_SHIFT) | (information[rule]! << INFORMATION_SHIFT);
  }
  return rules;
}

function nextSection(length: number): Int16Array {
  used += length;
  return all.slice(used - length, used);
}
