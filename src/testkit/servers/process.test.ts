import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { isRunning, startDetached, stopProcess } from "./process.ts";

test("stopProcess() ends a process whose command line has the mark, and no other", async () => {
  const pid = await startDetached(["/bin/sleep", "61.5"], tmpdir(), "/dev/null");
  expect(await isRunning(pid, "61.5")).toBe(true);
  expect(await isRunning(pid, "--datadir=/elsewhere")).toBe(false);
  await stopProcess(pid, "--datadir=/elsewhere", 1_000);
  expect(await isRunning(pid, "61.5")).toBe(true);
  await stopProcess(pid, "61.5", 5_000);
  expect(await isRunning(pid, "61.5")).toBe(false);
});
