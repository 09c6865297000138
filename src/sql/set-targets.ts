/** What a SET statement assigns, where another connection can be given it. https://dev.mysql.com/doc/refman/9.7/en/set-variable.html */
import { CHARSET_PLAIN } from "./charset.ts";
import * as t from "./grammar.ts";
import { lex } from "./lexer.ts";
import { nameText, rawText } from "./names.ts";
import { newTokens } from "./tokens.ts";

export type SetTarget =
  /** Session variables by their lower-case names; of each group of `names` the server has one, and reports it. */
  | { kind: "variables"; names: readonly (readonly string[])[] }
  /** SET NAMES; `clause` is what NAMES takes. */
  | { kind: "names"; clause: string }
  /** A user variable as `@`name``, and a literal that means the same whatever the session's sql_mode. */
  | { kind: "user"; name: string; literal: string; isText: boolean };

/** SET CHARACTER SET assigns these, and the connection's collation, as the schema has it. */
const CHARACTER_SET_TARGET: SetTarget = {
  kind: "variables",
  names: [["character_set_client"], ["character_set_results"], ["collation_connection", "character_set_connection"]],
};

/** SET TRANSACTION's characteristics, in MySQL's names and those of MariaDB 10.11. */
const ISOLATION = ["transaction_isolation", "tx_isolation"];
const READ_ONLY = ["transaction_read_only", "tx_read_only"];

const tokens = newTokens();
const dialect = { sqlMode: 0, charset: CHARSET_PLAIN, isMariaDb: false, version: 0 };
/** The token that is looked at. */
let at = 0;

/**
 * The targets of the SET statement in bytes[start .. end); null when it does anything else besides: global variables,
 * user variables that are no literals, SET TRANSACTION for the next transaction only, SET PASSWORD, SET STATEMENT ...
 * FOR, or several statements.
 */
export function readSetTargets(bytes: Uint8Array, start: number, end: number, sqlMode: number): SetTarget[] | null {
  dialect.sqlMode = sqlMode;
  lex(tokens, bytes, start, end, dialect);
  at = 0;
  if (!take(t.TOKEN_SET)) return null;
  const targets: SetTarget[] = [];
  do {
    const target = readTarget();
    if (target === null) return null;
    targets.push(target);
  } while (take(t.TOKEN_COMMA));
  // A semicolon: another statement may follow.
  return kindAt(0) === t.TOKEN_END_OF_TEXT ? targets : null;
}

function kindAt(distance: number): number {
  return tokens.kinds[at + distance]!;
}

/** Steps over the token if it is of the kind. */
function take(kind: number): boolean {
  if (kindAt(0) !== kind) return false;
  at += 1;
  return true;
}

/** Reads one assignment, value and all. */
function readTarget(): SetTarget | null {
  switch (kindAt(0)) {
    case t.TOKEN_USER_VARIABLE:
      return readUserVariable();
    case t.TOKEN_AT_AT:
      return readSystemVariable();
    case t.TOKEN_NAMES:
      return readNames();
    case t.TOKEN_CHAR:
    case t.TOKEN_CHARSET:
      return readCharacterSet();
    case t.TOKEN_SESSION:
    case t.TOKEN_LOCAL:
      at += 1;
      return take(t.TOKEN_TRANSACTION) ? readTransaction() : readVariable();
    default:
      return readVariable();
  }
}

/** A name, what it is assigned by, and the value up to what ends it. */
function readVariable(): SetTarget | null {
  if (!isName(kindAt(0)) || !isAssignment(kindAt(1))) return null;
  const name = nameText(tokens, at).toLowerCase();
  at += 2;
  return skipValue() ? { kind: "variables", names: [[name]] } : null;
}

function readSystemVariable(): SetTarget | null {
  at += 1;
  // @@name without a scope would be the next transaction's for transaction_isolation; the server then reports nothing.
  if (kindAt(1) === t.TOKEN_DOT) {
    if (kindAt(0) !== t.TOKEN_SESSION && kindAt(0) !== t.TOKEN_LOCAL) return null;
    at += 2;
  }
  return readVariable();
}

function isName(kind: number): boolean {
  return kind === t.TOKEN_IDENT || kind >= t.TOKEN_WORD;
}

