/**
 * Runs the LALR(1) tables over tokens: a stack of fixed depth, no recursion, time linear in the tokens. A word that is no
 * keyword where it stands is read as a name, a semicolon that separates nothing inside of a statement ends it.
 */
import { assert } from "../lib/assert.ts";
import { IS_CHECKED, isRefused } from "./checks.ts";
import { NODE_REST, STATE_COUNT, TERMINAL_COUNT, TOKEN_END_OF_TEXT, TOKEN_SEMICOLON } from "./grammar.ts";
import {
  ACTION_BASES,
  ACTION_CHECKS,
  ACTION_VALUES,
  DEFAULTS,
  GOTOS,
  INFORMATION_SHIFT,
  LENGTH_MASK,
  RULE_BASE,
  RULE_SHIFT,
  RULE_TARGET,
  RULES,
  SHARED_BASES,
  STATE_SHIFT,
  TARGET_MASK,
} from "./tables.ts";
import type { Tokens } from "./tokens.ts";
import { FAILURE_NONE, FAILURE_SYNTAX, FAILURE_TOO_DEEP, growTree, NODE_SIZE, type Tree } from "./tree.ts";
import { STAND_INS } from "./words.ts";

/** How deep statements may be nested: several thousand parentheses. */
export const STACK_MAX = 10_000;

/** The stack begins at 1, so that something lies below its first entry, too: both are the first state, 0, for ever. */
const states = new Int16Array(STACK_MAX + 3);
/** The first token of what each entry of the stack stands for. */
const firsts = new Int32Array(STACK_MAX + 3);

const KNOWN_BITS = 12;
/** Each has four numbers: two states, a terminal with its server, the answer, and of which sort the rule in it is. */
const KNOWN_SHIFT = 2;
const STATE_BITS = 12;
/** Above a terminal: the one of MariaDB. */
const FOR_MARIADB = 1 << 12;
assert(STATE_COUNT <= 1 << STATE_BITS && TERMINAL_COUNT <= FOR_MARIADB, "states and terminals fit into a slot");
/** In a row of actions: nothing, whatever the shared row says. */
const ABSENT = -32768;
/** What a row has where it has nothing. */
const NO_ACTION = -32767;
/** Rule 0 is the whole statement. */
const ACCEPT = STATE_COUNT;
const NODE_MASK = 0xff;
const REFUSED = -1;
/** In a rule's information: only this server has it. */
const ONLY_MYSQL = 0x100;
const ONLY_MARIADB = 0x200;
/** A rule that only gives its one symbol another name. */
const RENAMES = 1;

/**
 * What was found out for a state, the one below it and the terminal ahead: the state behind all reductions that only rename,
 * and what that one does. A third of all steps are saved by it, because a column becomes an expression by four of them.
 */
const known = new Int32Array(1 << (KNOWN_BITS + KNOWN_SHIFT)).fill(-1);

/** Parses one statement, which begins with the token `from`, into `tree`. Never throws on any text. */
export function parse(tree: Tree, tokens: Tokens, from: number): void {
  const { kinds, isMariaDb } = tokens;
  const foreign = isMariaDb ? ONLY_MYSQL : ONLY_MARIADB;
  const server = isMariaDb ? FOR_MARIADB : 0;
  let at = from;
  let top = 1;
  let state = 0;
  let below = 0;
  tree.count = 0;
  for (;;) {
    const pair = (below << STATE_BITS) | state;
    const ahead = kinds[at]! | server;
    const slot = slotOf(pair, ahead);
    if (known[slot] !== pair || known[slot | 1] !== ahead) findOut(slot, pair, ahead);
    const answer = known[slot | 2]!;
    let about = known[slot | 3]!;
    states[top] = answer >> 16;
    const code = (answer << 16) >> 16;
    let rule = code > 0 ? code - STATE_COUNT : -1 - code;
    if (code > 0) {
      if (top >= STACK_MAX) return stop(tree, FAILURE_TOO_DEEP, at);
      if (code === ACCEPT) return stop(tree, FAILURE_NONE, at);
      top += 1;
      firsts[top] = at;
      at += 1;
      if (code < STATE_COUNT) {
        below = answer >> 16;
        state = code;
        states[top] = code;
        continue;
      }
    } else if (code === 0) return stop(tree, FAILURE_SYNTAX, at);
    for (;;) {
      const length = about & LENGTH_MASK;
      top -= length;
      const first = length === 0 ? at : firsts[top + 1]!;
      const information = about >> INFORMATION_SHIFT;
      if (information !== 0) {
        const end = (information & foreign) === 0 ? finish(tree, tokens, information & NODE_MASK, first, at) : REFUSED;
        if (end === REFUSED) return stop(tree, FAILURE_SYNTAX, at);
        at = end;
      }
      below = states[top]!;
      const target = targetOf(below, rule);
      top += 1;
      firsts[top] = first;
      if (target < STATE_COUNT) {
        state = target;
        states[top] = target;
        break;
      }
      rule = target - STATE_COUNT;
      about = RULES[rule << RULE_SHIFT]!;
    }
  }
}

