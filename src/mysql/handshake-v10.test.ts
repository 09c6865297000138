import { describe, expect, test } from "bun:test";
import { fromHex, toHex, wireBytes, wireNames } from "../testkit/wire-file.ts";
import { newCursor } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { type HandshakeV10, readHandshakeV10, writeHandshakeV10 } from "./handshake-v10.ts";
import { payloadLengthAt } from "./packet.ts";
import { newWriter, writtenBytes } from "./writer.ts";

const read = (packet: Uint8Array) => readHandshakeV10(newCursor(packet, 4, 4 + payloadLengthAt(packet, 0)));

function written(greeting: HandshakeV10): Uint8Array {
  const writer = newWriter();
  writeHandshakeV10(writer, greeting);
  return writtenBytes(writer);
}

describe("readHandshakeV10()", () => {
  test("MySQL 9.7", () => {
    const greeting = read(wireBytes("greeting-mysql-9.7.4"));
    expect({ ...greeting, scramble: toHex(greeting.scramble), capabilities: greeting.capabilities >>> 0 }).toEqual({
      serverVersion: "9.7.4-2",
      connectionId: 13285,
      scramble: "55430a7d4d695e49" + "0f5e2f167e7b1a1d3b580369",
      capabilities: 0xdfffffff,
      mariadbCapabilities: 0,
      collation: 255,
      status: 2,
      authPlugin: "caching_sha2_password",
    });
  });

  test("MariaDB 10.11", () => {
    const greeting = read(wireBytes("greeting-mariadb-10.11.18"));
    expect({ ...greeting, scramble: toHex(greeting.scramble), capabilities: greeting.capabilities >>> 0 }).toEqual({
      serverVersion: "5.5.5-10.11.18-MariaDB-0+deb12u1",
      connectionId: 2246,
      scramble: "44487c5823436968" + "4d2a28272e50277229742e25",
      capabilities: 0x81fff7fe,
      mariadbCapabilities: 0x1d,
      collation: 45,
      status: 2,
      authPlugin: "mysql_native_password",
    });
  });

  for (const name of wireNames("greeting-m")) {
    test(`${name} is written back to the same bytes`, () => {
      const packet = wireBytes(name);
      expect(toHex(written(read(packet)))).toBe(toHex(packet));
    });
  }

  test("the scramble outlives the packet", () => {
    const packet = wireBytes("greeting-mysql-9.7.4");
    const { scramble } = read(packet);
    const before = toHex(scramble);
    packet.fill(0);
    expect(toHex(scramble)).toBe(before);
  });

  test("a plugin name without its NUL is read to the packet's end", () => {
    const packet = wireBytes("greeting-mysql-9.7.4");
    const cut = packet.slice(0, -1);
    cut[0] = (cut[0] as number) - 1;
    expect(read(cut).authPlugin).toBe("caching_sha2_password");
  });

  test("another protocol version is refused with both numbers", () => {
    expect(() => readHandshakeV10(newCursor(fromHex("09 352e3000")))).toThrow(
      "the server speaks protocol version 9; pisanix needs 10",
    );
  });

  test("every prefix of a greeting is refused, or has lost only its plugin's name", () => {
    const packet = wireBytes("greeting-mysql-9.7.4");
    const nameAt = packet.length - "caching_sha2_password\0".length;
    for (let end = 4; end < nameAt; end++) {
      expect(() => readHandshakeV10(newCursor(packet, 4, end))).toThrow(ProtocolError);
    }
    for (let end = nameAt; end < packet.length; end++) {
      expect("caching_sha2_password").toStartWith(readHandshakeV10(newCursor(packet, 4, end)).authPlugin);
    }
  });
});
