import { describe, expect, test } from "bun:test";
import { payload } from "../testkit/answers.ts";
import { fromHex } from "../testkit/wire-file.ts";
import { CLIENT_QUERY_ATTRIBUTES } from "./capabilities.ts";
import { queryTextAt, writeNoAttributes } from "./com-query.ts";
import { COM_QUERY } from "./commands.ts";
import { ProtocolError } from "./errors.ts";
import {
  type Writer,
  writeBytes,
  writeLenencInt,
  writeLenencText,
  writeText,
  writeUint8,
  writeUint16,
} from "./writer.ts";

interface Attribute {
  type: number;
  name: string;
  /** null for NULL. */
  value: Uint8Array | null;
}

/** A COM_QUERY with attributes, as the manual lays it out. */
function query(attributes: readonly Attribute[], text: string): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, COM_QUERY);
    if (attributes.length === 0) writeNoAttributes(writer);
    else writeAttributes(writer, attributes);
    writeText(writer, text);
  });
}

function writeAttributes(writer: Writer, attributes: readonly Attribute[]): void {
  writeLenencInt(writer, attributes.length);
  writeLenencInt(writer, 1); // sets
  const nulls = new Uint8Array((attributes.length + 7) >> 3);
  attributes.forEach(({ value }, i) => {
    if (value === null) nulls[i >> 3] = (nulls[i >> 3] as number) | (1 << (i & 7));
  });
  writeBytes(writer, nulls);
  writeUint8(writer, 1); // new_params_bind_flag
  for (const { type, name } of attributes) {
    writeUint16(writer, type);
    writeLenencText(writer, name);
  }
  for (const { value } of attributes) if (value !== null) writeBytes(writer, value);
}

const TEXT = "SELECT 1";
const textOf = (bytes: Uint8Array) =>
  Buffer.from(bytes.subarray(queryTextAt(bytes, 0, bytes.length, CLIENT_QUERY_ATTRIBUTES))).toString();

/** A value of each type, by the names of the manual. */
const VALUES: Array<[name: string, type: number, value: string]> = [
  ["MYSQL_TYPE_DECIMAL", 0, "03 312e35"],
  ["MYSQL_TYPE_TINY", 1, "7f"],
  ["MYSQL_TYPE_SHORT", 2, "7f01"],
  ["MYSQL_TYPE_LONG", 3, "7f010203"],
  ["MYSQL_TYPE_FLOAT", 4, "0000803f"],
  ["MYSQL_TYPE_DOUBLE", 5, "000000000000f03f"],
  ["MYSQL_TYPE_NULL", 6, ""],
  ["MYSQL_TYPE_TIMESTAMP", 7, "0b e60708 1f 07 10 10 01020304"],
  ["MYSQL_TYPE_LONGLONG", 8, "0102030405060708"],
  ["MYSQL_TYPE_INT24", 9, "01020300"],
  ["MYSQL_TYPE_DATE", 10, "04 e607081f"],
  ["MYSQL_TYPE_TIME", 11, "08 01 01000000 0a 08 15"],
  ["MYSQL_TYPE_DATETIME, empty", 12, "00"],
  ["MYSQL_TYPE_YEAR", 13, "e607"],
  ["MYSQL_TYPE_VARCHAR", 15, "04 55736572"],
  ["MYSQL_TYPE_BIT", 16, "01 01"],
  ["MYSQL_TYPE_JSON", 245, "02 7b7d"],
  ["MYSQL_TYPE_NEWDECIMAL", 246, "01 31"],
  ["MYSQL_TYPE_BLOB", 252, "fc 0100 41"],
  ["MYSQL_TYPE_STRING", 254, "00"],
];

describe("queryTextAt()", () => {
  test("without CLIENT_QUERY_ATTRIBUTES the text is right behind the command byte", () => {
    expect(queryTextAt(Buffer.from("\x03SELECT 1"), 0, 9, 0)).toBe(1);
  });

  test("no attributes take two bytes", () => expect(textOf(query([], TEXT))).toBe(TEXT));

  for (const [name, type, hex] of VALUES) {
    test(`${name}, alone, unsigned, and among others`, () => {
      const value = fromHex(hex);
      expect(textOf(query([{ type, name: "a", value }], TEXT))).toBe(TEXT);
      expect(textOf(query([{ type: type | 0x8000, name: "", value }], TEXT))).toBe(TEXT);
      const other = { type: 254, name: "traceparent", value: fromHex("03 414243") };
      expect(textOf(query([other, { type, name: "a", value }, other], TEXT))).toBe(TEXT);
    });
  }

  test("NULL values have no bytes, whatever their type; the bitmap may be longer than a byte", () => {
    const attributes = VALUES.map(([name, type, hex], i) => ({ type, name, value: i % 3 === 0 ? null : fromHex(hex) }));
    expect(textOf(query(attributes, TEXT))).toBe(TEXT);
    expect(textOf(query(attributes, ""))).toBe("");
  });

  test("attributes that are cut short anywhere are an error", () => {
    const attributes = VALUES.map(([name, type, hex]) => ({ type, name, value: fromHex(hex) }));
    const bytes = query(attributes, "");
    for (let end = 1; end < bytes.length; end++) {
      expect(() => queryTextAt(bytes.subarray(0, end), 0, end, CLIENT_QUERY_ATTRIBUTES)).toThrow(ProtocolError);
    }
  });

  test("a count beyond all bounds is an error, not work", () => {
    const bytes = fromHex("03 fe ffffffffffff1f00 01 00 01");
    expect(() => textOf(bytes)).toThrow(ProtocolError);
  });
});
