/** What a database says while no session listens: the log-in, and answers to statements of our own. */
import type { NodeConfig } from "../../../api/proxy-config.ts";
import { authenticate } from "../../../backend/authenticate.ts";
import type { ClientLogin } from "../../../backend/client-login.ts";
import { newConnectionHandler } from "../../../backend/connect.ts";
import { type Connection, type ConnectionOwner, newConnection } from "../../../backend/connection.ts";
import { newEndpoint } from "../../../backend/endpoint.ts";
import { ask, newOwnStatement, readOwnAnswer } from "../../../backend/own-statement.ts";
import { readPackets } from "../../../backend/read-packets.ts";
import type { Random } from "../../../lib/random.ts";
import { newSecret } from "../../../lib/secret.ts";
import { AUTH_MORE_DATA } from "../../../mysql/auth-more-data.ts";
import {
  CACHING_SHA2_PASSWORD,
  CLIENT_ED25519,
  MYSQL_CLEAR_PASSWORD,
  MYSQL_NATIVE_PASSWORD,
  SHA256_PASSWORD,
} from "../../../mysql/auth-plugins.ts";
import { writeAuthSwitchRequest } from "../../../mysql/auth-switch.ts";
import { CLIENT_DEPRECATE_EOF } from "../../../mysql/capabilities.ts";
import { COM_INIT_DB, COM_QUERY, COM_STMT_PREPARE } from "../../../mysql/commands.ts";
import { NO_ATTRIBUTES } from "../../../mysql/connection-attributes.ts";
import type { Cursor } from "../../../mysql/cursor.ts";
import { ProtocolError } from "../../../mysql/errors.ts";
import { newWriter, writtenBytes } from "../../../mysql/writer.ts";
import { socketTransport } from "../../../net/transport.ts";
import { err, ok, prepareOk, resultSet, textRow } from "../../answers.ts";
import { packetsOf } from "../../packet-stream.ts";
import { virtualClock } from "../../virtual-clock.ts";
import { wireBytes, wireNames } from "../../wire-file.ts";
import { below, between, isLucky, noise, pick, someLength, someName } from "../chance.ts";
import { mustEqual, randomOf, randomPieces, Violation } from "../oracle.ts";
import { refused, type Target } from "../target.ts";

const SHAPE = { capabilities: 0, mariadbCapabilities: 0, collation: 45, collationMariadb: 45, attributes: "" };

const TOO_MUCH = "the server said more than it was asked";

/** A connection without a socket: what it writes goes nowhere. */
function aConnection(password: string, login: ClientLogin | null = null): Connection<null> {
  const node: NodeConfig = {
    name: "node",
    db: "",
    user: "backend",
    password: newSecret(password),
    host: "127.0.0.1",
    port: 3306,
    weight: 1,
    role: "readwrite",
    tls: { mode: "disabled" },
  };
  const unheard = () => {
    throw new Violation("a reader speaks to the pool");
  };
  const owner: ConnectionOwner<null> = {
    endpoint: newEndpoint(node),
    claims: 0,
    clock: virtualClock(),
    transport: socketTransport,
    lookup: unheard,
    timeoutConnectMs: 1000,
    attributes: NO_ATTRIBUTES,
    handler: newConnectionHandler(),
    onOpened: unheard,
    onOpenFailed: unheard,
    onReset: unheard,
    onGlobalsChanged: unheard,
    onResponse: unheard,
    onDrain: unheard,
    onLost: unheard,
  };
  return newConnection(owner, SHAPE, null, login);
}

type ReadPacket = (connection: Connection<null>, packet: Cursor, sequence: number) => void;

