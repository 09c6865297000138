import { describe, expect, test } from "bun:test";
import { ok, stateEntry } from "../testkit/answers.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import { fromHex, toHex, wireBytes, wireNames } from "../testkit/wire-file.ts";
import { ProtocolError } from "./errors.ts";
import {
  okLayout,
  readSessionState,
  SESSION_TRACK_GTIDS,
  SESSION_TRACK_SCHEMA,
  SESSION_TRACK_STATE_CHANGE,
  SESSION_TRACK_SYSTEM_VARIABLES,
  SESSION_TRACK_TRANSACTION_STATE,
  type SessionState,
  withoutSessionState,
  withSessionState,
  writeEof,
  writeOk,
  writeOkWithSchema,
} from "./ok.ts";
import { newWriter, type Writer, writtenBytes } from "./writer.ts";

function stateOf(packet: Uint8Array, start = 0): SessionState {
  const state: SessionState = { schema: "stale", variables: ["stale", "stale"], hasStateChange: true };
  readSessionState(packet, start, state);
  return state;
}

function hexOf(write: (writer: Writer) => void): string {
  const writer = newWriter();
  write(writer);
  return toHex(writtenBytes(writer));
}

test("writeOkWithSchema() writes what MySQL 9.7 and MariaDB 10.11 answer a log-in with", () => {
  expect(hexOf((writer) => writeOkWithSchema(writer, 2, 2, "test"))).toBe("1000000200000002400000000701050474657374");
});

describe("withoutSessionState()", () => {
  for (const name of wireNames("ok-").filter((each) => each.includes("-tracked-"))) {
    test(`${name} becomes what the same server sent to a client without CLIENT_SESSION_TRACK`, () => {
      const tracked = wireBytes(name);
      const before = toHex(tracked);
      const plain = wireBytes(name.replace("-tracked-", "-plain-"));
      expect(toHex(withoutSessionState(tracked, 0))).toBe(toHex(plain));
      expect(toHex(tracked)).toBe(before);
    });
  }

  test("keeps the info, and all other flags", () => {
    const state = [stateEntry(SESSION_TRACK_SCHEMA, "test")];
    const fields = { affectedRows: 300, insertId: 70_000, status: 0x0123, warnings: 4, info: "Records: 2" };
    const packet = packetsOf([ok({ ...fields, state })], 9);
    expect(toHex(withoutSessionState(packet, 0))).toBe(toHex(packetsOf([ok(fields)], 9)));
  });

  test("works in the middle of a buffer, and on the OK that ends a result set", () => {
    const end = { header: 0xfe, status: 0x0022 };
    const changed = packetsOf([ok({ ...end, state: [stateEntry(SESSION_TRACK_SCHEMA, "x".repeat(70_000))] })], 5);
    const buffer = Buffer.concat([Buffer.alloc(11, 0xff), changed, Buffer.alloc(3, 0xff)]);
    expect(toHex(withoutSessionState(new Uint8Array(buffer), 11))).toBe(toHex(packetsOf([ok(end)], 5)));
  });

  test("changes nothing of an OK without state", () => {
    const packet = packetsOf([ok({ info: "Rows matched: 1" })], 1);
    expect(toHex(withoutSessionState(packet, 0))).toBe(toHex(packet));
  });
});

describe("readSessionState()", () => {
  test("USE on real servers reports the schema and a state change", () => {
    for (const name of wireNames("ok-use-tracked")) {
      expect(stateOf(wireBytes(name))).toEqual({ schema: "test", variables: [], hasStateChange: true });
    }
  });

  test("SET autocommit on real servers reports the variable and a state change", () => {
    for (const name of wireNames("ok-autocommit-tracked")) {
      expect(stateOf(wireBytes(name))).toEqual({
        schema: null,
        variables: ["autocommit", "OFF"],
        hasStateChange: true,
      });
    }
  });

  test("entries of every type, several variables in one entry, unknown types passed over", () => {
    const state = [
      stateEntry(SESSION_TRACK_GTIDS, "gtid"),
      stateEntry(SESSION_TRACK_SYSTEM_VARIABLES, "autocommit", "OFF"),
      stateEntry(SESSION_TRACK_SYSTEM_VARIABLES, "time_zone", "SYSTEM", "sql_mode", ""),
      stateEntry(SESSION_TRACK_TRANSACTION_STATE, "T_______"),
      stateEntry(SESSION_TRACK_SCHEMA, "test"),
      stateEntry(SESSION_TRACK_STATE_CHANGE, "1"),
      stateEntry(0x7f, "of the future"),
    ];
    expect(stateOf(packetsOf([ok({ state, info: "some" })], 1))).toEqual({
      schema: "test",
      variables: ["autocommit", "OFF", "time_zone", "SYSTEM", "sql_mode", ""],
      hasStateChange: true,
    });
  });

  test("an OK without state says nothing, and forgets what was said before", () => {
    expect(stateOf(packetsOf([ok()], 1))).toEqual({ schema: null, variables: [], hasStateChange: false });
  });

  test("a block that claims to be longer than the packet ends with the packet", () => {
    const packet = packetsOf([ok({ state: [stateEntry(SESSION_TRACK_SCHEMA, "test")] })], 1);
    packet[12] = 0xfa;
    expect(stateOf(new Uint8Array([...packet, ...packet]))).toMatchObject({ schema: "test", hasStateChange: false });
  });

  test("an entry or a text that points past the packet is an error, never a look at the next packet", () => {
    const packet = packetsOf([ok({ state: [stateEntry(SESSION_TRACK_SCHEMA, "test")] })], 1);
    for (const at of [14, 15]) {
      const lie = new Uint8Array([...packet, ...packet, ...packet]);
      lie[at] = 20;
      expect(() => stateOf(lie)).toThrow(ProtocolError);
    }
  });
});

