/**
 * Runs the LALR(1) tables over tokens: a stack of fixed depth, no recursion, time linear in the tokens. A word that is no
 * keyword where it stands is read as a name, a semicolon that separates nothing inside of a statement ends it.
 */
import { IS_CHECKED, isRefused } from "./checks.ts";
import { NODE_REST, STATE_COUNT, TOKEN_END_OF_TEXT, TOKEN_SEMICOLON } from "./grammar.ts";
import {
  ACTION_BASES,
  ACTION_CHECKS,
  ACTION_VALUES,
  DEFAULTS,
  GOTO_BASES,
  GOTO_CHECKS,
  GOTO_DEFAULTS,
  GOTO_VALUES,
  INFORMATION_SHIFT,
  LEFT_MASK,
  LEFT_SHIFT,
  LENGTH_MASK,
  RULES,
  SHARED_BASES,
} from "./tables.ts";
import type { Tokens } from "./tokens.ts";
import { FAILURE_NONE, FAILURE_SYNTAX, FAILURE_TOO_DEEP, growTree, NODE_SIZE, type Tree } from "./tree.ts";
import { STAND_INS } from "./words.ts";

/** How deep statements may be nested: several thousand parentheses. */
export const STACK_MAX = 10_000;

const states = new Int16Array(STACK_MAX + 2);
/** The first token of what each entry of the stack stands for. */
const firsts = new Int32Array(STACK_MAX + 2);

/** In a row of actions: nothing, whatever the shared row says. */
const ABSENT = -32768;
/** What a row has where it has nothing. */
const NO_ACTION = -32767;
/** Rule 0 is the whole statement. */
const ACCEPT = STATE_COUNT;
const NODE_MASK = 0xff;
/** In a rule's information: only this server has it. */
const ONLY_MYSQL = 0x100;
const ONLY_MARIADB = 0x200;

/** Parses one statement, which begins with the token `from`, into `tree`. Never throws on any text. */
export function parse(tree: Tree, tokens: Tokens, from: number): void {
  const { kinds, isMariaDb } = tokens;
  const standIns = STAND_INS[isMariaDb ? 1 : 0];
  const foreign = isMariaDb ? ONLY_MYSQL : ONLY_MARIADB;
  let at = from;
  let top = 0;
  let state = 0;
  states[0] = 0;
  tree.count = 0;
  for (;;) {
    const kind = kinds[at]!;
    const code = actionOf(state, kind, standIns[kind]!);
    let rule: number;
    if (code > 0) {
      if (top >= STACK_MAX) return stop(tree, FAILURE_TOO_DEEP, at);
      if (code === ACCEPT) return stop(tree, FAILURE_NONE, at);
      top += 1;
      firsts[top] = at;
      at += 1;
      if (code < STATE_COUNT) {
        state = code;
        states[top] = code;
        continue;
      }
      rule = code - STATE_COUNT;
    } else if (code < 0) {
      rule = -1 - code;
    } else {
      return stop(tree, FAILURE_SYNTAX, at);
    }
    for (;;) {
      const about = RULES[rule]!;
      const length = about & LENGTH_MASK;
      top -= length;
      const first = length === 0 ? at : firsts[top + 1]!;
      const information = about >> INFORMATION_SHIFT;
      if (information !== 0) {
        if ((information & foreign) !== 0) return stop(tree, FAILURE_SYNTAX, at);
        const node = information & NODE_MASK;
        if (node === NODE_REST) at = endOfRest(tokens, at);
        if (IS_CHECKED[node] === 1 && isRefused(tree, tokens, node, first)) return stop(tree, FAILURE_SYNTAX, at);
        if (node !== 0) addNode(tree, node, first, at);
      }
      const left = (about >> LEFT_SHIFT) & LEFT_MASK;
      const index = GOTO_BASES[left]! + states[top]!;
      const target = GOTO_CHECKS[index] === states[top] ? GOTO_VALUES[index]! : GOTO_DEFAULTS[left]!;
      top += 1;
      firsts[top] = first;
      if (target < STATE_COUNT) {
        state = target;
        states[top] = target;
        break;
      }
      rule = target - STATE_COUNT;
    }
  }
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
