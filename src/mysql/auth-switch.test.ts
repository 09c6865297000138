import { expect, test } from "bun:test";
import { readAuthSwitchRequest, writeAuthSwitchRequest } from "./auth-switch.ts";
import { newCursor } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { newWriter, writtenBytes } from "./writer.ts";

test("readAuthSwitchRequest() reads what writeAuthSwitchRequest() wrote", () => {
  const request = { authPlugin: "mysql_native_password", scramble: new Uint8Array(20).fill(9) };
  const writer = newWriter();
  writeAuthSwitchRequest(writer, 2, request);
  expect(readAuthSwitchRequest(newCursor(writtenBytes(writer), 4))).toEqual(request);
});

test("writeAuthSwitchRequest() ends a scramble with a NUL, but for client_ed25519", () => {
  for (const [authPlugin, length] of [
    ["caching_sha2_password", 20],
    ["client_ed25519", 32],
  ] as const) {
    const scramble = new Uint8Array(length).fill(9);
    const writer = newWriter();
    writeAuthSwitchRequest(writer, 2, { authPlugin, scramble });
    const end = authPlugin === "client_ed25519" ? [] : [0];
    const payload = [0xfe, ...Buffer.from(`${authPlugin}\0`), ...scramble, ...end];
    expect([...writtenBytes(writer)]).toEqual([payload.length, 0, 0, 2, ...payload]);
  }
});

test("readAuthSwitchRequest() keeps the last NUL of a scramble without one behind it", () => {
  const scramble = new Uint8Array(32).fill(9);
  scramble[31] = 0;
  const payload = Buffer.concat([Buffer.from("\xfeclient_ed25519\0", "latin1"), scramble]);
  expect([...readAuthSwitchRequest(newCursor(payload)).scramble]).toEqual([...scramble]);
});

test("readAuthSwitchRequest() refuses a name without an end", () => {
  expect(() => readAuthSwitchRequest(newCursor(Buffer.from("\xfename", "latin1")))).toThrow(ProtocolError);
});
