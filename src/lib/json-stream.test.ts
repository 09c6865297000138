import { expect, test } from "bun:test";
import { objectStarts } from "./json-stream.ts";

test("objectStarts() finds where every object of a stream begins", () => {
  expect(objectStarts('{"a": {"b": "}{\\"}{"}}')).toEqual([0]);
  expect(objectStarts('\ufeff {}\n{"a": [-1.5e3, true, null]}{}')).toEqual([2, 5, 32]);
});

test("objectStarts() finds nothing in what is no JSON, or not only objects", () => {
  const others = ["", "a: 1", "[{}]", '"{}"', "{}\n---\n{}", "{a: '}{'}", "{} # {}", "}{", "{}]", "{'a': 1}"];
  expect(others.filter((text) => objectStarts(text).length > 0)).toEqual([]);
});
