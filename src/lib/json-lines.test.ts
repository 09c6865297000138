import { expect, test } from "bun:test";
import { newLineReader, readLines } from "./json-lines.ts";

test("readLines() puts together what arrives in pieces, also characters of several bytes", () => {
  const bytes = new TextEncoder().encode('{"a":"ü€"}\n\n{"b":2}\n{"c"');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const reader = newLineReader(100);
    const lines = [...readLines(reader, bytes.subarray(0, cut)), ...readLines(reader, bytes.subarray(cut))];
    expect(lines).toEqual(['{"a":"ü€"}', '{"b":2}']);
    expect(reader.rest).toBe('{"c"');
  }
});

test("readLines() refuses a line without end", () => {
  const reader = newLineReader(10);
  expect(readLines(reader, new TextEncoder().encode("0123456789"))).toEqual([]);
  expect(() => readLines(reader, new TextEncoder().encode("0"))).toThrow("more than 10 characters");
});
