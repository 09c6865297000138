/** Variables: user variables wherever they are read or assigned, system variables, and what SET gives them. */
import { takeFact } from "./fact-list.ts";
import {
  type Facts,
  NONE,
  SCOPE_GLOBAL,
  SCOPE_NONE,
  SCOPE_PERSIST,
  SCOPE_SESSION,
  VARIABLE_SYSTEM,
  VARIABLE_USER,
  type VariableFact,
} from "./facts.ts";
import * as t from "./grammar.ts";
import type { Tokens } from "./tokens.ts";
import { isConstant } from "./values.ts";

/** Adds a user variable that is read. */
export function addUserVariable(facts: Facts, _tokens: Tokens, first: number): void {
  take(facts, VARIABLE_USER, SCOPE_NONE, first);
}

/** Adds a user variable that is assigned by other means than an expression: INTO @a, LOAD DATA ... (@a). */
export function addIntoVariable(facts: Facts, tokens: Tokens, first: number, end: number): void {
  // EXPLAIN ... INTO @a has it behind other words.
  let token = first;
  while (token < end - 1 && tokens.kinds[token] !== t.TOKEN_USER_VARIABLE && tokens.kinds[token] !== t.TOKEN_AT_SIGN)
    token += 1;
  const variable = take(facts, VARIABLE_USER, SCOPE_NONE, token);
  if (variable !== null) variable.isAssigned = true;
}

/** Adds `@a := x`. */
export function addAssignment(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const variable = take(facts, VARIABLE_USER, SCOPE_NONE, first);
  if (variable !== null) assign(tokens, variable, first + 2, end);
}

/** Adds a system variable that is named as `@@name` or `@@scope.name`. */
export function addSystemVariable(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const hasScope = end > first + 2;
  take(facts, VARIABLE_SYSTEM, hasScope ? scopeOf(tokens.kinds[first + 1]!) : SCOPE_NONE, end - 1);
}

/** Adds one assignment of a SET. */
export function addSetItem(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const { kinds } = tokens;
  let operator = first;
  while (operator < end && kinds[operator] !== t.TOKEN_EQUALS && kinds[operator] !== t.TOKEN_ASSIGN) operator += 1;
  if (kinds[first] === t.TOKEN_AT_AT) {
    // Its node came first, as if it were read.
    const variable = variableAt(facts, operator - 1);
    if (variable !== null) assign(tokens, variable, operator + 1, end);
    return;
  }
  if (kinds[first] === t.TOKEN_USER_VARIABLE || kinds[first] === t.TOKEN_AT_SIGN) {
    const variable = take(facts, VARIABLE_USER, SCOPE_NONE, first);
    if (variable !== null) assign(tokens, variable, operator + 1, end);
    return;
  }
  const scope = operator > first + 1 && kinds[first + 1] !== t.TOKEN_DOT ? scopeOf(kinds[first]!) : SCOPE_NONE;
  const variable = take(facts, VARIABLE_SYSTEM, scope, operator - 1);
  if (variable !== null) assign(tokens, variable, operator + 1, end);
}

/** Adds SET NAMES or SET CHARACTER SET: a variable of that name, with all that follows as its value. */
export function addSetNames(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const variable = take(facts, VARIABLE_SYSTEM, SCOPE_NONE, first);
  if (variable === null) return;
  const isTwoWords = tokens.kinds[first] === t.TOKEN_CHAR;
  assign(tokens, variable, isTwoWords ? first + 2 : first + 1, end);
  variable.isLiteral = true;
}

/** Adds SET TRANSACTION: a variable of that name, with its characteristics as the value. */
export function addSetTransaction(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const hasScope = tokens.kinds[first + 1] !== t.TOKEN_TRANSACTION;
  const name = hasScope ? first + 2 : first + 1;
  const variable = take(facts, VARIABLE_SYSTEM, hasScope ? scopeOf(tokens.kinds[first + 1]!) : SCOPE_NONE, name);
  if (variable === null) return;
  assign(tokens, variable, name + 1, end);
  variable.isLiteral = true;
}

function variableAt(facts: Facts, name: number): VariableFact | null {
  const { items, count } = facts.variables;
  for (let i = count - 1; i >= 0; i--) if (items[i]!.name <= name) return items[i]!.name === name ? items[i]! : null;
  return null;
}

function assign(tokens: Tokens, variable: VariableFact, first: number, end: number): void {
  variable.isAssigned = true;
  variable.first = first;
  variable.end = end;
  variable.isLiteral = isConstant(tokens, first, end) || (end === first + 1 && isWord(tokens.kinds[first]!));
}

/** ON, DEFAULT, utf8mb4: one word is a text to SET. */
function isWord(kind: number): boolean {
  return kind === t.TOKEN_IDENT || kind >= t.TOKEN_WORD;
}

function scopeOf(kind: number): number {
  switch (kind) {
    case t.TOKEN_SESSION:
    case t.TOKEN_LOCAL:
      return SCOPE_SESSION;
    case t.TOKEN_GLOBAL:
      return SCOPE_GLOBAL;
    case t.TOKEN_PERSIST:
    case t.TOKEN_PERSIST_ONLY:
      return SCOPE_PERSIST;
    default:
      return SCOPE_NONE;
  }
}

function take(facts: Facts, kind: number, scope: number, name: number): VariableFact | null {
  const variable = takeFact(facts.variables, newVariable);
  if (variable === null) {
    facts.isTruncated = true;
    return null;
  }
  variable.kind = kind;
  variable.scope = scope;
  variable.name = name;
  variable.isAssigned = false;
  variable.first = NONE;
  variable.end = NONE;
  variable.isLiteral = false;
  return variable;
}

function newVariable(): VariableFact {
  return { kind: 0, scope: 0, name: NONE, isAssigned: false, first: NONE, end: NONE, isLiteral: false };
}
