/**
 * A MySQL server on a loopback port that does what a test says: it logs clients in, remembers every command, and answers
 * from a script. What the script leaves open it answers as a server would.
 */
import { createServer, type Server, type Socket } from "node:net";
import { BACKEND_CAPABILITIES, SHAPE_CAPABILITIES } from "../mysql/capabilities.ts";
import { queryTextAt } from "../mysql/com-query.ts";
import {
  COM_FIELD_LIST,
  COM_INIT_DB,
  COM_QUERY,
  COM_QUIT,
  COM_RESET_CONNECTION,
  COM_SET_OPTION,
  COM_STATISTICS,
  COM_STMT_CLOSE,
  COM_STMT_PREPARE,
  COM_STMT_SEND_LONG_DATA,
  commandName,
} from "../mysql/commands.ts";
import { SERVER_STATUS_AUTOCOMMIT, SERVER_STATUS_IN_TRANS } from "../mysql/status-flags.ts";
import { endOfRows, err, ok, prepareOk, resultSet, textRow } from "./answers.ts";
import { logInClient } from "./fake-server-login.ts";
import type { FakeAnswer, FakeCommand, FakeConnection, FakeServer, FakeServerOptions } from "./fake-server-types.ts";
import { newPacketStream, nextPayload, packetsOf } from "./packet-stream.ts";

/** All that the proxy could ask of a server, but TLS. */
export const FAKE_CAPABILITIES: number = BACKEND_CAPABILITIES | SHAPE_CAPABILITIES;

/** Starts a server; it listens when the promise resolves. */
export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const account = { plugin: "mysql_native_password", password: "secret", isCached: true, schemas: null, tls: null };
  const listener = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the fake server has no port");
  const server: FakeServer = {
    port: address.port,
    version: options.version ?? "8.4.0-fake",
    capabilities: options.capabilities ?? FAKE_CAPABILITIES,
    mariadbCapabilities: options.mariadbCapabilities ?? 0,
    account: { refuse: null, greetingPlugin: null, isSilent: false, ...account, ...options.account },
    variables: { ...BASELINE, ...options.variables },
    script: options.script ?? (() => undefined),
    connections: [],
    openMax: 0,
    stop: () => stop(server, listener),
  };
  listener.on("connection", (socket: Socket) => void accept(server, socket));
  return server;
}

async function stop(server: FakeServer, listener: Server): Promise<void> {
  for (const connection of server.connections) connection.stream.socket.destroy();
  await new Promise<void>((resolve) => listener.close(() => resolve()));
}

async function accept(server: FakeServer, socket: Socket): Promise<void> {
  const connection: FakeConnection = {
    id: server.connections.length + 1,
    server,
    stream: newPacketStream(socket),
    capabilities: 0,
    user: "",
    schema: "",
    collation: 0,
    isTls: false,
    status: SERVER_STATUS_AUTOCOMMIT,
    commands: [],
    isClosed: false,
  };
  socket.setNoDelay(true);
  socket.on("close", () => {
    connection.isClosed = true;
  });
  server.connections.push(connection);
  server.openMax = Math.max(server.openMax, openConnections(server).length);
  if (await logInClient(connection)) await serve(connection);
  connection.stream.socket.end();
}

/** The connections that are open now. */
export function openConnections(server: FakeServer): FakeConnection[] {
  return server.connections.filter((connection) => !connection.isClosed);
}

/** Texts of the statements that came over all connections, without those that the proxy sends of its own accord. */
export function statementsOf(server: FakeServer): string[] {
  return server.connections.flatMap((connection) =>
    connection.commands.filter((each) => each.command === COM_QUERY && !isOwn(each.text)).map((each) => each.text),
  );
}

/** True for what the proxy asks to set up a connection. */
export function isOwn(text: string): boolean {
  return OWN_STATEMENTS.some((start) => text.startsWith(start));
}

async function serve(connection: FakeConnection): Promise<void> {
  const { stream, server } = connection;
  for (;;) {
    const packet = await nextPayload(stream);
    if (packet === null || packet.payload[0] === COM_QUIT) return;
    const command = readCommand(connection, packet.payload, packet.sequence);
    connection.commands.push(command);
    const scripted = await server.script(command);
    const answer = scripted === undefined ? usualAnswer(command) : scripted;
    if (answer === null) continue;
    if (Array.isArray(answer)) {
      stream.socket.write(packetsOf(answer, command.sequence + 1));
      continue;
    }
    const { bytes, close } = answer as { bytes: Uint8Array; close?: "end" | "reset" };
    stream.socket.write(bytes);
    if (close === "end") return;
    if (close === "reset") stream.socket.resetAndDestroy();
  }
}

function readCommand(connection: FakeConnection, bytes: Uint8Array, sequence: number): FakeCommand {
  const command = bytes[0] as number;
  const textAt = command === COM_QUERY ? queryTextAt(bytes, 0, bytes.length, connection.capabilities) : 1;
  return { connection, command, body: bytes.slice(1), text: Buffer.from(bytes.subarray(textAt)).toString(), sequence };
}

let lastStatementId = 0;

function usualAnswer({ connection, command, text }: FakeCommand): FakeAnswer {
  const { capabilities } = connection;
  switch (command) {
    case COM_STMT_CLOSE:
    case COM_STMT_SEND_LONG_DATA:
      return null;
    case COM_STMT_PREPARE:
      return prepareOk(capabilities, ++lastStatementId, 0, (text.match(/\?/g) ?? []).length);
    case COM_STATISTICS:
      return [Buffer.from("Uptime: 1  Threads: 1")];
    case COM_FIELD_LIST:
    case COM_SET_OPTION:
      return [endOfRows(capabilities, { status: connection.status })];
    case COM_INIT_DB:
      connection.schema = text;
      break;
    case COM_RESET_CONNECTION:
      connection.status = SERVER_STATUS_AUTOCOMMIT;
      break;
    case COM_QUERY:
      if (text.startsWith(ASKS_BASELINE)) {
        return resultSet(
          capabilities,
          ["Variable_name", "Value"],
          Object.entries(connection.server.variables).map(textRow),
        );
      }
      if (text === ASKS_ROLE) return [err(1305, "FUNCTION CURRENT_ROLE does not exist", "42000")];
      if (/^(begin|start transaction)/i.test(text)) connection.status |= SERVER_STATUS_IN_TRANS;
      if (/^(commit|rollback)/i.test(text)) connection.status &= ~SERVER_STATUS_IN_TRANS;
      break;
  }
  if (commandName(command).startsWith("COM_0x")) return [err(1047, "Unknown command", "08S01")];
  return [ok({ status: connection.status })];
}

const ASKS_BASELINE = "SHOW SESSION VARIABLES WHERE Variable_name IN";

const ASKS_ROLE = "SELECT CURRENT_ROLE()";

const OWN_STATEMENTS = [
  "SET SESSION session_track",
  ASKS_BASELINE,
  "SHOW GLOBAL VARIABLES WHERE Variable_name IN",
  "SELECT CONCAT_WS(0x1f, 0",
  ASKS_ROLE,
];

/** The session variables of this server that the proxy can set back. */
const BASELINE: Readonly<Record<string, string>> = {
  autocommit: "ON",
  character_set_client: "utf8mb4",
  character_set_connection: "utf8mb4",
  character_set_results: "utf8mb4",
  collation_connection: "utf8mb4_general_ci",
  session_track_schema: "ON",
  session_track_system_variables: "time_zone,autocommit",
  sql_mode: "STRICT_TRANS_TABLES",
  time_zone: "SYSTEM",
};
