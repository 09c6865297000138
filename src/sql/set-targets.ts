/** What a SET statement assigns, where another connection can be given it. https://dev.mysql.com/doc/refman/9.7/en/set-variable.html */
import { nextToken } from "./lexer.ts";
import {
  type Lexer,
  newLexer,
  startLexer,
  TOKEN_ASSIGN,
  TOKEN_END,
  TOKEN_EQUALS,
  TOKEN_NUMBER,
  TOKEN_OPERATOR,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_QUOTED_NAME,
  TOKEN_SEMICOLON,
  TOKEN_STRING,
  TOKEN_SYSTEM_VARIABLE,
  TOKEN_USER_VARIABLE,
  TOKEN_WORD,
} from "./token.ts";

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
const SESSION_SCOPES: ReadonlySet<string> = new Set(["session", "local"]);
const COMMA = 0x2c;
const PLUS = 0x2b;
const MINUS = 0x2d;

/** SET TRANSACTION's characteristics, in MySQL's names and those of MariaDB 10.11. */
const ISOLATION = ["transaction_isolation", "tx_isolation"];
const READ_ONLY = ["transaction_read_only", "tx_read_only"];

const lexer: Lexer = newLexer();
const ascii = new TextDecoder("latin1");
/** The token behind the last target that was read. */
let following = 0;

/**
 * The targets of the SET statement in bytes[start .. end); null when it does anything else besides: global variables,
 * user variables that are no literals, SET TRANSACTION for the next transaction only, SET PASSWORD, SET STATEMENT ...
 * FOR, or several statements.
 */
export function readSetTargets(bytes: Uint8Array, start: number, end: number, sqlMode: number): SetTarget[] | null {
  startLexer(lexer, bytes, start, end, sqlMode);
  if (nextWord() !== "set") return null;
  const targets: SetTarget[] = [];
  let token = nextToken(lexer);
  while (true) {
    const target = readTarget(token);
    if (target === null) return null;
    targets.push(target);
    if (following === TOKEN_END) return targets;
    if (!isComma(following)) return null; // a semicolon: another statement may follow
    token = nextToken(lexer);
  }
}

function nextWord(): string {
  return nextToken(lexer) === TOKEN_WORD ? tokenText() : "";
}

/** The token as it stands, in lower case. */
function tokenText(): string {
  return rawText().toLowerCase();
}

function rawText(): string {
  return ascii.decode(lexer.bytes.subarray(lexer.start, lexer.position));
}

function isComma(token: number): boolean {
  return token === TOKEN_OPERATOR && lexer.bytes[lexer.start] === COMMA;
}

/** Reads one assignment, value and all; `token` is its first token. */
function readTarget(token: number): SetTarget | null {
  if (token === TOKEN_USER_VARIABLE) return readUserVariable();
  if (token === TOKEN_SYSTEM_VARIABLE) return readSystemVariable();
  if (token !== TOKEN_WORD && token !== TOKEN_QUOTED_NAME) return null;
  const word = tokenText().replaceAll("`", "");
  if (token === TOKEN_WORD && word === "names") return readNames();
  if (token === TOKEN_WORD && (word === "charset" || word === "character")) return readCharacterSet(word);
  if (!SESSION_SCOPES.has(word)) return readVariable(word);
  const named = nextToken(lexer);
  if (named !== TOKEN_WORD && named !== TOKEN_QUOTED_NAME) return null;
  const name = tokenText().replaceAll("`", "");
  return name === "transaction" && named === TOKEN_WORD ? readTransaction() : readVariable(name);
}

function readVariable(name: string): SetTarget | null {
  if (!isAssignment(nextToken(lexer)) || !skipValue()) return null;
  return { kind: "variables", names: [[name]] };
}

function readSystemVariable(): SetTarget | null {
  const parts = tokenText().slice(2).replaceAll("`", "").split(".");
  // @@name without a scope would be the next transaction's for transaction_isolation; the server then reports nothing.
  const isSession = parts.length === 1 || (parts.length === 2 && SESSION_SCOPES.has(parts[0] ?? ""));
  const name = isSession ? parts.at(-1) : undefined;
  return name === undefined ? null : readVariable(name.trim());
}

