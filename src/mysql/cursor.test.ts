import { describe, expect, test } from "bun:test";
import { fromHex, toHex } from "../testkit/wire-file.ts";
import {
  newCursor,
  readBytes,
  readLenencBigInt,
  readLenencBytes,
  readLenencInt,
  readNulBytes,
  readRestBytes,
  readUint8,
  readUint16,
  readUint24,
  readUint32,
  skip,
  textOfBytes,
} from "./cursor.ts";
import { ProtocolError } from "./errors.ts";

const at = (hex: string) => newCursor(fromHex(hex));

describe("readUint*()", () => {
  test("reads little endian and unsigned, and moves on", () => {
    const cursor = at("ff 0102 ffffff ffffffff");
    expect([readUint8(cursor), readUint16(cursor), readUint24(cursor), readUint32(cursor)]).toEqual([
      255, 513, 16777215, 4294967295,
    ]);
    expect(cursor.at).toBe(cursor.end);
  });

  test("says what is missing, and how much of it", () => {
    expect(() => readUint32(at("0102"), "connection id")).toThrow(
      new ProtocolError("packet ends 2 bytes short of its connection id"),
    );
    for (const read of [readUint8, readUint16, readUint24, readUint32])
      expect(() => read(at(""))).toThrow(ProtocolError);
  });

  test("stops at the cursor's end though the buffer goes on", () => {
    const cursor = newCursor(fromHex("01020304"), 1, 2);
    expect(readUint8(cursor)).toBe(2);
    expect(() => readUint8(cursor)).toThrow(ProtocolError);
  });
});

describe("readLenencInt()", () => {
  const values: Array<[hex: string, value: number]> = [
    ["00", 0],
    ["fa", 250],
    ["fc 3132", 12849],
    ["fc fb00", 251],
    ["fd 313233", 3355185],
    ["fd ffffff", 16777215],
    ["fe 0000000100000000", 16777216],
    ["fe ffffffff00000000", 4294967295],
    ["fe ffffffffffff1f00", Number.MAX_SAFE_INTEGER],
  ];
  for (const [hex, value] of values) test(`${hex} is ${value}`, () => expect(readLenencInt(at(hex))).toBe(value));

  test("fe 31..38 loses the low bits that a number has not", () => {
    expect(readLenencInt(at("fe 3132333435363738"))).toBe(Number(4050765991979987505n));
  });

  test("NULL and ERR start no integer", () => {
    expect(() => readLenencInt(at("fb"), "columns")).toThrow(
      new ProtocolError("0xfb starts no int<lenenc> of columns"),
    );
    expect(() => readLenencInt(at("ff"))).toThrow(ProtocolError);
  });

  test("every width may be cut short anywhere", () => {
    for (const hex of ["", "fc", "fc31", "fd", "fd3132", "fe", "fe31323334353637"]) {
      expect(() => readLenencInt(at(hex))).toThrow(ProtocolError);
    }
  });
});

describe("readLenencBigInt()", () => {
  const values: Array<[hex: string, value: bigint]> = [
    ["00", 0n],
    ["fc 3132", 12849n],
    ["fd 313233", 3355185n],
    ["fe 3132333435363738", 4050765991979987505n],
    ["fe ffffffffffffffff", 18446744073709551615n],
  ];
  for (const [hex, value] of values) test(`${hex} is ${value}`, () => expect(readLenencBigInt(at(hex))).toBe(value));

  test("may be cut short", () => {
    for (const hex of ["", "fe", "fe3132", "fb"]) expect(() => readLenencBigInt(at(hex))).toThrow(ProtocolError);
  });
});

describe("readLenencBytes()", () => {
  test("04 User", () => expect(textOfBytes(readLenencBytes(at("04 55736572")))).toBe("User"));

  test("a length that points past the packet is an error, however large", () => {
    for (const hex of ["05 55736572", "fe ffffffffffffffff 00", "fd ffffff", "fc ffff 00"]) {
      expect(() => readLenencBytes(at(hex))).toThrow(ProtocolError);
    }
  });
});

describe("readBytes(), readRestBytes(), skip()", () => {
  test("are views that move on", () => {
    const bytes = fromHex("0102030405");
    const cursor = newCursor(bytes);
    const view = readBytes(cursor, 2);
    skip(cursor, 1);
    expect([toHex(view), toHex(readRestBytes(cursor)), toHex(readRestBytes(cursor))]).toEqual(["0102", "0405", ""]);
    bytes[0] = 9;
    expect(view[0]).toBe(9);
  });

  test("never leave the packet", () => {
    expect(() => readBytes(at("01"), 2)).toThrow(ProtocolError);
    expect(() => skip(at("01"), 2)).toThrow(ProtocolError);
  });
});

describe("readNulBytes()", () => {
  test("ends at the NUL and steps over it", () => {
    const cursor = at("726f6f7400 00 41");
    expect([textOfBytes(readNulBytes(cursor)), textOfBytes(readNulBytes(cursor)), cursor.at]).toEqual(["root", "", 6]);
  });

  test("a NUL behind the packet's end is none", () => {
    expect(() => readNulBytes(newCursor(fromHex("4141 00"), 0, 2), "user name")).toThrow(
      new ProtocolError("packet ends inside its user name: no NUL byte"),
    );
  });
});

describe("textOfBytes()", () => {
  test("is UTF-8, and never an error", () => {
    expect(textOfBytes(fromHex("c3a9 ff 41"))).toBe("é\ufffdA");
  });
});
