import { expect, test } from "bun:test";
import * as v from "valibot";
import { seconds, toNanoseconds } from "./duration.ts";

const read = (written: unknown) => v.safeParse(seconds("a window"), written);
const complaint = (written: unknown) => read(written).issues?.[0]?.message;

test("toNanoseconds() reads what Go's ParseDuration reads", () => {
  const cases: [string, bigint | null][] = [
    ["0", 0n],
    ["10s", 10_000_000_000n],
    ["1m30s", 90_000_000_000n],
    ["1.5h", 5_400_000_000_000n],
    [".5s", 500_000_000n],
    ["1.s", 1_000_000_000n],
    ["500ms", 500_000_000n],
    ["2h45m0.5s1us1µs1ns", 9_900_500_002_001n],
    ["0.1s", 100_000_000n],
    ["10", null],
    ["s", null],
    [".s", null],
    ["1.2.3s", null],
    ["1d", null],
    ["-1s", null],
    ["1 s", null],
    ["", null],
  ];
  for (const [written, expected] of cases) expect([written, toNanoseconds(written)]).toEqual([written, expected]);
});

test("seconds() takes a number as seconds and a duration as what it says", () => {
  for (const [written, expected] of [
    [1, 1],
    [100, 100],
    ["10s", 10],
    ["1m30s", 90],
    ["2000ms", 2],
  ] as const) {
    expect(read(written).output).toBe(expected);
  }
});

test("seconds() refuses what is not whole seconds, and says how to round", () => {
  expect(complaint("500ms")).toContain('round it to "1s"');
  expect(complaint("2500ms")).toContain('round it to "2s"');
  expect(complaint(0)).toContain("at least 1");
  expect(complaint(1.5)).toContain("must be whole seconds");
  expect(complaint(-1)).toContain("is no duration");
  expect(complaint("soon")).toContain('is no duration: "soon"');
});

test("seconds() takes Go's nanoseconds for the mistake that they are", () => {
  expect(complaint(10_000_000_000)).toContain('is it nanoseconds? then write "10s"');
  expect(complaint("9000h")).toContain("at most a year");
});
