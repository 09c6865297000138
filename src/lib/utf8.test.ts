import { expect, test } from "bun:test";
import { decodeUtf8 } from "./utf8.ts";

test("decodeUtf8() keeps what it was given, a byte order mark included", () => {
  const text = "\ufeffä\r\n\u{1f40b}\ufffd";
  expect(decodeUtf8(new TextEncoder().encode(text), "x")).toBe(text);
});

test("decodeUtf8() says where the first byte is that is no text", () => {
  const place = (...bytes: number[]) => {
    const decoded = decodeUtf8(new Uint8Array(bytes), "x");
    return typeof decoded === "string" ? decoded : `${decoded.position.line}:${decoded.position.column}`;
  };
  expect(place(0x61, 0x0a, 0xc3, 0xa4, 0x62, 0xe4, 0x63)).toBe("2:3");
  expect(place(0xff, 0xfe, 0x61, 0x00)).toBe("1:1");
  expect(place(0x61, 0xc3)).toBe("1:2");
});
