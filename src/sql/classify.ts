/**
 * The kind of a statement and its effects on the session, from its tokens alone: what every text is read for. A statement
 * that no server would take gets a kind and effects all the same.
 */
import {
  EFFECT_CALC_FOUND_ROWS,
  EFFECT_CALL,
  EFFECT_DIAGNOSTICS,
  EFFECT_FOUND_ROWS,
  EFFECT_LAST_INSERT_ID,
  EFFECT_LIMIT,
  EFFECT_LOCKING_READ,
  EFFECT_OFFSET,
  EFFECT_PREPARE,
  EFFECT_RELEASE,
  EFFECT_ROLE,
  EFFECT_ROW_COUNT,
  EFFECT_SEQUENCE,
  EFFECT_SET,
  EFFECT_SET_TRANSACTION,
  EFFECT_TABLE_LOCK,
  EFFECT_TEMPORARY_TABLE,
  EFFECT_TRANSACTION,
  EFFECT_USER_VARIABLE_READ,
  EFFECT_USER_VARIABLE_WRITE,
} from "./effects.ts";
import { EFFECTS_BY_FIRST_TOKEN, KIND_BY_FIRST_TOKEN } from "./first-word.ts";
import * as t from "./grammar.ts";
import { INTEREST_CALL } from "./interest.ts";
import type { StatementKind } from "./kind.ts";
import type { Tokens } from "./tokens.ts";
import { EFFECTS_BY_CALL, EFFECTS_BY_UNSCOPED_VARIABLE, EFFECTS_BY_VARIABLE } from "./word-effects.ts";
import { findWord } from "./words.ts";

/** What is known of the one statement that was read last. */
export interface Classified {
  kind: StatementKind;
  effects: number;
  /** The token behind it: a semicolon or the end of the text. */
  stop: number;
}

/** The place where classify() leaves what it found; reading is not re-entrant, so one is enough. */
export const classified: Classified = { kind: "EMPTY", effects: 0, stop: 0 };

/** The number of the first token at or after `from` that is no semicolon and no parenthesis around a query. */
export function beginOfStatement(tokens: Tokens, from: number): number {
  let at = from;
  while (tokens.kinds[at] === t.TOKEN_SEMICOLON || tokens.kinds[at] === t.TOKEN_PAREN_OPEN) at += 1;
  return at;
}

/** Reads the statement that begins with the token `from`, at most up to the token `end`, into `classified`. */
export function classify(tokens: Tokens, from: number, end: number): void {
  const { kinds } = tokens;
  const first = kinds[from]!;
  let isAfterWith = first === t.TOKEN_WITH;
  /** The list of LOAD DATA fills variables, what comes behind its SET reads them. */
  let isFilling = first === t.TOKEN_LOAD;
  classified.kind = KIND_BY_FIRST_TOKEN[first]!;
  classified.effects = EFFECTS_BY_FIRST_TOKEN[first]!;
  classified.stop = end;
  // Of most texts the first word says all.
  if (tokens.interest === 0 && first !== t.TOKEN_SET && first !== t.TOKEN_BEGIN) return;
  let depth = 0;
  let i = from + 1;
  for (; i < end; i++) {
    const kind = kinds[i]!;
    if (kind === t.TOKEN_SEMICOLON) break;
    if (kind === t.TOKEN_PAREN_OPEN) {
      depth += 1;
      if ((tokens.interest & INTEREST_CALL) !== 0) classified.effects |= effectsOfCall(tokens, i - 1);
    } else if (kind === t.TOKEN_PAREN_CLOSE) {
      depth -= 1;
    } else if (kind === t.TOKEN_COMMA) {
      if ((classified.effects & EFFECT_LIMIT) !== 0) classified.effects |= EFFECT_OFFSET;
    } else if (kind === t.TOKEN_USER_VARIABLE) {
      const isAssigned = isFilling || isAssignedAt(kinds, i, depth);
      classified.effects |= isAssigned ? EFFECT_USER_VARIABLE_WRITE : EFFECT_USER_VARIABLE_READ;
    } else if (kind === t.TOKEN_AT_AT) {
      classified.effects |= effectsOfSystemVariable(tokens, i);
    } else if (kind > t.TOKEN_RESERVED) {
      classified.effects |= effectsOfWord(kind, kinds[i - 1]!);
      if (i === from + 1 || classified.kind === "SET") onSecondWord(first, kind, kinds[i - 1]!);
      if (isAfterWith && depth === 0) isAfterWith = !isMainVerb(kind);
      if (kind === t.TOKEN_SET) isFilling = false;
    }
  }
  classified.stop = i;
}

