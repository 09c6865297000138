/** Reads the facts of a text: each statement is parsed, and what its nodes say goes into lists. */
import { beginOfStatement, classified, classify, effectsBehind } from "./classify.ts";
import { EFFECT_FUNCTION, EFFECT_MULTI, EFFECT_USER_VARIABLE_READ, EFFECT_USER_VARIABLE_WRITE } from "./effects.ts";
import { forgetBlocks, startBlocks } from "./fact-blocks.ts";
import { startChanges } from "./fact-changes.ts";
import { closeColumns, startColumns } from "./fact-columns.ts";
import { startComparisons } from "./fact-comparisons.ts";
import { startDefinitions } from "./fact-definitions.ts";
import { NODE_READERS } from "./fact-nodes.ts";
import { startOrders } from "./fact-orders.ts";
import { findCommonTables, forgetTables, startTables } from "./fact-tables.ts";
import { CALL_UNKNOWN, clearFacts, type Facts, VARIABLE_USER } from "./facts.ts";
import { NODE_ROUTINE_BODY, TOKEN_SEMICOLON } from "./grammar.ts";
import type { StatementKind } from "./kind.ts";
import { parse } from "./parser.ts";
import type { Tokens } from "./tokens.ts";
import { FAILURE_NONE, NODE_SIZE, type Tree } from "./tree.ts";

/** Refills `facts` from the tokens of a text. `tree` is used for each statement in turn. */
export function readFacts(facts: Facts, tree: Tree, tokens: Tokens): void {
  clearFacts(facts);
  let previous: StatementKind = "EMPTY";
  let from = 0;
  for (;;) {
    while (tokens.kinds[from] === TOKEN_SEMICOLON) from += 1;
    if (from >= tokens.count) break;
    parse(tree, tokens, from);
    if (tree.failure !== FAILURE_NONE) {
      facts.failure = tree.failure;
      facts.failedAt = tree.stop;
      break;
    }
    const effects = readStatementFacts(facts, tree, tokens, from);
    facts.effects |= effectsBehind(previous, effects);
    facts.statements += 1;
    previous = classified.kind;
    from = tree.stop;
  }
  if (facts.statements > 1) facts.effects |= EFFECT_MULTI;
}

/** Adds the facts of the statement that was parsed. Returns its effects. */
function readStatementFacts(facts: Facts, tree: Tree, tokens: Tokens, from: number): number {
  startBlocks(facts, from);
  startTables(facts);
  startColumns();
  startChanges();
  startDefinitions();
  startComparisons();
  startOrders();
  const firstVariable = facts.variables.count;
  const firstCall = facts.calls.count;
  let bodyFirst = tree.stop;
  const { nodes } = tree;
  const last = tree.count * NODE_SIZE;
  for (let i = 0; i < last && !facts.isTruncated; i += NODE_SIZE) {
    const node = nodes[i]!;
    const first = nodes[i + 1]!;
    NODE_READERS[node]!(facts, tokens, first, nodes[i + 2]!, node);
    if (node === NODE_ROUTINE_BODY) {
      forgetFrom(facts, first);
      bodyFirst = first;
    }
  }
  if (!facts.isTruncated) {
    closeColumns(facts, tokens, from, tree.stop);
    findCommonTables(facts, tokens);
  }
  classify(tokens, beginOfStatement(tokens, from), bodyFirst);
  const effects = classified.effects & ~(EFFECT_USER_VARIABLE_READ | EFFECT_USER_VARIABLE_WRITE);
  return effects | effectsOfVariables(facts, firstVariable) | effectsOfCalls(facts, firstCall);
}

function effectsOfVariables(facts: Facts, from: number): number {
  let effects = 0;
  for (let i = from; i < facts.variables.count; i++) {
    const variable = facts.variables.items[i]!;
    if (variable.kind !== VARIABLE_USER) continue;
    effects |= variable.isAssigned ? EFFECT_USER_VARIABLE_WRITE : EFFECT_USER_VARIABLE_READ;
  }
  return effects;
}

function effectsOfCalls(facts: Facts, from: number): number {
  for (let i = from; i < facts.calls.count; i++) {
    if (facts.calls.items[i]!.kind === CALL_UNKNOWN) return EFFECT_FUNCTION;
  }
  return 0;
}

/** Takes back what lies behind the token `first`: a routine's body is not run when the routine is made. */
function forgetFrom(facts: Facts, first: number): void {
  const { columns, comparisons, calls, variables, limits, orders } = facts;
  while (columns.count > 0 && columns.items[columns.count - 1]!.first >= first) columns.count -= 1;
  while (comparisons.count > 0 && comparisons.items[comparisons.count - 1]!.first >= first) comparisons.count -= 1;
  while (calls.count > 0 && calls.items[calls.count - 1]!.end > first) calls.count -= 1;
  while (variables.count > 0 && variables.items[variables.count - 1]!.name >= first) variables.count -= 1;
  while (limits.count > 0 && limits.items[limits.count - 1]!.first >= first) limits.count -= 1;
  while (orders.count > 0 && orders.items[orders.count - 1]!.first >= first) orders.count -= 1;
  forgetTables(facts, first);
  forgetBlocks(facts, first);
  startChanges();
  startDefinitions();
  startComparisons();
  startOrders();
}
