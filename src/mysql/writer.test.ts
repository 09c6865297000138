import { describe, expect, test } from "bun:test";
import { toHex } from "../testkit/wire-file.ts";
import { newCursor, readLenencInt } from "./cursor.ts";
import {
  beginPacket,
  endPacket,
  newWriter,
  type Writer,
  writeBytes,
  writeLenencBytes,
  writeLenencInt,
  writeLenencText,
  writeNulText,
  writeText,
  writeUint8,
  writeUint16,
  writeUint32,
  writeZeros,
  writtenBytes,
} from "./writer.ts";

/** What `fill` writes, starting from a writer that has to grow at once. */
function hexOf(fill: (writer: Writer) => void): string {
  const writer = newWriter(1);
  fill(writer);
  return toHex(writtenBytes(writer));
}

describe("endPacket()", () => {
  test("patches the length, also of a second packet in one buffer", () => {
    const hex = hexOf((writer) => {
      beginPacket(writer, 0);
      writeText(writer, "abc");
      endPacket(writer);
      beginPacket(writer, 1);
      endPacket(writer);
    });
    expect(hex).toBe("03000000616263" + "00000001");
  });

  test("writes lengths of three bytes and wraps the sequence id", () => {
    const writer = newWriter();
    beginPacket(writer, 256);
    writeZeros(writer, 0x012345);
    endPacket(writer);
    expect(toHex(writtenBytes(writer).subarray(0, 4))).toBe("45230100");
  });

  test("a packet that needs a continuation is a bug of ours", () => {
    const writer = newWriter(0xffffff + 4);
    beginPacket(writer, 0);
    writer.at += 0xffffff;
    expect(() => endPacket(writer)).toThrow("an own packet fits one header");
  });
});

describe("write*()", () => {
  const written: Array<[name: string, fill: (writer: Writer) => void, hex: string]> = [
    ["int<1>", (writer) => writeUint8(writer, 0x1ff), "ff"],
    ["int<2>", (writer) => writeUint16(writer, 0x0102), "0201"],
    ["int<4>", (writer) => writeUint32(writer, 0xfffefdfc), "fcfdfeff"],
    ["string<fix>", (writer) => writeBytes(writer, Uint8Array.of(1, 2)), "0102"],
    ["string<lenenc>", (writer) => writeLenencBytes(writer, Uint8Array.of(1, 2)), "020102"],
    ["string<EOF> in UTF-8", (writer) => writeText(writer, "é"), "c3a9"],
    ["string<NUL>", (writer) => writeNulText(writer, "root"), "726f6f7400"],
    ["string<lenenc> in UTF-8", (writer) => writeLenencText(writer, "User"), "0455736572"],
    ["zeros", (writer) => writeZeros(writer, 3), "000000"],
  ];
  for (const [name, fill, hex] of written) test(name, () => expect(hexOf(fill)).toBe(hex));
});

describe("writeLenencInt()", () => {
  test("is what readLenencInt() reads, at every edge", () => {
    for (const value of [0, 1, 250, 251, 252, 255, 256, 65_535, 65_536, 16_777_215, 16_777_216, 4_294_967_295]) {
      const writer = newWriter();
      writeLenencInt(writer, value);
      const cursor = newCursor(writtenBytes(writer));
      expect([readLenencInt(cursor), cursor.at]).toEqual([value, cursor.end]);
    }
  });

  test("takes the shortest form", () => {
    const forms = [250, 251, 65_535, 65_536, 16_777_215, 16_777_216].map((value) =>
      hexOf((writer) => writeLenencInt(writer, value)),
    );
    expect(forms).toEqual(["fa", "fcfb00", "fcffff", "fd000001", "fdffffff", "fe0000000100000000"]);
  });
});