function isAssignment(token: number): boolean {
  return token === TOKEN_EQUALS || token === TOKEN_ASSIGN;
}

/** Steps over a value to what ends it. False for COLLATE: then more than the variable is set. */
function skipValue(): boolean {
  let depth = 0;
  while (true) {
    following = nextToken(lexer);
    if (following === TOKEN_END || following === TOKEN_SEMICOLON) return true;
    if (following === TOKEN_PAREN_OPEN) depth++;
    else if (following === TOKEN_PAREN_CLOSE) depth--;
    else if (following === TOKEN_WORD && tokenText() === "collate") return false;
    else if (depth === 0 && isComma(following)) return true;
  }
}

/** NAMES cs, NAMES cs COLLATE c, NAMES DEFAULT; the names bare or quoted. */
function readNames(): SetTarget | null {
  const characterSet = readName();
  if (characterSet === null) return null;
  following = nextToken(lexer);
  if (following !== TOKEN_WORD || tokenText() !== "collate") return { kind: "names", clause: characterSet };
  const collation = readName();
  following = nextToken(lexer);
  return collation === null ? null : { kind: "names", clause: `${characterSet} COLLATE ${collation}` };
}

/** The name of a character set or a collation; null for what is none. */
function readName(): string | null {
  const token = nextToken(lexer);
  if (token !== TOKEN_WORD && token !== TOKEN_STRING) return null;
  const name = tokenText();
  const bare = token === TOKEN_STRING ? name.slice(1, -1) : name;
  return /^[a-z0-9_]+$/.test(bare) ? bare : null;
}

function readCharacterSet(word: string): SetTarget | null {
  if (word === "character" && nextWord() !== "set") return null;
  if (readName() === null) return null;
  following = nextToken(lexer);
  return CHARACTER_SET_TARGET;
}

/** ISOLATION LEVEL ..., READ ONLY, READ WRITE, one of each at most. */
function readTransaction(): SetTarget | null {
  const names: string[][] = [];
  do {
    const word = nextWord();
    if (word === "isolation") names.push(ISOLATION);
    else if (word === "read") names.push(READ_ONLY);
    else return null;
    do following = nextToken(lexer);
    while (following === TOKEN_WORD);
  } while (isComma(following));
  return { kind: "variables", names };
}

function readUserVariable(): SetTarget | null {
  const name = userVariableName(rawText());
  if (name === null || !isAssignment(nextToken(lexer))) return null;
  const sign = readSign();
  const token = sign === "" ? following : nextToken(lexer);
  const literal = literalOf(token);
  following = nextToken(lexer);
  if (literal === null || (sign !== "" && token !== TOKEN_NUMBER)) return null;
  if (following !== TOKEN_END && following !== TOKEN_SEMICOLON && !isComma(following)) return null;
  return { kind: "user", name, literal: sign + literal, isText: token === TOKEN_STRING };
}

/** Reads a token into `following`; its sign when it is one. */
function readSign(): string {
  following = nextToken(lexer);
  if (following !== TOKEN_OPERATOR) return "";
  const byte = lexer.bytes[lexer.start];
  return byte === MINUS ? "-" : byte === PLUS ? "+" : "";
}

/** `@Name`, `@'Name'` and @`Name` are one variable. Names of other letters than ASCII fold in their own ways: null. */
function userVariableName(written: string): string | null {
  const bare = written.slice(1);
  const name = /^[`'"]/.test(bare) ? bare.slice(1, -1) : bare;
  return /^[\w$. -]+$/.test(name) ? `@\`${name.toLowerCase()}\`` : null;
}

/** A number, NULL, TRUE, FALSE, or a string of plain characters. */
function literalOf(token: number): string | null {
  if (token === TOKEN_NUMBER) return rawText();
  const word = tokenText();
  if (token === TOKEN_WORD) return word === "null" || word === "true" || word === "false" ? word : null;
  if (token !== TOKEN_STRING) return null;
  const text = rawText();
  const inside = text.slice(1, -1);
  const isClosed = text.length >= 2 && text.at(-1) === text[0];
  return isClosed && /^[ !#-&(-[\]-~]*$/.test(inside) ? `'${inside}'` : null;
}
