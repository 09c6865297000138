import { describe, expect, test } from "bun:test";
import { fromHex, toHex, wireBytes, wireNames } from "../testkit/wire-file.ts";
import { CLIENT_CONNECT_WITH_DB, CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA, CLIENT_SSL } from "./capabilities.ts";
import { readAttributes } from "./connection-attributes.ts";
import { newCursor } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import {
  type HandshakeResponse,
  isSslRequest,
  readHandshakeResponse,
  writeHandshakeResponse,
  writeSslRequest,
} from "./handshake-response.ts";
import { newWriter, writtenBytes } from "./writer.ts";

const read = (packet: Uint8Array) => readHandshakeResponse(newCursor(packet, 4));
/** What are bytes, in a form that can be compared. */
const readable = ({ authResponse, attributes }: HandshakeResponse) => ({
  authResponse: toHex(authResponse),
  attributes: readAttributes(attributes),
});
/** What each client answered to the scramble abcdefghijklmnopqrst with the password pw. */
const NATIVE_ANSWER = "12909d72d875523f8c9d6da44cbd3a6c1ce794db";

/** As libmysql of 5.6 lays it out; `flags` is the third byte of its capabilities. */
const libmysql56 = (flags: string) =>
  fromHex(`
  8da2${flags}00 00000001 21 ${"00".repeat(23)}
  726f6f7400 14${NATIVE_ANSWER} 7362746573745f7069736100
  6d7973716c5f6e61746976655f70617373776f726400
  0a 035f6f73 054c696e7578`);

describe("readHandshakeResponse()", () => {
  for (const [flags, name] of [
    ["7f", "int<lenenc>"],
    ["5f", "a byte"],
  ] as const) {
    test(`libmysql 5.6, where the auth response's length is ${name}`, () => {
      const response = readHandshakeResponse(newCursor(libmysql56(flags)));
      expect({ ...response, ...readable(response) }).toEqual({
        capabilities: Number(`0x00${flags}a28d`),
        mariadbCapabilities: 0,
        packetBytesMax: 1 << 24,
        collation: 33,
        user: "root",
        authResponse: NATIVE_ANSWER,
        schema: "sbtest_pisa",
        authPlugin: "mysql_native_password",
        attributes: [["_os", "Linux"]],
        zstdLevel: 0,
      });
    });
  }

  test("mysql 9.7, which lacks mysql_native_password, names its own plugin and answers nothing", () => {
    const response = read(wireBytes("response-mysql-client-9.7"));
    expect({ ...response, ...readable(response), capabilities: 0 }).toEqual({
      capabilities: 0,
      mariadbCapabilities: 0,
      packetBytesMax: 1 << 24,
      collation: 255,
      user: "app",
      authResponse: "",
      schema: "shop",
      authPlugin: "caching_sha2_password",
      attributes: [
        ["_pid", "27088"],
        ["_platform", "x86_64"],
        ["_os", "Linux"],
        ["_client_name", "libmysql"],
        ["os_user", "root"],
        ["_client_version", "9.7.4"],
        ["program_name", "mysql"],
      ],
      zstdLevel: 0,
    });
  });

  const clients: Array<[name: string, collation: number, attribute: string]> = [
    ["response-mysql2-3.24.6", 224, "Node-MySQL-2"],
    ["response-pymysql-1.0.2", 45, "pymysql"],
    ["response-mariadb-client-10.11", 33, "libmariadb"],
  ];
  for (const [name, collation, clientName] of clients) {
    test(name, () => {
      const response = read(wireBytes(name));
      expect([response.user, response.schema, response.authPlugin, toHex(response.authResponse)]).toEqual([
        "app",
        "shop",
        "mysql_native_password",
        NATIVE_ANSWER,
      ]);
      expect(response.collation).toBe(collation);
      expect(readAttributes(response.attributes).find(([attribute]) => attribute === "_client_name")?.[1]).toBe(
        clientName,
      );
    });
  }

  for (const name of wireNames("response-")) {
    test(`${name} is written back to the same bytes`, () => {
      const packet = wireBytes(name);
      const response = read(packet);
      expect(response.capabilities & CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA).not.toBe(0);
      const writer = newWriter();
      writeHandshakeResponse(writer, packet[3] as number, response);
      expect(toHex(writtenBytes(writer))).toBe(toHex(packet));
    });

    test(`${name} cut short anywhere is refused, or has lost only what may be missing`, () => {
      const packet = wireBytes(name);
      const whole = read(packet);
      for (let end = 4; end < packet.length; end++) {
        try {
          const response = readHandshakeResponse(newCursor(packet, 4, end));
          expect([response.user, toHex(response.authResponse)]).toEqual([whole.user, toHex(whole.authResponse)]);
          expect(["", whole.schema]).toContain(response.schema);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    });
  }

  test("before 4.1 is refused in words", () => {
    expect(() => readHandshakeResponse(newCursor(fromHex("0500 000000 726f6f7400")))).toThrow(
      "the client is older than MySQL 4.1: it lacks CLIENT_PROTOCOL_41",
    );
  });

  test("a user name that is no UTF-8 is no error", () => {
    const packet = wireBytes("response-mysql2-3.24.6");
    packet[4 + 32] = 0xff;
    expect(read(packet).user).toBe("\ufffdpp");
  });
});

describe("isSslRequest()", () => {
  test("is told by its length: the SSL bit stands in the response inside TLS, too", () => {
    const response = { ...read(wireBytes("response-mysql2-3.24.6")) };
    response.capabilities |= CLIENT_SSL;
    const request = newWriter();
    writeSslRequest(request, 1, response);
    const full = newWriter();
    writeHandshakeResponse(full, 2, response);
    expect(isSslRequest(newCursor(writtenBytes(request), 4))).toBe(true);
    expect(isSslRequest(newCursor(writtenBytes(full), 4))).toBe(false);
    expect(isSslRequest(newCursor(new Uint8Array(32)))).toBe(false);
    expect(toHex(writtenBytes(request).subarray(4))).toBe(toHex(writtenBytes(full).subarray(4, 36)));
  });
});

describe("writeHandshakeResponse()", () => {
  test("leaves out what the capabilities leave out", () => {
    const response = read(wireBytes("response-mysql2-3.24.6"));
    const capabilities = response.capabilities & ~CLIENT_CONNECT_WITH_DB;
    const writer = newWriter();
    writeHandshakeResponse(writer, 1, { ...response, capabilities });
    expect(readHandshakeResponse(newCursor(writtenBytes(writer), 4))).toEqual({
      ...response,
      capabilities,
      schema: "",
    });
  });
});
