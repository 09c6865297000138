/** Calls of functions and procedures. */
import { blocks, openBlockOf } from "./fact-blocks.ts";
import { takeFact } from "./fact-list.ts";
import { CALL_AGGREGATE, CALL_BUILT_IN, CALL_UNKNOWN, type CallFact, type Facts, NONE } from "./facts.ts";
import { isBuiltIn } from "./functions.ts";
import { TOKEN_DOT } from "./grammar.ts";
import { nameEnd, nameStart } from "./names.ts";
import type { Tokens } from "./tokens.ts";

/** Adds the call of a function by a name that is no keyword. */
export function addNamedCall(facts: Facts, tokens: Tokens, first: number, end: number): void {
  let name = first;
  while (tokens.kinds[name + 1] === TOKEN_DOT) name += 2;
  const schema = name === first ? NONE : name - 2;
  const isKnown =
    schema === NONE && isBuiltIn(tokens.bytes, nameStart(tokens, name), nameEnd(tokens, name), tokens.isMariaDb);
  addCall(facts, schema, name, first, end, isKnown ? CALL_BUILT_IN : CALL_UNKNOWN);
}

/** Adds a CALL. */
export function addProcedure(facts: Facts, tokens: Tokens, first: number, end: number): void {
  let name = first + 1;
  while (tokens.kinds[name + 1] === TOKEN_DOT) name += 2;
  addCall(facts, name === first + 1 ? NONE : name - 2, name, first, end, CALL_UNKNOWN);
}

/** Adds the call of a function by a keyword. */
export function addBuiltIn(facts: Facts, _tokens: Tokens, first: number, end: number): void {
  addCall(facts, NONE, first, first, end, CALL_BUILT_IN);
}

/** Adds the call of an aggregate function. */
export function addAggregate(facts: Facts, _tokens: Tokens, first: number, end: number): void {
  addCall(facts, NONE, first, first, end, CALL_AGGREGATE);
  openBlockOf(facts).hasAggregate = true;
}

function addCall(facts: Facts, schema: number, name: number, first: number, end: number, kind: number): void {
  const call = takeFact(facts.calls, newCall);
  if (call === null) {
    facts.isTruncated = true;
    return;
  }
  call.schema = schema;
  call.name = name;
  call.first = first;
  call.end = end;
  call.kind = kind;
  call.block = blocks.open;
}

function newCall(): CallFact {
  return { schema: NONE, name: NONE, first: NONE, end: NONE, kind: 0, block: NONE };
}
