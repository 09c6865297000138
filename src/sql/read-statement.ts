/**
 * Reads what governance, routing and pooling need from a statement's text, from its tokens alone: the kind, and the
 * effects on the session. It allocates nothing and never throws on text; a text that no server would accept gets a
 * kind and effects all the same, and the server's own error comes back. What only a parse tells is in facts-of.ts.
 */
import { beginOfStatement, classified, classify, effectsBehind } from "./classify.ts";
import { EFFECT_MULTI, EFFECT_USE, EFFECT_VERSION_COMMENT } from "./effects.ts";
import type { StatementKind } from "./kind.ts";
import { reading, startReading } from "./reading.ts";
import type { Statement } from "./statement.ts";
import type { Tokens } from "./tokens.ts";

/** The command whose text is a schema's name. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_init_db.html */
const COM_INIT_DB = 0x02;
const NO_BYTES = new Uint8Array(0);

/** A statement without text, to be refilled by readStatement(). One per session. */
export function newStatement(): Statement {
  return {
    command: 0,
    bytes: NO_BYTES,
    start: 0,
    end: 0,
    kind: "EMPTY",
    effects: 0,
    sqlMode: 0,
    charset: 0,
    isMariaDb: false,
    version: 0,
    text: "",
    serial: 0,
  };
}

/**
 * Fills `statement` from the SQL text in bytes[start .. end): of a COM_QUERY or COM_STMT_PREPARE, or the prepared text
 * again for a COM_STMT_EXECUTE. For COM_INIT_DB the text is the name of the schema. A command without text has
 * `start === end`. Several statements in one text: the kind of the first, the effects of all. Reads the statement's
 * dialect, which the session keeps.
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
  statement.serial = 0;
  if (command === COM_INIT_DB) {
    statement.kind = "USE";
    statement.effects = EFFECT_USE;
    return;
  }
  if (start === end) return;
  startReading(statement);
  const { tokens } = reading;
  const first = beginOfStatement(tokens, 0);
  if (first < tokens.count) classifyAll(statement, tokens, first);
  if (tokens.hasVersionComment && statement.version === 0) statement.effects |= EFFECT_VERSION_COMMENT;
}

/** Lets go of the buffer that the statement's text lies in; its kind and effects stay. */
export function forgetText(statement: Statement): void {
  statement.bytes = NO_BYTES;
  statement.start = 0;
  statement.end = 0;
  statement.text = "";
}

/** The statement's text, decoded on first use: bytes that are not UTF-8 become U+FFFD. */
export function textOf(statement: Statement): string {
  if (statement.text === "") {
    // Called on the prototype: a view would have to be allocated to decode a part of a plain Uint8Array.
    statement.text = Buffer.prototype.toString.call(statement.bytes, "utf8", statement.start, statement.end);
  }
  return statement.text;
}

function classifyAll(statement: Statement, tokens: Tokens, begin: number): void {
  let previous: StatementKind = "EMPTY";
  let first = begin;
  do {
    classify(tokens, first, tokens.count);
    statement.effects |= effectsBehind(previous, classified.effects);
    if (previous === "EMPTY") statement.kind = classified.kind;
    else statement.effects |= EFFECT_MULTI;
    previous = classified.kind;
    first = beginOfStatement(tokens, classified.stop);
  } while (first < tokens.count);
}