/** Adds the node that begins with the token `first`, `node` 0 for none. Returns the token behind it; REFUSED for what no server takes. */
function finish(tree: Tree, tokens: Tokens, node: number, first: number, at: number): number {
  const end = node === NODE_REST ? endOfRest(tokens, at) : at;
  if (IS_CHECKED[node] === 1 && isRefused(tree, tokens, node, first)) return REFUSED;
  if (node !== 0) addNode(tree, node, first, end);
  return end;
}

/** The place in `known` for two states and a terminal. */
function slotOf(pair: number, ahead: number): number {
  return (Math.imul(pair ^ (ahead << 20) ^ (ahead << 3), 0x9e3779b1) >>> (32 - KNOWN_BITS)) << KNOWN_SHIFT;
}

/** Refills a slot of `known`. */
function findOut(slot: number, pair: number, ahead: number): void {
  const kind = ahead & ~FOR_MARIADB;
  const standIn = STAND_INS[(ahead & FOR_MARIADB) === 0 ? 0 : 1][kind]!;
  const below = pair >> STATE_BITS;
  let state = pair & ((1 << STATE_BITS) - 1);
  let code = actionOf(state, kind, standIn);
  while (code < 0) {
    if (RULES[(-1 - code) << RULE_SHIFT] !== RENAMES) break;
    const target = targetOf(below, -1 - code);
    if (target < STATE_COUNT) {
      state = target;
      code = actionOf(state, kind, standIn);
    } else {
      code = -1 - (target - STATE_COUNT);
    }
  }
  const rule = code > 0 ? code - STATE_COUNT : -1 - code;
  known[slot] = pair;
  known[slot | 1] = ahead;
  known[slot | 2] = (state << 16) | (code & 0xffff);
  known[slot | 3] = rule >= 0 ? RULES[rule << RULE_SHIFT]! : 0;
}

/** Where the state goes when what the rule makes is complete on top of it: a state, or STATE_COUNT and the rule that is next. */
function targetOf(state: number, rule: number): number {
  const at = rule << RULE_SHIFT;
  const entry = GOTOS[RULES[at | RULE_BASE]! + state]!;
  return entry >>> STATE_SHIFT === state ? entry & TARGET_MASK : RULES[at | RULE_TARGET]!;
}

/** What the state does on the terminal, or on what stands in for it. */
function actionOf(state: number, kind: number, standIn: number): number {
  let code = ownActionOf(state, kind);
  if (code === NO_ACTION && standIn !== kind) code = ownActionOf(state, standIn);
  return code === NO_ACTION ? DEFAULTS[state]! : code;
}

/** What the state does on the terminal; NO_ACTION where its rows say nothing. */
function ownActionOf(state: number, kind: number): number {
  let index = ACTION_BASES[state]! + kind;
  if (ACTION_CHECKS[index] === kind) {
    const code = ACTION_VALUES[index]!;
    return code === ABSENT ? NO_ACTION : code;
  }
  index = SHARED_BASES[state]! + kind;
  return ACTION_CHECKS[index] === kind ? ACTION_VALUES[index]! : NO_ACTION;
}

function addNode(tree: Tree, node: number, first: number, end: number): void {
  const index = tree.count * NODE_SIZE;
  if (index + NODE_SIZE > tree.nodes.length) growTree(tree);
  const { nodes } = tree;
  nodes[index] = node;
  nodes[index + 1] = first;
  nodes[index + 2] = end;
  tree.count += 1;
}

/** The token that ends a statement whose rest is not read. */
function endOfRest(tokens: Tokens, from: number): number {
  let at = from;
  while (tokens.kinds[at] !== TOKEN_END_OF_TEXT && tokens.kinds[at] !== TOKEN_SEMICOLON) at += 1;
  return at;
}

function stop(tree: Tree, failure: number, at: number): void {
  tree.failure = failure;
  tree.stop = at;
}