describe("okLayout()", () => {
  test("finds the fields behind integers of every width", () => {
    for (const [affectedRows, bytes] of [
      [1, 1],
      [251, 3],
      [65_536, 4],
      [16_777_216, 9],
    ] as const) {
      const packet = packetsOf([ok({ affectedRows })], 1);
      expect(okLayout(packet, 0)).toEqual({ statusAt: 6 + bytes, plainEnd: 10 + bytes, stateAt: 10 + bytes });
    }
  });

  test("a packet that is cut short is an error", () => {
    for (const hex of [
      "0100000100",
      "02000001 0000",
      "03000001 000000",
      "05000001 0000000200",
      "08000001 0000000200000005",
    ]) {
      expect(() => okLayout(fromHex(hex), 0)).toThrow(ProtocolError);
    }
  });
});

describe("withSessionState()", () => {
  const schema = stateEntry(SESSION_TRACK_SCHEMA, "test");
  const zone = stateEntry(SESSION_TRACK_SYSTEM_VARIABLES, "time_zone", "SYSTEM");
  const mode = stateEntry(SESSION_TRACK_SYSTEM_VARIABLES, "sql_mode", "ANSI");
  const change = stateEntry(SESSION_TRACK_STATE_CHANGE, "1");
  const fields = { affectedRows: 300, status: 0x0123, warnings: 4, info: "Records: 2" };

  test("keeps the entries that are wanted, and everything else of the packet", () => {
    const packet = packetsOf([ok({ ...fields, state: [zone, schema, mode, change] })], 9);
    const kept = withSessionState(packet, 0, (type, name) => type === SESSION_TRACK_SCHEMA || name === "sql_mode");
    expect(toHex(kept)).toBe(toHex(packetsOf([ok({ ...fields, state: [schema, mode] })], 9)));
  });

  test("clears the flag when nothing is left", () => {
    const packet = packetsOf([ok({ ...fields, state: [zone, change] })], 9);
    expect(toHex(withSessionState(packet, 0, () => false))).toBe(toHex(packetsOf([ok(fields)], 9)));
  });

  test("leaves a block without entries as it is", () => {
    const packet = fromHex("0900000100000003400000" + "0000");
    expect(toHex(withSessionState(packet, 0, () => false))).toBe(toHex(packet));
  });

  test("refuses an entry that points past its block", () => {
    const packet = packetsOf([ok({ ...fields, state: [schema] })], 9);
    packet[packet.length - 6] = 0x70;
    expect(() => withSessionState(packet, 0, () => true)).toThrow(ProtocolError);
  });
});

describe("writeOk(), writeEof()", () => {
  test("write what the manual says", () => {
    expect(hexOf((writer) => writeOk(writer, 1, 0x0022, 256))).toBe("09000001" + "00fc00010022000000");
    expect(hexOf((writer) => writeOk(writer, 2, 0x0002))).toBe("07000002" + "00000002000000");
    expect(hexOf((writer) => writeEof(writer, 3, 0x0102, false))).toBe("05000003" + "fe00000201");
    expect(hexOf((writer) => writeEof(writer, 3, 0x0102, true))).toBe("07000003" + "fe000002010000");
  });

  test("the original's fixture: info of an INSERT, as a server writes it", () => {
    const info = "Records: 256  Duplicates: 0  Warnings: 0";
    expect(toHex(ok({ affectedRows: 256, status: 0x0022, info }))).toBe(
      `00fc0001002200000028${toHex(Buffer.from(info))}`,
    );
  });
});
