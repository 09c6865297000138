/** The end of `make build`: how large dist/pisanix is and how long it needs to start. */
import { stat } from "node:fs/promises";
import { systemClock } from "../lib/clock.ts";
import { PISANIX } from "./paths.ts";
import { runCommand } from "./servers/command.ts";
import { runProgram, say } from "./terminal.ts";

const STARTS = 9;

await runProgram(async () => {
  const { size } = await stat(PISANIX);
  const times: number[] = [];
  let version = "";
  for (let start = 0; start < STARTS; start++) {
    const startedMs = systemClock.monotonicMs();
    version = await runCommand([PISANIX, "--version"]);
    times.push(systemClock.monotonicMs() - startedMs);
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
  say(`${PISANIX}: ${(size / 1024 / 1024).toFixed(1)} MB; --version in ${median.toFixed(0)} ms (median of ${STARTS})`);
  say(version.trim());
  return 0;
});