/** Feeds a connection; the error with which it would be closed, or null. */
function feed(connection: Connection<null>, pieces: readonly Uint8Array[], read: ReadPacket): ProtocolError | null {
  try {
    for (const piece of pieces) readPackets(connection, piece, read);
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** The outcome of `once`, which must be that of every other way to cut the bytes. */
function inPieces(bytes: Uint8Array, once: (pieces: readonly Uint8Array[]) => unknown): unknown {
  const whole = once([bytes]);
  const random = randomOf(bytes);
  for (let i = 0; i < 2; i++) mustEqual(once(randomPieces(random, bytes)), whole, "pieces change what is read");
  return whole;
}

/** A client that answers whatever it is asked; what it is only told needs no answer. */
const CLIENT: ClientLogin = {
  user: "guest",
  onAsked({ payload, needsAnswer, answer }) {
    if (payload.length === 0) throw new Violation("a client is asked nothing");
    if (needsAnswer) answer(payload.subarray(1));
  },
  onOpened: () => {},
  onFailed: () => {},
};

/** One byte chooses the password, and whether a client answers in our place; the rest is what the server sends. */
const authentication: Target = {
  name: "authenticate",
  generate: (random) => new Uint8Array(Buffer.concat([Uint8Array.of(below(random, 4)), someLogIn(random)])),
  bytesMax: 4096,
  run(input) {
    const password = ((input[0] ?? 0) & 1) === 0 ? "secret" : "";
    const login = ((input[0] ?? 0) & 2) === 0 ? null : CLIENT;
    const outcome = inPieces(input.slice(1), (pieces) => {
      const connection = aConnection(password, login);
      const ends: string[] = [];
      authenticate(connection, connection.owner.endpoint, NO_ATTRIBUTES, (result) => {
        ends.push(result.kind === "ok" ? "ok" : `refused: ${result.code}`);
        connection.state = "closed";
      });
      let isOver = false;
      const error = feed(connection, pieces, (_, packet, sequence) => {
        isOver ||= connection.phase === null;
        connection.phase?.(connection, packet, sequence);
      });
      // Excess that comes later is found by who uses the connection.
      if (ends[0] === "ok" && (isOver || connection.rest !== null)) return refused(new Error(TOO_MUCH));
      return error === null ? ends.join(", ") || "not over" : refused(error);
    });
    return String(outcome);
  },
};

function someLogIn(random: Random): Uint8Array {
  const greeting = wireBytes(pick(random, wireNames("greeting-"))).slice(4);
  const packets: Uint8Array[] = [greeting];
  for (let left = below(random, 3); left > 0; left--) packets.push(someExchange(random));
  packets.push(isLucky(random, 0.7) ? ok() : err(1045, "Access denied", "28000"));
  // Behind each packet of the server but its last comes one of the client.
  const sequences = packets.map((packet, i) => packetsOf([packet], i * 2));
  return new Uint8Array(Buffer.concat(sequences));
}

const PLUGINS = [MYSQL_NATIVE_PASSWORD, CACHING_SHA2_PASSWORD, SHA256_PASSWORD, MYSQL_CLEAR_PASSWORD, CLIENT_ED25519];

function someExchange(random: Random): Uint8Array {
  if (isLucky(random, 0.4)) {
    const writer = newWriter();
    const plugin = isLucky(random, 0.02) ? CLIENT_ED25519 : pick(random, PLUGINS.slice(0, -1));
    writeAuthSwitchRequest(writer, 2, { authPlugin: plugin, scramble: noise(random, pick(random, [20, 32, 0])) });
    return writtenBytes(writer).slice(4);
  }
  const said = pick(random, [
    [3],
    [4],
    [9],
    [...Buffer.from(PUBLIC_KEY)],
    [...Buffer.from("-----BEGIN PUBLIC KEY-----")],
  ]);
  return Uint8Array.from([AUTH_MORE_DATA, ...said]);
}

/** Of 1024 bits; nobody needs its other half. */
const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDAS0nmVbYmoO6ZtgNzDKRE6iOE
RMrpgUXl15rtD71ehsgvfJYCfxqF2APdh1JBQV89/wF5rVe1F2TJC7eg55MnwlNa
T6P0CVcHphttCCyzX4sgFqRQ1VgQbSHmjIcTD0ESHXODTqxthhBC3gn6mItVBzR0
gmih4Tg7SktgPS93sQIDAQAB
-----END PUBLIC KEY-----
`;

/** The second byte says what is asked, two bits a statement. */
const COMMANDS = [COM_QUERY, COM_QUERY, COM_STMT_PREPARE, COM_INIT_DB];

const ownAnswers: Target = {
  name: "own-answers",
  generate(random) {
    const commands = Array.from({ length: between(random, 1, 3) }, () => below(random, 4));
    const capabilities = isLucky(random, 0.5) ? CLIENT_DEPRECATE_EOF : 0;
    const head = Uint8Array.of(capabilities === 0 ? 0 : 1, commands.length - 1, ...[...commands, 0, 0].slice(0, 3));
    const answers = commands.map((which) => packetsOf(someAnswer(random, COMMANDS[which] as number, capabilities), 1));
    return new Uint8Array(Buffer.concat([head, ...answers]));
  },
  run(input) {
    const [bits = 0, count = 0, ...rest] = input;
    const commands = rest.slice(0, 1 + (count % 3)).map((which) => COMMANDS[which % COMMANDS.length] as number);
    const outcome = inPieces(input.slice(5), (pieces) => {
      const connection = aConnection("secret");
      connection.capabilities = (bits & 1) === 0 ? 0 : CLIENT_DEPRECATE_EOF;
      const answers: unknown[] = [];
      const statements = commands.map((command) =>
        newOwnStatement(command, "x", (answer) => void answers.push(answer)),
      );
      ask(connection, statements);
      const error = feed(connection, pieces, readOwnAnswer);
      // Of what comes with the last answer and is too much, a part alone tells nothing.
      const isTooMuch = answers.length === commands.length && (connection.rest !== null || error !== null);
      const message = isTooMuch ? TOO_MUCH : (error?.message ?? null);
      return { error: message, answers: message === TOO_MUCH ? answers.slice(0, commands.length - 1) : answers };
    }) as { error: string | null; answers: Array<{ kind: string }> };
    if (outcome.error !== null) return refused(new Error(outcome.error));
    return `${outcome.answers.map(({ kind }) => kind).join(" ")} of ${commands.length}`;
  },
};

function someAnswer(random: Random, command: number, capabilities: number): Uint8Array[] {
  if (isLucky(random, 0.2)) return [err(1064, someName(random), "42000")];
  if (command === COM_STMT_PREPARE) return prepareOk(capabilities, 3, below(random, 3), below(random, 3));
  if (command === COM_INIT_DB || isLucky(random, 0.3)) return [ok()];
  const rows = Array.from({ length: below(random, 5) }, () => {
    return textRow([someName(random), isLucky(random, 0.2) ? null : noise(random, someLength(random, 300))]);
  });
  return resultSet(capabilities, ["Variable_name", "Value"], rows);
}

/** Readers of what a database says to us alone. */
export const BACKEND_TARGETS: readonly Target[] = [authentication, ownAnswers];
