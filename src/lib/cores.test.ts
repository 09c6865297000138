import { expect, test } from "bun:test";
import { coresWithin } from "./cores.ts";

test("coresWithin() rounds a container's limit up, and never gives more than there are", () => {
  expect(coresWithin(8, "150000 100000\n")).toBe(2);
  expect(coresWithin(8, "50000 100000\n")).toBe(1);
  expect(coresWithin(2, "400000 100000\n")).toBe(2);
  for (const none of ["max 100000\n", "", "0 0", "nonsense"]) expect(coresWithin(8, none)).toBe(8);
});
