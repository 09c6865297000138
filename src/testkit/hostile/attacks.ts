/** Malformed and hostile bytes, the same for the same seed. None of them may hurt anyone but their sender. */
import type { Random } from "../../lib/random.ts";
import { CLIENT_CONNECT_ATTRS, CLIENT_PROTOCOL_41, CLIENT_SSL } from "../../mysql/capabilities.ts";
import * as command from "../../mysql/commands.ts";
import { writeSslRequest } from "../../mysql/handshake-response.ts";
import { newWriter, writtenBytes } from "../../mysql/writer.ts";
import { packetBytes, properResponse, type RawClient, responseBytes } from "./raw-client.ts";

export interface Attack {
  name: string;
  /** In a session that has authenticated, or instead of the handshake response. */
  phase: "command" | "handshake";
  /** What is sent, a write for each item. */
  writes(client: RawClient): Uint8Array[];
  /** How it leaves: FIN lets the server answer, RST does not. */
  leaves: "fin" | "reset";
}

/** At least 50 attacks. */
export function attacksOf(random: Random): Attack[] {
  return [...handshakeAttacks(random), ...commandAttacks(random)];
}

function handshakeAttacks(random: Random): Attack[] {
  const attack = (name: string, writes: Attack["writes"], leaves: Attack["leaves"] = "fin"): Attack => ({
    name,
    phase: "handshake",
    writes,
    leaves,
  });
  return [
    attack("nothing, then FIN", () => []),
    attack("nothing, then RST", () => [], "reset"),
    attack("an empty packet", () => [packetBytes(1, new Uint8Array())]),
    attack("a hundred empty packets", () =>
      Array.from({ length: 100 }, (_, i) => packetBytes(i + 1, new Uint8Array())),
    ),
    attack("a wrong sequence id", (client) => [withByte(proper(client), 3, 7)]),
    attack("a header that claims 16 MiB", () => [Buffer.from([0xff, 0xff, 0xff, 1, 0, 0])]),
    attack("half a header", () => [Buffer.from([0x20, 0])]),
    attack("no CLIENT_PROTOCOL_41", (client) => [withCapabilities(client, ~CLIENT_PROTOCOL_41, 0)]),
    attack("a user name without its end", (client) => [proper(client).subarray(0, 40)]),
    attack("a user name without its end, honestly framed", () => [packetBytes(1, Buffer.alloc(60, 0x41))]),
    attack("a user name of 60 KB", (client) => [
      responseBytes({ ...properResponse(client), user: "u".repeat(60_000) }),
    ]),
    attack("an unknown user", (client) => [responseBytes({ ...properResponse(client), user: "nobody_at_all" })]),
    attack("a wrong password", (client) => [
      responseBytes({
        ...properResponse(client),
        authResponse: noise(random, properResponse(client).authResponse.length),
      }),
    ]),
    attack("an auth response longer than the packet", (client) => [longAuthResponse(client, [0xfc, 0xff, 0xff])]),
    attack("an auth response of 2^63 bytes", (client) => [
      longAuthResponse(client, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ]),
    attack("a plugin that does not exist", (client) => [
      responseBytes({ ...properResponse(client), authPlugin: "no_such_plugin", authResponse: noise(random, 20) }),
    ]),
    attack("attributes longer than the packet", (client) => [longAttributes(client)]),
    attack("SSLRequest, then no TLS", (client) => [sslRequest(client), noise(random, 64)]),
    attack("SSLRequest, then FIN", (client) => [sslRequest(client)]),
    attack("an HTTP request", () => [Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]),
    attack("a TLS ClientHello at once", () => [
      Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), noise(random, 500)]),
    ]),
    attack("a wrong password, a byte at a time", (client) => {
      const bytes = responseBytes({ ...properResponse(client), authResponse: noise(random, 20) });
      return Array.from(bytes, (byte) => Buffer.from([byte]));
    }),
    ...repeat(6, (i) => attack(`a response cut off (${i})`, (client) => [cut(random, proper(client))])),
    ...repeat(6, (i) => attack(`a response with flipped bytes (${i})`, (client) => [flipped(random, proper(client))])),
    ...repeat(6, (i) =>
      attack(`noise in an honest frame (${i})`, () => [packetBytes(1, noise(random, 1 + below(random, 300)))]),
    ),
    ...repeat(4, (i) => attack(`noise (${i})`, () => [noise(random, 1 + below(random, 3_000))])),
  ];
}

