import { describe, expect, test } from "bun:test";
import { fromHex, toHex } from "../testkit/wire-file.ts";
import { newCursor } from "./cursor.ts";
import { errBytes, readErr } from "./err.ts";
import { ER_ACCESS_DENIED_ERROR, ProtocolError, sqlStateOf } from "./errors.ts";

describe("errBytes()", () => {
  test("has the SQLSTATE of its number, and no space before the message", () => {
    expect(toHex(errBytes(2, ER_ACCESS_DENIED_ERROR, "no"))).toBe(
      `0b000002ff1504233238303030${toHex(Buffer.from("no"))}`,
    );
    expect(sqlStateOf(99_999)).toBe("HY000");
  });

  test("cuts a message that no client would take", () => {
    const { message } = readErr(newCursor(errBytes(1, 1105, "x".repeat(10_000)), 4));
    expect(message).toBe("x".repeat(500));
  });
});

describe("readErr()", () => {
  test("is what errBytes() wrote", () => {
    expect(readErr(newCursor(errBytes(1, 1064, "near 'é'", "42000"), 4))).toEqual({
      code: 1064,
      sqlState: "42000",
      message: "near 'é'",
    });
  });

  test("an ERR before authentication has no SQLSTATE", () => {
    const payload = Buffer.concat([fromHex("ff1004"), Buffer.from("Too many connections")]);
    expect(readErr(newCursor(payload))).toEqual({ code: 1040, sqlState: "HY000", message: "Too many connections" });
  });

  test("a '#' that is no SQLSTATE belongs to the message", () => {
    expect(readErr(newCursor(fromHex("ff1004 23 414243"))).message).toBe("#ABC");
  });

  test("a packet without a number is an error", () => {
    for (const hex of ["ff", "ff10"]) expect(() => readErr(newCursor(fromHex(hex)))).toThrow(ProtocolError);
  });
});
