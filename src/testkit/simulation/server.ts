/** A database server in memory: logs in whoever knows its password, runs statements one after the other on each connection, and can die. */
import { COM_QUIT } from "../../mysql/commands.ts";
import { newCursor } from "../../mysql/cursor.ts";
import { readHandshakeResponse } from "../../mysql/handshake-response.ts";
import { writeHandshakeV10 } from "../../mysql/handshake-v10.ts";
import { answerOf } from "../../mysql/scramble.ts";
import { SERVER_STATUS_AUTOCOMMIT } from "../../mysql/status-flags.ts";
import { newWriter, writtenBytes } from "../../mysql/writer.ts";
import { sendAll } from "../../net/send.ts";
import { finish } from "../../net/transport.ts";
import { newWire, type Wire, type WireHandler } from "../../net/wire.ts";
import { err, ok } from "../answers.ts";
import { FAKE_CAPABILITIES } from "../fake-server.ts";
import { packetsOf, type RawPacket } from "../packet-stream.ts";
import { isLucky } from "./chance.ts";
import { newDatabase } from "./model/database.ts";
import type { Flavour } from "./model/flavour.ts";
import { newModelSession } from "./model/session.ts";
import { SERVER_NAMES } from "./model/variables.ts";
import { addBytes, cutPacket, newPacketBuffer } from "./packets.ts";
import { openPipe } from "./pipe.ts";
import { startCommand } from "./server-commands.ts";
import { leave } from "./server-life.ts";
import type { ServerConnection, ServerManners, ServerWorld, SimulatedServer } from "./server-types.ts";

const SCRAMBLE = Buffer.from("abcdefghijklmnopqrst");
const VERSIONS: Readonly<Record<Flavour, string>> = { mysql: "9.7.4", mariadb: "10.11.18-MariaDB" };

/** A server that is up and has no connection. */
export function newServer(name: string, flavour: Flavour, manners: ServerManners, world: ServerWorld): SimulatedServer {
  const server: SimulatedServer = {
    name,
    flavour,
    version: VERSIONS[flavour],
    capabilities: FAKE_CAPABILITIES,
    manners,
    world,
    state: "up",
    database: newDatabase(),
    connections: new Set(),
    nextConnectionId: 1,
    blocked: new Set(),
    accept: (near) => accept(server, near),
  };
  server.database.onRelease = () => wakeBlocked(server);
  return server;
}

/** Those who wait for a lock look again. */
function wakeBlocked(server: SimulatedServer): void {
  for (const connection of [...server.blocked]) connection.running?.tryAgain();
}

const handler: WireHandler<ServerConnection> = {
  onOpen: greet,
  onData(connection, bytes) {
    addBytes(connection.inbox, bytes);
    for (let packet = cutPacket(connection.inbox); packet !== null; packet = cutPacket(connection.inbox)) {
      connection.waiting.push(packet);
    }
    work(connection);
  },
  onDrain() {},
  onEnd: hangUp,
  onClose: hangUp,
};

function accept<Near>(server: SimulatedServer, near: Wire<Near>) {
  const { world } = server;
  const wire = newWire(handler);
  const pipe = openPipe({ ...world, weather: world.weather() }, near, wire);
  const connection: ServerConnection = {
    id: server.nextConnectionId++,
    server,
    wire,
    pipe,
    session: newModelSession(server.flavour, 0, SERVER_NAMES[server.flavour].id, ""),
    undo: [],
    savepoints: new Map(),
    phase: "response",
    inbox: newPacketBuffer(),
    waiting: [],
    running: null,
    isReadingFile: false,
  };
  wire.owner = connection;
  server.connections.add(connection);
  handler.onOpen(connection);
  return pipe;
}

function greet(connection: ServerConnection): void {
  const { server, wire, id } = connection;
  if (server.connections.size > server.manners.connectionsMax) {
    sendAll(wire, packetsOf([err(1040, "Too many connections", "08004")]));
    finish(wire);
    return;
  }
  const writer = newWriter();
  writeHandshakeV10(writer, {
    serverVersion: server.version,
    connectionId: id,
    scramble: SCRAMBLE,
    capabilities: server.capabilities,
    mariadbCapabilities: 0,
    collation: SERVER_NAMES[server.flavour].id,
    status: SERVER_STATUS_AUTOCOMMIT,
    authPlugin: server.manners.plugin,
  });
  sendAll(wire, writtenBytes(writer));
}

function readResponse(connection: ServerConnection, packet: RawPacket): void {
  const { server, wire } = connection;
  const response = readHandshakeResponse(newCursor(packet.payload));
  const { plugin, password } = server.manners;
  const expected = answerOf(plugin, password, SCRAMBLE) ?? new Uint8Array(0);
  if (response.authPlugin !== plugin || Buffer.compare(response.authResponse, expected) !== 0) {
    server.world.fail(`${server.name}: the proxy cannot log in`);
    finish(wire);
    return;
  }
  const capabilities = response.capabilities & server.capabilities;
  connection.session = newModelSession(server.flavour, capabilities, response.collation, response.schema);
  connection.phase = "serving";
  const fast = plugin === "caching_sha2_password" ? [Uint8Array.of(1, 3)] : [];
  sendAll(wire, packetsOf([...fast, ok()], packet.sequence + 1));
}

/** Takes the next command, unless one is running. */
function work(connection: ServerConnection): void {
  while (connection.running === null && connection.phase !== "gone") {
    const packet = connection.waiting.shift();
    if (packet === undefined) return;
    if (connection.phase === "response") {
      readResponse(connection, packet);
    } else if (packet.payload[0] === COM_QUIT) {
      finish(connection.wire);
      leave(connection);
    } else {
      startCommand(connection, packet, () => goOn(connection));
    }
  }
}

/** The answer is out. */
function goOn(connection: ServerConnection): void {
  connection.running = null;
  if (connection.wire.isClosed || connection.wire.isFinishing) leave(connection);
  else work(connection);
}

/** The proxy is gone. A statement that runs goes on to its end or not, as on real servers. */
function hangUp(connection: ServerConnection): void {
  if (connection.phase === "gone") return;
  const goesOn = connection.running !== null && isLucky(connection.server.world.random, 0.5);
  finish(connection.wire);
  if (!goesOn) leave(connection);
}