function commandAttacks(random: Random): Attack[] {
  const attack = (name: string, writes: Attack["writes"], leaves: Attack["leaves"] = "fin"): Attack => ({
    name,
    phase: "command",
    writes,
    leaves,
  });
  const send = (name: string, ...payload: number[]) => attack(name, () => [packetBytes(0, Buffer.from(payload))]);
  const query = (text: string) => packetBytes(0, Buffer.concat([Buffer.from([command.COM_QUERY]), Buffer.from(text)]));
  return [
    send("an empty command"),
    send("a command that does not exist", 0x99),
    send("the last command there could be", 0xff),
    send("COM_SLEEP", 0x00),
    send("COM_STMT_EXECUTE of a statement never prepared", command.COM_STMT_EXECUTE, 99, 0, 0, 0, 0, 1, 0, 0, 0),
    send("COM_STMT_EXECUTE cut off", command.COM_STMT_EXECUTE, 99, 0),
    send("COM_STMT_SEND_LONG_DATA cut off", command.COM_STMT_SEND_LONG_DATA, 1),
    send("COM_STMT_CLOSE cut off", command.COM_STMT_CLOSE, 1, 2),
    send("COM_STMT_RESET cut off", command.COM_STMT_RESET),
    send("COM_STMT_FETCH of nothing", command.COM_STMT_FETCH, 9, 9, 9, 9, 1, 0, 0, 0),
    send("COM_FIELD_LIST without its end", command.COM_FIELD_LIST, 0x41, 0x41),
    send("COM_CHANGE_USER with noise", command.COM_CHANGE_USER, ...noise(random, 40)),
    send("COM_INIT_DB with noise", command.COM_INIT_DB, ...noise(random, 20)),
    send("COM_SET_OPTION that does not exist", command.COM_SET_OPTION, 0x77, 0x77),
    send("COM_QUERY of nothing", command.COM_QUERY),
    send("COM_QUERY of noise", command.COM_QUERY, ...noise(random, 200)),
    send("COM_STMT_PREPARE of noise", command.COM_STMT_PREPARE, ...noise(random, 200)),
    attack("a query with a wrong sequence id", () => [withByte(query("SELECT 1"), 3, 9)]),
    attack("a query whose header promises more", () => [withByte(query("SELECT 1"), 1, 0x10)]),
    attack("16 MiB promised and never continued", () => [Buffer.from([0xff, 0xff, 0xff, 0, command.COM_QUERY, 0x53])]),
    attack("a slow query, then RST", () => [query("SELECT SLEEP(20)")], "reset"),
    attack("a hundred queries at once, then RST", () => Array.from({ length: 100 }, () => query("SELECT 1")), "reset"),
    attack("RST inside a transaction", () => [query("BEGIN")], "reset"),
    ...repeat(8, (i) => attack(`a session of noise (${i})`, () => [noise(random, 1 + below(random, 3_000))])),
  ];
}

function proper(client: RawClient): Uint8Array {
  return responseBytes(properResponse(client));
}

/** The proper response with its auth response's length replaced by `length`. */
function longAuthResponse(client: RawClient, length: readonly number[]): Uint8Array {
  const { user } = properResponse(client);
  const head = proper(client).subarray(4, 4 + 32);
  return packetBytes(1, Buffer.concat([head, Buffer.from(`${user}\0`), Buffer.from(length), Buffer.alloc(30, 0x41)]));
}

function longAttributes(client: RawClient): Uint8Array {
  const response = properResponse(client);
  const bytes = responseBytes({ ...response, capabilities: response.capabilities | CLIENT_CONNECT_ATTRS });
  // The last byte is the length of the attributes, 0 in a proper response: an int<lenenc> of three bytes in its place.
  return packetBytes(1, Buffer.concat([bytes.subarray(4, -1), Buffer.from([0xfd, 0xff, 0xff, 0xff])]));
}

function withCapabilities(client: RawClient, and: number, or: number): Uint8Array {
  const response = properResponse(client);
  return responseBytes({ ...response, capabilities: (response.capabilities & and) | or });
}

function sslRequest(client: RawClient): Uint8Array {
  const response = properResponse(client);
  const writer = newWriter();
  writeSslRequest(writer, 1, { ...response, capabilities: response.capabilities | CLIENT_SSL });
  return writtenBytes(writer);
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

function flipped(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (let flip = 0; flip < 8; flip++) changed[below(random, changed.length)] = below(random, 256);
  return changed;
}

function cut(random: Random, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, 1 + below(random, bytes.length - 1));
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => below(random, 256));
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

function repeat(times: number, make: (i: number) => Attack): Attack[] {
  return Array.from({ length: times }, (_, i) => make(i + 1));
}
