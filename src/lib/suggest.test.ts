import { expect, test } from "bun:test";
import { didYouMean, nearest } from "./suggest.ts";

test("nearest() finds letters that are missing, added, wrong, swapped or of another case", () => {
  const words = ["selector", "loadBalance", "circuitBreaks"];
  for (const typo of ["selctor", "sellector", "selektor", "slector", "seletcor", "SELECTOR"]) {
    expect(nearest(typo, words)).toBe("selector");
  }
  expect(nearest("circuitBreak", words)).toBe("circuitBreaks");
});

test("nearest() finds nothing when nothing is near", () => {
  expect(nearest("password", ["selector", "port"])).toBeNull();
  expect(nearest("x", [])).toBeNull();
});

test("nearest() prefers the nearer word", () => {
  expect(nearest("prot", ["post", "port"])).toBe("port");
});

test("didYouMean() falls back to the list, then to other words", () => {
  expect(didYouMean("prot", ["host", "port"], "")).toBe('did you mean "port"?');
  expect(didYouMean("colour", ["port", "host"], "")).toBe("known here: host, port");
  expect(didYouMean("colour", [], "remove it")).toBe("remove it");
});
