import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PIN_ADVICE } from "./pin-advice.ts";

test("the README has every reason for a pin, and the advice that the admin server gives", () => {
  const readme = readFileSync(join(import.meta.dir, "../../README.md"), "utf8");
  for (const [reason, { meaning, ends, change }] of Object.entries(PIN_ADVICE)) {
    expect(readme.includes(`| \`${reason}\` | ${meaning} | ${ends} | ${change} |\n`)).toBe(true);
  }
});
