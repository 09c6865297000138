import { expect, test } from "bun:test";
import { areKnown, kindsAfter } from "./parameter-types.ts";

const LONGLONG = [8, 0];
const UNSIGNED_LONG = [3, 0x80];
const DOUBLE = [5, 0];
const VAR_STRING = [253, 0];

function after(before: string, types: number[][], nulls = 0): string | null {
  return kindsAfter(before, Uint8Array.from(types.flat()), types.length, false, Uint8Array.of(nulls), 0);
}

test("kindsAfter() tells what values there were, and a NULL tells nothing", () => {
  expect(after("", [LONGLONG, DOUBLE])).toBe("id");
  expect(after("", [LONGLONG, DOUBLE], 0b10)).toBe("i.");
  expect(after("i.", [LONGLONG, VAR_STRING])).toBe("is");
  expect(after("is", [DOUBLE, DOUBLE], 0b11)).toBe("is");
  expect(after("", [UNSIGNED_LONG, [200, 0]])).toBe(`I${String.fromCharCode(0x1c8)}`);
});

test("kindsAfter() is null for a value of another kind", () => {
  expect(after("id", [DOUBLE, DOUBLE])).toBeNull();
  expect(after("i", [UNSIGNED_LONG])).toBeNull();
});

test("kindsAfter() steps over names", () => {
  const types = Uint8Array.from([8, 0, 1, 0x61, 253, 0, 0]);
  expect(kindsAfter("", types, 2, true, Uint8Array.of(0), 0)).toBe("is");
});

test("areKnown() when no parameter has only been NULL", () => {
  expect([areKnown("", 0), areKnown("", 1), areKnown("i.", 2), areKnown("id", 2)]).toEqual([true, false, false, true]);
});