/** What is left of a statement's effects behind one of kind `previous` in the same text: it may ask only about that one. */
export function effectsBehind(previous: StatementKind, effects: number): number {
  switch (previous) {
    case "SELECT":
      return effects & ~(EFFECT_ROW_COUNT | EFFECT_FOUND_ROWS); // MariaDB shows older warnings behind one without a table
    case "INSERT":
    case "UPDATE":
    case "DELETE":
    case "REPLACE":
      return effects & ~(EFFECT_ROW_COUNT | EFFECT_DIAGNOSTICS);
    default:
      return effects;
  }
}

/** Whether the word is the verb behind the common table expressions of a WITH; the kind of the statement is then its. */
function isMainVerb(kind: number): boolean {
  switch (kind) {
    case t.TOKEN_SELECT:
    case t.TOKEN_UPDATE:
    case t.TOKEN_DELETE:
    case t.TOKEN_INSERT:
    case t.TOKEN_REPLACE:
      classified.kind = KIND_BY_FIRST_TOKEN[kind]!;
      return true;
    case t.TOKEN_FOR:
      return true; // FOR UPDATE behind a query in parentheses
    default:
      return false;
  }
}

/** What the second word of a statement, or one of a SET, changes about what the first said. */
function onSecondWord(first: number, kind: number, before: number): void {
  switch (first) {
    case t.TOKEN_START:
      if (kind !== t.TOKEN_TRANSACTION) return;
      classified.kind = "BEGIN";
      classified.effects |= EFFECT_TRANSACTION;
      return;
    case t.TOKEN_DROP:
      if (kind !== t.TOKEN_PREPARE) return;
      classified.kind = "DEALLOCATE";
      classified.effects |= EFFECT_PREPARE;
      return;
    case t.TOKEN_BEGIN:
      if (kind === t.TOKEN_NOT) classified.effects |= EFFECT_CALL; // MariaDB's BEGIN NOT ATOMIC
      return;
    case t.TOKEN_SET:
      if (kind === t.TOKEN_TRANSACTION && before === t.TOKEN_SET) {
        classified.effects = (classified.effects & ~EFFECT_SET) | EFFECT_SET_TRANSACTION;
      } else if (kind === t.TOKEN_ROLE && (before === t.TOKEN_SET || before === t.TOKEN_DEFAULT)) {
        classified.effects = (classified.effects & ~EFFECT_SET) | EFFECT_ROLE;
      } else if (before === t.TOKEN_FOR) {
        classified.effects |= EFFECTS_BY_FIRST_TOKEN[kind]!; // MariaDB's SET STATEMENT ... FOR <statement>
      }
  }
}

/** COMMIT WORK AND NO CHAIN RELEASE: what RELEASE may follow, where it is no name. */
const IS_BEFORE_RELEASE: ReadonlySet<number> = new Set([t.TOKEN_COMMIT, t.TOKEN_ROLLBACK, t.TOKEN_WORK, t.TOKEN_CHAIN]);

