/**
 * Reads what governance, routing and pooling need from a statement's text, from its tokens alone: the kind, and the
 * effects on the session. It allocates nothing and never throws on text; a text that no server would accept gets a
 * kind and effects all the same, and the server's own error comes back.
 */
import {
  EFFECT_DIAGNOSTICS,
  EFFECT_FOUND_ROWS,
  EFFECT_LIMIT,
  EFFECT_MULTI,
  EFFECT_OFFSET,
  EFFECT_PREPARE,
  EFFECT_ROLE,
  EFFECT_ROW_COUNT,
  EFFECT_SET,
  EFFECT_SET_TRANSACTION,
  EFFECT_TRANSACTION,
  EFFECT_UNKNOWN,
  EFFECT_USE,
  EFFECT_USER_VARIABLE_READ,
  EFFECT_USER_VARIABLE_WRITE,
  EFFECT_VERSION_COMMENT,
} from "./effects.ts";
import { EFFECTS_BY_FIRST_WORD, KIND_BY_FIRST_WORD } from "./first-word.ts";
import { keywordId } from "./keyword.ts";
import type { StatementKind } from "./kind.ts";
import { nextToken } from "./lexer.ts";
import type { Statement } from "./statement.ts";
import {
  type Lexer,
  newLexer,
  startLexer,
  TOKEN_ASSIGN,
  TOKEN_END,
  TOKEN_EQUALS,
  TOKEN_OPERATOR,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_QUOTED_NAME,
  TOKEN_SEMICOLON,
  TOKEN_SYSTEM_VARIABLE,
  TOKEN_USER_VARIABLE,
  TOKEN_WORD,
} from "./token.ts";
import {
  EFFECTS_BY_FUNCTION,
  EFFECTS_BY_UNSCOPED_VARIABLE,
  EFFECTS_BY_VARIABLE,
  effectsOfWord,
} from "./word-effects.ts";

/** The command whose text is a schema's name. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_init_db.html */
const COM_INIT_DB = 0x02;

const COMMA = 0x2c;
const DEFAULT = keywordId("default");
const DROP = keywordId("drop");
const FOR = keywordId("for");
const INTO = keywordId("into");
const PREPARE = keywordId("prepare");
const ROLE = keywordId("role");
const SET = keywordId("set");
const START = keywordId("start");
const TRANSACTION = keywordId("transaction");
const WITH = keywordId("with");

/** What is known of the one statement that is being read. Reading is not re-entrant, so one of each is enough. */
interface Reading {
  kind: StatementKind;
  effects: number;
  /** WITH was met: the kind is that of the statement after the list of common table expressions. */
  isAfterWith: boolean;
}

const lexer: Lexer = newLexer();
const reading: Reading = { kind: "EMPTY", effects: 0, isAfterWith: false };
const NO_BYTES = new Uint8Array(0);

/** A statement without text, to be refilled by readStatement(). One per session. */
export function newStatement(): Statement {
  return { command: 0, bytes: NO_BYTES, start: 0, end: 0, kind: "EMPTY", effects: 0, sqlMode: 0, text: "" };
}

/**
 * Fills `statement` from the SQL text in bytes[start .. end): of a COM_QUERY or COM_STMT_PREPARE, or the prepared text
 * again for a COM_STMT_EXECUTE. For COM_INIT_DB the text is the name of the schema. A command without text has
 * `start === end`. Several statements in one text: the kind of the first, the effects of all. Reads `statement.sqlMode`,
 * which the session keeps.
 */
export function readStatement(
  statement: Statement,
  command: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  statement.command = command;
  statement.bytes = bytes;
  statement.start = start;
  statement.end = end;
  statement.text = "";
  statement.kind = "EMPTY";
  statement.effects = 0;
  if (command === COM_INIT_DB) {
    statement.kind = "USE";
    statement.effects = EFFECT_USE;
    return;
  }
  if (start === end) return;
  startLexer(lexer, bytes, start, end, statement.sqlMode);
  readAll(statement);
  if (lexer.hasVersionComment) statement.effects |= EFFECT_VERSION_COMMENT;
}

/** The statement's text, decoded on first use: bytes that are not UTF-8 become U+FFFD. */
export function textOf(statement: Statement): string {
  if (statement.text === "") {
    // Called on the prototype: a view would have to be allocated to decode a part of a plain Uint8Array.
    statement.text = Buffer.prototype.toString.call(statement.bytes, "utf8", statement.start, statement.end);
  }
  return statement.text;
}

function readAll(statement: Statement): void {
  let isFirst = true;
  let previous: StatementKind = "EMPTY";
  let token = nextToken(lexer);
  while (token !== TOKEN_END) {
    // Parentheses around a query say nothing about its kind.
    if (token === TOKEN_SEMICOLON || token === TOKEN_PAREN_OPEN) {
      token = nextToken(lexer);
      continue;
    }
    token = readOne(token === TOKEN_WORD ? lexer.keyword : 0);
    statement.effects |= isFirst ? reading.effects : reading.effects & ~effectsOnStatementBefore(previous);
    previous = reading.kind;
    if (isFirst) statement.kind = reading.kind;
    else statement.effects |= EFFECT_MULTI;
    isFirst = false;
  }
}

