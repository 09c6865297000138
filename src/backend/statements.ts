/**
 * Prepared statements over many connections. What a client has prepared is prepared again wherever it is executed; the
 * same text under the same settings is one statement of a server, whoever executes it, and it is closed there when the
 * last client has closed it.
 */
import { assert } from "../lib/assert.ts";
import { COM_STMT_CLOSE } from "../mysql/commands.ts";
import { beginPacket, endPacket, newWriter, writeUint8, writeUint32, writtenBytes } from "../mysql/writer.ts";
import { sendAll } from "../net/send.ts";
import type { Connection, ServerStatement, SharedStatement } from "./connection.ts";
import { NO_SETTINGS, type Settings } from "./settings.ts";

/** Every statement that a client of a listener has open. */
export type StatementBook<Holder> = Map<string, SharedStatement<Holder>>;

/** One more client has prepared `text`; it is dropped by dropStatement(). */
export function shareStatement<Holder>(
  book: StatementBook<Holder>,
  text: Uint8Array,
  schema: string,
  settings: Settings,
): SharedStatement<Holder> {
  const { system } = settings;
  const words = Buffer.from(text.buffer, text.byteOffset, text.length).toString("latin1");
  return useEntry(book, { key: `\0${schema}\0${system.key}\0${words}`, text, schema, settings: system, kinds: "" });
}

/**
 * A client executes `shared` with values by which it becomes the statement with `kinds`: where it is prepared on
 * `connection`, it becomes that there, too, unless there is one. Returns the other statement, which is the client's now.
 */
export function moveStatement<Holder>(
  book: StatementBook<Holder>,
  shared: SharedStatement<Holder>,
  kinds: string,
  connection: Connection<Holder>,
): SharedStatement<Holder> {
  const moved = useEntry(book, { ...shared, key: kinds + shared.key.slice(shared.kinds.length), kinds });
  const statement = connection.statements.get(shared);
  if (statement !== undefined && !connection.statements.has(moved)) {
    connection.statements.delete(shared);
    shared.connections.delete(connection);
    connection.statements.set(moved, statement);
    moved.connections.add(connection);
  }
  dropStatement(book, shared);
  return moved;
}

type NewEntry<Holder> = Omit<SharedStatement<Holder>, "users" | "connections">;

function useEntry<Holder>(book: StatementBook<Holder>, entry: NewEntry<Holder>): SharedStatement<Holder> {
  const { key } = entry;
  let shared = book.get(key);
  if (shared === undefined) {
    shared = { ...entry, text: entry.text.slice(), users: 0, connections: new Set() };
    book.set(key, shared);
  }
  shared.users++;
  return shared;
}

/** A client has closed the statement; servers close it when no other has it open. */
export function dropStatement<Holder>(book: StatementBook<Holder>, shared: SharedStatement<Holder>): void {
  shared.users--;
  assert(shared.users >= 0, "a statement is dropped once a client");
  if (shared.users > 0) return;
  book.delete(shared.key);
  for (const connection of [...shared.connections]) closeStatement(connection, shared);
}

/** The statement on `connection`, most recently used from now on; undefined when it is not prepared there. */
export function useStatement<Holder>(
  connection: Connection<Holder>,
  shared: SharedStatement<Holder>,
): ServerStatement | undefined {
  const { statements } = connection;
  const found = statements.get(shared);
  if (found === undefined || statements.size === 1) return found;
  statements.delete(shared);
  statements.set(shared, found);
  return found;
}

/**
 * The server has prepared it. Another one of the same text is closed, and so is the one that was used longest ago when
 * there are more than `countMax`.
 */
export function addStatement<Holder>(
  connection: Connection<Holder>,
  shared: SharedStatement<Holder>,
  id: number,
  countMax: number,
): ServerStatement {
  const { statements } = connection;
  closeStatement(connection, shared);
  const statement: ServerStatement = { id, types: null };
  statements.set(shared, statement);
  shared.connections.add(connection);
  const oldest = statements.keys().next().value;
  if (statements.size > countMax && oldest !== undefined) closeStatement(connection, oldest);
  return statement;
}

/**
 * Takes the statement out of sharing: an open cursor or long data is in it, which are one client's. Its connection must be
 * kept by that client until returnStatement().
 */
export function takeStatement<Holder>(
  connection: Connection<Holder>,
  shared: SharedStatement<Holder>,
): ServerStatement {
  const statement = connection.statements.get(shared);
  assert(statement !== undefined, "what is taken out of sharing is prepared");
  connection.statements.delete(shared);
  shared.connections.delete(connection);
  return statement;
}

/** Nothing is in the statement any more: it is shared again, or closed where that is not wanted. */
export function returnStatement<Holder>(
  connection: Connection<Holder>,
  shared: SharedStatement<Holder>,
  statement: ServerStatement,
): void {
  if (shared.users === 0 || connection.statements.has(shared)) {
    connection.closing.push(statement.id);
    return;
  }
  connection.statements.set(shared, statement);
  shared.connections.add(connection);
}

/** Closes the statement on one connection: at once when nobody is speaking there, else before the next command. */
export function closeStatement<Holder>(connection: Connection<Holder>, shared: SharedStatement<Holder>): void {
  const statement = connection.statements.get(shared);
  if (statement === undefined) return;
  connection.statements.delete(shared);
  shared.connections.delete(connection);
  connection.closing.push(statement.id);
  if (connection.state === "idle" || connection.state === "parked") flushCloses(connection);
}

/** Tells the server what to close. The connection must be at a clean boundary. */
export function flushCloses<Holder>(connection: Connection<Holder>): void {
  const { closing, wire } = connection;
  if (closing.length === 0) return;
  const writer = newWriter(closing.length * 9);
  for (const id of closing) {
    beginPacket(writer, 0);
    writeUint8(writer, COM_STMT_CLOSE);
    writeUint32(writer, id);
    endPacket(writer);
  }
  closing.length = 0;
  if (wire !== null) sendAll(wire, writtenBytes(writer));
}

/** The server has none of them any more: the connection was reset, or is gone. */
export function forgetStatements<Holder>(connection: Connection<Holder>): void {
  for (const shared of connection.statements.keys()) shared.connections.delete(connection);
  connection.statements.clear();
  connection.closing.length = 0;
}

/** The server is about to forget what the session of the connection has set and made. */
export function forgetSession<Holder>(connection: Connection<Holder>): void {
  connection.settings = NO_SETTINGS;
  connection.isDirty = false;
  connection.hasWarnings = false;
  forgetStatements(connection);
}
