import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { eventually } from "../testkit/eventually.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { giveBackCode, keepFootprintSmall, untouchedPages } from "./footprint.ts";

const isLinux = process.platform === "linux";

const SMAPS = `
00200000-01a39000 r--p 00000000 fe:00 5794186                            /usr/bin/pisanix
Size:              24804 kB
Rss:                6180 kB
Anonymous:             0 kB
01a40000-0684a000 r-xp 01838000 fe:00 5794186                            /usr/bin/pisanix
Anonymous:             0 kB
0684a000-0685f000 rw-p 06641000 fe:00 5794186                            /usr/bin/pisanix
Anonymous:             0 kB
0685f000-06867000 r--p 06656000 fe:00 5794186                            /usr/bin/pisanix
Anonymous:            12 kB
7f0000000000-7f0000100000 r-xp 00000000 fe:00 12                         /usr/lib/libc.so.6
Anonymous:             0 kB
7f0000200000-7f0000300000 r--p 00000000 00:00 0 
Anonymous:             0 kB
7f0000400000-7f0000500000 r--s 00000000 fe:00 5794186                    /usr/bin/pisanix
Anonymous:             0 kB
`;

test("untouchedPages() are those of the file that nobody may write and nobody has written", () => {
  expect(untouchedPages(SMAPS, "/usr/bin/pisanix")).toEqual([
    { start: 0x0020_0000, end: 0x01a3_9000 },
    { start: 0x01a4_0000, end: 0x0684_a000 },
  ]);
  expect(untouchedPages(SMAPS.replaceAll("/pisanix", "/pisanix (deleted)"), "/usr/bin/pisanix")).toHaveLength(2);
  expect(untouchedPages(SMAPS, "/usr/bin/other")).toEqual([]);
});

test.if(isLinux)("giveBackCode() unmaps code, which runs on", async () => {
  const before = mappedCode();
  expect(await giveBackCode()).toBe(true);
  expect(mappedCode()).toBeLessThan(before * 0.8);
});

test.if(isLinux)("keepFootprintSmall() goes on until it is stopped", async () => {
  const clock = virtualClock();
  const stop = keepFootprintSmall(clock);
  expect(clock.waiting()).toBe(1);
  clock.advance(3_000);
  await eventually(() => clock.waiting() === 1);
  stop();
  expect(clock.waiting()).toBe(0);
});

/** Kilobytes of the executable's code that are mapped. */
function mappedCode(): number {
  const mappings = readFileSync("/proc/self/smaps", "latin1").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const code = mappings.find((text) => text.includes(" r-xp ") && text.includes(process.execPath)) ?? "";
  return Number(/^Rss: +(\d+) kB$/m.exec(code)?.[1]);
}