function isAssignment(kind: number): boolean {
  return kind === t.TOKEN_EQUALS || kind === t.TOKEN_ASSIGN;
}

/** Steps over a value to what ends it. False for COLLATE: then more than the variable is set. */
function skipValue(): boolean {
  for (let depth = 0; ; at++) {
    switch (kindAt(0)) {
      case t.TOKEN_END_OF_TEXT:
      case t.TOKEN_SEMICOLON:
        return true;
      case t.TOKEN_PAREN_OPEN:
        depth += 1;
        break;
      case t.TOKEN_PAREN_CLOSE:
        depth -= 1;
        break;
      case t.TOKEN_COLLATE:
        return false;
      case t.TOKEN_COMMA:
        if (depth === 0) return true;
    }
  }
}

/** NAMES cs, NAMES cs COLLATE c, NAMES DEFAULT; the names bare or quoted. */
function readNames(): SetTarget | null {
  at += 1;
  const characterSet = readName();
  if (characterSet === null || !take(t.TOKEN_COLLATE)) {
    return characterSet === null ? null : { kind: "names", clause: characterSet };
  }
  const collation = readName();
  return collation === null ? null : { kind: "names", clause: `${characterSet} COLLATE ${collation}` };
}

/** The name of a character set or a collation; null for what is none. */
function readName(): string | null {
  const kind = kindAt(0);
  if (kind !== t.TOKEN_STRING && !isName(kind)) return null;
  const name = nameText(tokens, at).toLowerCase();
  at += 1;
  return /^[a-z0-9_]+$/.test(name) ? name : null;
}

function readCharacterSet(): SetTarget | null {
  if (take(t.TOKEN_CHAR)) {
    if (!take(t.TOKEN_SET)) return null;
  } else {
    at += 1;
  }
  return readName() === null ? null : CHARACTER_SET_TARGET;
}

/** ISOLATION LEVEL ..., READ ONLY, READ WRITE, one of each at most. */
function readTransaction(): SetTarget | null {
  const names: string[][] = [];
  do {
    if (kindAt(0) === t.TOKEN_ISOLATION) names.push(ISOLATION);
    else if (kindAt(0) === t.TOKEN_READ) names.push(READ_ONLY);
    else return null;
    while (isName(kindAt(0))) at += 1;
  } while (take(t.TOKEN_COMMA));
  return { kind: "variables", names };
}

function readUserVariable(): SetTarget | null {
  const name = userVariableName(nameText(tokens, at));
  if (name === null || !isAssignment(kindAt(1))) return null;
  at += 2;
  const sign = take(t.TOKEN_MINUS_SIGN) ? "-" : take(t.TOKEN_PLUS) ? "+" : "";
  const literal = literalAt(sign !== "");
  if (literal === null) return null;
  const isText = kindAt(0) === t.TOKEN_STRING;
  at += 1;
  const after = kindAt(0);
  if (after !== t.TOKEN_END_OF_TEXT && after !== t.TOKEN_SEMICOLON && after !== t.TOKEN_COMMA) return null;
  return { kind: "user", name, literal: sign + literal, isText };
}

/** `@Name`, `@'Name'` and @`Name` are one variable. Names of other letters than ASCII fold in their own ways: null. */
function userVariableName(name: string): string | null {
  return /^[\w$. -]+$/.test(name) ? `@\`${name.toLowerCase()}\`` : null;
}

/** A number, NULL, TRUE, FALSE, or a string of plain characters. */
function literalAt(isSigned: boolean): string | null {
  const written = rawText(tokens, at);
  switch (kindAt(0)) {
    case t.TOKEN_INTEGER:
    case t.TOKEN_DECIMAL_NUMBER:
    case t.TOKEN_FLOAT_NUMBER:
      return written;
    case t.TOKEN_HEX_NUMBER:
    case t.TOKEN_BIT_NUMBER:
      return written.startsWith("0") ? written : null;
    case t.TOKEN_NULL:
    case t.TOKEN_TRUE:
    case t.TOKEN_FALSE:
      return isSigned ? null : written.toLowerCase();
    case t.TOKEN_STRING: {
      const inside = written.slice(1, -1);
      return !isSigned && /^[ !#-&(-[\]-~]*$/.test(inside) ? `'${inside}'` : null;
    }
    default:
      return null;
  }
}