/** The effects of a word wherever it stands, by the word before it and the kind of the statement. */
function effectsOfWord(kind: number, before: number): number {
  switch (kind) {
    case t.TOKEN_UPDATE:
      return before === t.TOKEN_FOR ? EFFECT_LOCKING_READ : 0;
    case t.TOKEN_SHARE:
      return before === t.TOKEN_FOR || before === t.TOKEN_IN ? EFFECT_LOCKING_READ : 0;
    case t.TOKEN_LOCK:
      return before === t.TOKEN_READ ? EFFECT_TABLE_LOCK : 0;
    case t.TOKEN_EXPORT:
      return before === t.TOKEN_FOR ? EFFECT_TABLE_LOCK : 0;
    case t.TOKEN_RETURNING:
      // An answer with rows has no room for the id.
      return classified.kind === "INSERT" || classified.kind === "REPLACE" ? EFFECT_LAST_INSERT_ID : 0;
    case t.TOKEN_RELEASE:
      return IS_BEFORE_RELEASE.has(before) ? EFFECT_RELEASE : 0;
    case t.TOKEN_LIMIT:
      return EFFECT_LIMIT;
    case t.TOKEN_OFFSET:
    case t.TOKEN_OFFSET_CLAUSE: // to MariaDB the word is reserved
      return EFFECT_OFFSET;
    case t.TOKEN_SQL_CALC_FOUND_ROWS:
      return EFFECT_CALC_FOUND_ROWS;
    case t.TOKEN_TEMPORARY:
      return classified.kind === "CREATE" || classified.kind === "DROP" ? EFFECT_TEMPORARY_TABLE : 0;
    case t.TOKEN_DIAGNOSTICS:
      return EFFECT_DIAGNOSTICS;
    case t.TOKEN_WARNINGS:
    case t.TOKEN_ERRORS:
      return classified.kind === "SHOW" ? EFFECT_DIAGNOSTICS : 0;
    case t.TOKEN_VALUE:
      // NEXT VALUE FOR; to MySQL PREVIOUS is a name.
      return before === t.TOKEN_NEXT || before === t.TOKEN_PREVIOUS || before === t.TOKEN_IDENT ? EFFECT_SEQUENCE : 0;
    default:
      return 0;
  }
}

/** The effects of calling the function whose name the token is, if it is one: quotes make no difference to the servers. */
function effectsOfCall(tokens: Tokens, name: number): number {
  const kind = tokens.kinds[name]!;
  if (kind !== t.TOKEN_IDENT && kind <= t.TOKEN_RESERVED) return 0;
  if (name > 0 && tokens.kinds[name - 1] === t.TOKEN_DOT) return 0;
  return EFFECTS_BY_CALL[wordOf(tokens, name)]!;
}

/** Whether the user variable is assigned: `:=` does so anywhere, `=` only between the assignments of SET and GET. */
function isAssignedAt(kinds: Uint16Array, i: number, depth: number): boolean {
  const next = kinds[i + 1];
  if (kinds[i - 1] === t.TOKEN_INTO || next === t.TOKEN_ASSIGN) return true;
  return next === t.TOKEN_EQUALS && depth === 0 && (classified.kind === "SET" || classified.kind === "GET");
}

/** The effects of naming the system variable whose @@ the token is: its last part counts. */
function effectsOfSystemVariable(tokens: Tokens, i: number): number {
  let name = i + 1;
  while (tokens.kinds[name + 1] === t.TOKEN_DOT) name += 2;
  const word = name < tokens.count ? wordOf(tokens, name) : 0;
  const isUnscoped = classified.kind === "SET" && name === i + 1;
  return EFFECTS_BY_VARIABLE[word]! | (isUnscoped ? EFFECTS_BY_UNSCOPED_VARIABLE[word]! : 0);
}

function wordOf(tokens: Tokens, token: number): number {
  const start = tokens.starts[token]!;
  const end = tokens.ends[token]!;
  const isQuoted = tokens.bytes[start] === 0x60 || tokens.bytes[start] === 0x22;
  return isQuoted
    ? findWord(tokens.bytes, start + 1, Math.max(start + 1, end - 1))
    : findWord(tokens.bytes, start, end);
}
