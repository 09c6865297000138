import { expect, test } from "bun:test";
import { type Random, seededRandom } from "../lib/random.ts";
import { err, ok, stateEntry } from "../testkit/answers.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import { wireBytes, wireNames } from "../testkit/wire-file.ts";
import { readAuthSwitchRequest, writeAuthSwitchRequest } from "./auth-switch.ts";
import { CLIENT_QUERY_ATTRIBUTES } from "./capabilities.ts";
import { readChangeUser } from "./com-change-user.ts";
import { queryTextAt } from "./com-query.ts";
import { type Cursor, newCursor } from "./cursor.ts";
import { readErr } from "./err.ts";
import { ProtocolError } from "./errors.ts";
import { isSslRequest, readHandshakeResponse } from "./handshake-response.ts";
import { readHandshakeV10 } from "./handshake-v10.ts";
import { okLayout, readSessionState, withoutSessionState } from "./ok.ts";
import { newWriter, writtenBytes } from "./writer.ts";

/** A reader, and valid payloads for it to start from. */
interface Fuzzed {
  name: string;
  read: (cursor: Cursor) => unknown;
  seeds: Uint8Array[];
}

const payloadsOf = (prefix: string) => wireNames(prefix).map((name) => wireBytes(name).slice(4));

function authSwitch(): Uint8Array {
  const writer = newWriter();
  writeAuthSwitchRequest(writer, 1, {
    authPlugin: "caching_sha2_password",
    scramble: Buffer.from("abcdefghijklmnopqrst"),
  });
  return writtenBytes(writer).slice(4);
}

/** Reads an OK packet whose header stands in front of the payload, as the relay does. */
function readOk(cursor: Cursor): void {
  const packet = new Uint8Array(packetsOf([cursor.bytes.subarray(cursor.at, cursor.end)], 1));
  okLayout(packet, 0);
  readSessionState(packet, 0, { schema: null, variables: [], hasStateChange: false });
  withoutSessionState(packet, 0);
}

const state = [stateEntry(1, "test"), stateEntry(0, "autocommit", "OFF", "sql_mode", ""), stateEntry(2, "1")];
const FUZZED: Fuzzed[] = [
  { name: "readHandshakeV10()", read: readHandshakeV10, seeds: payloadsOf("greeting-") },
  { name: "readHandshakeResponse()", read: readHandshakeResponse, seeds: payloadsOf("response-") },
  { name: "isSslRequest()", read: isSslRequest, seeds: payloadsOf("response-") },
  { name: "readAuthSwitchRequest()", read: readAuthSwitchRequest, seeds: [authSwitch()] },
  { name: "readErr()", read: readErr, seeds: [err(1064, "You have an error", "42000")] },
  { name: "OK packets", read: readOk, seeds: [ok(), ok({ state, info: "Records: 1" }), ...payloadsOf("ok-")] },
  {
    name: "readChangeUser()",
    read: (cursor) => readChangeUser(cursor, 0xffffffff),
    seeds: [Buffer.from("\x11root\0\x04abcdtest\0\x2d\0caching_sha2_password\0\x05\x01a\x02bc", "latin1")],
  },
  {
    name: "queryTextAt()",
    read: ({ bytes, at, end }) => queryTextAt(bytes, at, end, CLIENT_QUERY_ATTRIBUTES),
    seeds: [Buffer.from("\x03\x02\x01\x00\x01\xfe\x00\x01a\x08\x00\x01b\x03abc12345678SELECT 1", "latin1")],
  },
];

/** A seed with some bytes changed, cut short or made longer; or bytes that mean nothing. */
function mutated(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const below = (bound: number) => Math.floor(random() * bound);
  const interesting = [0, 1, 0x7f, 0x80, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];
  const byte = () => (random() < 0.5 ? (interesting[below(interesting.length)] as number) : below(256));
  if (random() < 0.2) return Uint8Array.from({ length: below(80) }, byte);
  const bytes = Uint8Array.from(seeds[below(seeds.length)] as Uint8Array);
  for (let i = below(5); i >= 0; i--) bytes[below(bytes.length)] = byte();
  if (random() < 0.3) return bytes.subarray(0, below(bytes.length + 1));
  if (random() < 0.1) return Uint8Array.from([...bytes, ...Uint8Array.from({ length: below(20) }, byte)]);
  return bytes;
}

for (const { name, read, seeds } of FUZZED) {
  test(`${name} reads its seeds, and of anything else returns or throws ProtocolError`, () => {
    for (const seed of seeds) expect(() => read(newCursor(seed))).not.toThrow();
    const random = seededRandom(name.length);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const payload = mutated(seeds, random);
      // The packet stands in a larger buffer: what is behind it must not be read.
      const buffer = new Uint8Array(payload.length + 40).fill(0x41);
      buffer.set(payload, 8);
      const cursor = newCursor(buffer, 8, 8 + payload.length);
      try {
        read(cursor);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw new Error(`round ${round}: ${name}`, { cause: error });
        refused++;
      }
      if (cursor.at > cursor.end) throw new Error(`round ${round}: ${name} left its packet`);
    }
    if (name !== "isSslRequest()") expect(refused).toBeGreaterThan(0);
  });
}
