import { expect, test } from "bun:test";
import { CLIENT_CONNECT_ATTRS, CLIENT_PLUGIN_AUTH, CLIENT_SECURE_CONNECTION } from "./capabilities.ts";
import { readChangeUser, writeChangeUser } from "./com-change-user.ts";
import { attributesBlock } from "./connection-attributes.ts";
import { newCursor } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { newWriter, writtenBytes } from "./writer.ts";

const MODERN = CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH;
/** As libmysqlclient sends it: an empty answer first, to be asked with a scramble. */
const PACKET = Buffer.from("\x11app\0\0shop\0\xff\x00caching_sha2_password\0", "latin1");

test("readChangeUser() reads every field", () => {
  expect(readChangeUser(newCursor(PACKET), MODERN)).toEqual({
    user: "app",
    authResponse: new Uint8Array(0),
    schema: "shop",
    collation: 255,
    authPlugin: "caching_sha2_password",
    attributes: new Uint8Array(0),
  });
});

test("readChangeUser() reads an answer by its length, which may hold a NUL", () => {
  const packet = Buffer.from("\x11app\0\x02\0Z\0\x2d\x01\0", "latin1");
  const { authResponse, schema, collation, authPlugin } = readChangeUser(newCursor(packet), MODERN);
  expect([[...authResponse], schema, collation, authPlugin]).toEqual([[0, 0x5a], "", 301, ""]);
});

test("readChangeUser() takes the short packet of an old client", () => {
  const packet = Buffer.from("\x11app\0secret\0shop\0", "latin1");
  const { authResponse, schema, collation } = readChangeUser(newCursor(packet), 0);
  expect([Buffer.from(authResponse).toString(), schema, collation]).toEqual(["secret", "shop", 0]);
});

test("readChangeUser() reads what writeChangeUser() wrote", () => {
  const attributes = attributesBlock([["program_name", "shop"]]);
  const request = {
    user: "app",
    authResponse: Uint8Array.of(0, 9),
    schema: "",
    collation: 301,
    authPlugin: "",
    attributes,
  };
  for (const capabilities of [MODERN, MODERN | CLIENT_CONNECT_ATTRS]) {
    const writer = newWriter();
    writeChangeUser(writer, request, capabilities);
    const written = writtenBytes(writer);
    const known = capabilities === MODERN ? { ...request, attributes: new Uint8Array(0) } : request;
    expect([written[3], readChangeUser(newCursor(written, 4), capabilities)]).toEqual([0, known]);
  }
});

test("readChangeUser() refuses every packet that is cut inside a field", () => {
  const ends = [1, 4, 5, 9, 12, 13]; // at 13 the plugin is missing
  for (const end of ends) expect(() => readChangeUser(newCursor(PACKET, 0, end), MODERN)).toThrow(ProtocolError);
});

test("readChangeUser() reads connection attributes, and refuses those that are cut short", () => {
  const block = attributesBlock([["program_name", "shop"]]);
  const packet = Buffer.concat([PACKET, Buffer.of(block.length), block]);
  const capabilities = MODERN | CLIENT_CONNECT_ATTRS;
  expect(readChangeUser(newCursor(packet), capabilities).attributes).toEqual(block);
  expect(() => readChangeUser(newCursor(packet, 0, packet.length - 1), capabilities)).toThrow(ProtocolError);
  const nameless = Buffer.concat([PACKET, Buffer.from([3, 2, 65, 66])]);
  expect(() => readChangeUser(newCursor(nameless), capabilities)).toThrow(ProtocolError);
});