/** What a statement may ask about the one before it in the same text, of kind `previous`, and so not about another text. */
function effectsOnStatementBefore(previous: StatementKind): number {
  switch (previous) {
    case "SELECT":
      return EFFECT_ROW_COUNT | EFFECT_FOUND_ROWS | EFFECT_DIAGNOSTICS;
    case "INSERT":
    case "UPDATE":
    case "DELETE":
    case "REPLACE":
      return EFFECT_ROW_COUNT | EFFECT_DIAGNOSTICS;
    default:
      return 0;
  }
}

/** Reads one statement, whose first token has been read and is the keyword `first` or 0. Returns the token that ends it. */
function readOne(first: number): number {
  reading.kind = first === 0 ? "OTHER" : KIND_BY_FIRST_WORD[first]!;
  reading.effects = first === 0 ? EFFECT_UNKNOWN : EFFECTS_BY_FIRST_WORD[first]!;
  reading.isAfterWith = first === WITH;
  let previous = first;
  /** The effects of the function whose name was read, if `(` follows. */
  let called = 0;
  /** A user variable was read; the next token tells whether it is assigned. */
  let isVariable = false;
  let depth = 0;
  for (;;) {
    const token = nextToken(lexer);
    if (isVariable) {
      const isSetting = reading.kind === "SET" || reading.kind === "GET";
      const isAssigned = token === TOKEN_ASSIGN || (token === TOKEN_EQUALS && isSetting);
      reading.effects |= isAssigned ? EFFECT_USER_VARIABLE_WRITE : EFFECT_USER_VARIABLE_READ;
      isVariable = false;
    }
    switch (token) {
      case TOKEN_END:
      case TOKEN_SEMICOLON:
        return token;
      case TOKEN_WORD:
        if (lexer.keyword !== 0) onKeyword(lexer.keyword, previous, depth);
        previous = lexer.keyword;
        called = EFFECTS_BY_FUNCTION[previous]!;
        continue;
      case TOKEN_QUOTED_NAME:
        previous = 0;
        called = EFFECTS_BY_FUNCTION[lexer.keyword]!;
        continue;
      case TOKEN_PAREN_OPEN:
        reading.effects |= called;
        depth += 1;
        break;
      case TOKEN_PAREN_CLOSE:
        depth -= 1;
        break;
      case TOKEN_USER_VARIABLE:
        if (previous === INTO || reading.kind === "LOAD") reading.effects |= EFFECT_USER_VARIABLE_WRITE;
        else isVariable = true;
        break;
      case TOKEN_OPERATOR:
        if ((reading.effects & EFFECT_LIMIT) !== 0 && lexer.bytes[lexer.start] === COMMA)
          reading.effects |= EFFECT_OFFSET;
        break;
      case TOKEN_SYSTEM_VARIABLE:
        onSystemVariable();
    }
    previous = 0;
    called = 0;
  }
}

function onKeyword(keyword: number, previous: number, depth: number): void {
  reading.effects |= effectsOfWord(keyword, previous, reading.kind);
  if (reading.isAfterWith && depth === 0) {
    const kind = KIND_BY_FIRST_WORD[keyword]!;
    if (kind === "SELECT" || kind === "UPDATE" || kind === "DELETE" || kind === "INSERT" || kind === "REPLACE") {
      reading.kind = kind;
      reading.isAfterWith = false;
    }
  } else if (keyword === TRANSACTION && previous === START && reading.kind === "START") {
    reading.kind = "BEGIN";
    reading.effects |= EFFECT_TRANSACTION;
  } else if (keyword === PREPARE && previous === DROP && reading.kind === "DROP") {
    reading.kind = "DEALLOCATE";
    reading.effects |= EFFECT_PREPARE;
  } else if (reading.kind === "SET" && keyword === TRANSACTION && previous === SET) {
    reading.effects = (reading.effects & ~EFFECT_SET) | EFFECT_SET_TRANSACTION;
  } else if (reading.kind === "SET" && keyword === ROLE && (previous === SET || previous === DEFAULT)) {
    reading.effects = (reading.effects & ~EFFECT_SET) | EFFECT_ROLE;
  } else if (reading.kind === "SET" && previous === FOR) {
    reading.effects |= EFFECTS_BY_FIRST_WORD[keyword]!; // MariaDB's SET STATEMENT ... FOR <statement>
  }
}

function onSystemVariable(): void {
  reading.effects |= EFFECTS_BY_VARIABLE[lexer.keyword]!;
  if (reading.kind === "SET" && !lexer.isScoped) reading.effects |= EFFECTS_BY_UNSCOPED_VARIABLE[lexer.keyword]!;
}
