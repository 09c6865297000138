import { expect, test } from "bun:test";
import { parseUsage, readUsage } from "./process-usage.ts";

test("parseUsage() reads past a name with blanks and brackets", () => {
  const stat = "42 (a ) b) S 1 42 42 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 9 0 5000 1000000 2500";
  expect(parseUsage(stat, "Name:\ta\nVmRSS:\t   2048 kB\nThreads:\t9\n")).toEqual({
    userMs: 2500,
    systemMs: 310,
    rssBytes: 2048 * 1024,
  });
});

test("readUsage() counts this process", async () => {
  const usage = await readUsage(process.pid);
  expect(usage.rssBytes).toBeGreaterThan(1024 * 1024);
  expect(usage.userMs + usage.systemMs).toBeGreaterThan(0);
});
