import { describe, expect, test } from "bun:test";
import { countsOf, type Moments, type ProxySummary, settlesInMs } from "./programmed.ts";

const summary = (status: ProxySummary["status"], version: string, count = 1): ProxySummary => {
  return { status, version, count, error: status === "rejected" ? "no" : "" };
};
const NEVER = Number.NEGATIVE_INFINITY;

/** How much longer `Programmed` may stay true while proxies of one configuration, version b, say this. */
function settles(summaries: ProxySummary[], moments: Partial<Moments>): number {
  const all = { nowMs: 100_000, publishedMs: NEVER, heardMs: NEVER, tookOverMs: NEVER, ...moments };
  return settlesInMs([countsOf(summaries, "b")], all);
}

describe("settlesInMs()", () => {
  test("gives proxies a second to take up what was published", () => {
    const summaries = [summary("applied", "b"), summary("applied", "a")];
    expect(settles(summaries, { publishedMs: 99_600 })).toBe(600);
    expect(settles(summaries, { publishedMs: 98_000 })).toBe(0);
  });

  test("gives a proxy that has just connected a second to say something, but not one that serves another version", () => {
    expect(settles([summary("applied", "b"), summary("none", "")], { heardMs: 99_900 })).toBe(900);
    expect(settles([summary("applied", "b"), summary("none", "")], { heardMs: 98_000 })).toBe(0);
    expect(settles([summary("applied", "a"), summary("none", "")], { heardMs: 99_900 })).toBe(0);
  });

  test("gives proxies half a minute to come to a new leader, until the first of them is there", () => {
    expect(settles([], { tookOverMs: 90_000 })).toBe(20_000);
    expect(settles([], { tookOverMs: 60_000 })).toBe(0);
    expect(settles([summary("applied", "a")], { tookOverMs: 90_000 })).toBe(0);
    expect(settles([], { publishedMs: 100_000 })).toBe(0);
  });

  test("has a rejection told at once", () => {
    const moments = { publishedMs: 100_000, heardMs: 100_000, tookOverMs: 100_000 };
    expect(settles([summary("rejected", "b"), summary("none", "")], moments)).toBe(0);
  });
});
