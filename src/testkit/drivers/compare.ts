/** What a program told over two ways, side by side. */
import { meansSame } from "./known.ts";
import { ACT_FAILED, PROGRAM_ENDED, type Told } from "./program.ts";
import type { Expectation, Scenario } from "./scenario.ts";

/** One step whose outcome is not what it should be. */
export interface Difference {
  scenario: string;
  /** 0 is the log-in that every scenario begins with. */
  step: number;
  /** What the step does. */
  what: string;
  expected: string;
  got: string;
}

/** Steps whose direct outcome is not what their scenario says: the scenario or the program is wrong, and proves nothing. */
export function unexpected(scenario: Scenario, told: Told): Difference[] {
  if ("unsupported" in told) return [];
  return told.outcomes.flatMap((outcome, i) => {
    const expect = scenario.steps[i - 1]?.expect;
    const errno = errorOf(outcome);
    if (isExpected(expect, errno)) return [];
    const expected = expect === undefined ? "no error" : `error ${expect.error}`;
    return [{ scenario: scenario.name, step: i, what: textOf(scenario, i), expected, got: JSON.stringify(outcome) }];
  });
}

/** Steps whose outcomes differ in what they mean. */
export function differences(scenario: Scenario, driver: string, direct: Told, proxied: Told): Difference[] {
  const [expected, got] = [outcomesOf(direct), outcomesOf(proxied)];
  const found: Difference[] = [];
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    if (meansSame(driver, expected[i], got[i])) continue;
    const what = textOf(scenario, i);
    found.push({
      scenario: scenario.name,
      step: i,
      what,
      expected: expected[i] ?? "nothing",
      got: got[i] ?? "nothing",
    });
  }
  return found;
}

/** A direct outcome that proves nothing, for people. */
export function showUnexpected({ scenario, step, what, expected, got }: Difference): string {
  return `${scenario}, step ${step} (${what}): direct is not as the scenario says, ${expected}:\n    ${got.slice(0, 300)}`;
}

/** Both outcomes from where they part, for people. */
export function showDifference({ scenario, step, what, expected, got }: Difference): string {
  let start = 0;
  while (start < expected.length && expected[start] === got[start]) start++;
  const from = Math.max(0, start - 60);
  const part = (text: string) => `${from > 0 ? "..." : ""}${text.slice(from, from + 300)}`;
  return `${scenario}, step ${step} (${what}):\n    direct  ${part(expected)}\n    proxied ${part(got)}`;
}

function outcomesOf(told: Told): string[] {
  return "unsupported" in told ? [told.unsupported] : told.outcomes.map((outcome) => JSON.stringify(outcome));
}

function isExpected(expect: Expectation | undefined, errno: number | "none" | "other"): boolean {
  if (expect === undefined) return errno === "none";
  if (expect.error === "maybe") return true;
  return errno !== "none" && (expect.error === "any" || errno === "other" || errno === expect.error);
}

/** The number of an error, "other" for one of the driver's own, "none" for a success. */
function errorOf(outcome: unknown): number | "none" | "other" {
  if (typeof outcome === "string" && [ACT_FAILED, PROGRAM_ENDED].some((words) => outcome.startsWith(words)))
    return Number.NaN;
  if (outcome === null || typeof outcome !== "object" || !("error" in outcome)) return "none";
  const { errno } = outcome.error as { errno?: unknown };
  return typeof errno === "number" ? errno : "other";
}

function textOf(scenario: Scenario, step: number): string {
  const done = step === 0 ? { do: "connect", ...scenario.login } : scenario.steps[step - 1];
  return done === undefined ? "the other party" : JSON.stringify(done).slice(0, 160);
}
