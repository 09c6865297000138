/** Server processes that outlive the program that started them, known by pid and by a word of their command line. */
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { systemClock } from "../../lib/clock.ts";
import { lastLines } from "./command.ts";

const POLL_MS = 20;
const EXEC_LIMIT_MS = 5_000;

/** Starts `argv` in a session of its own, its output appended to `logFile`, and returns its pid once it bears its own command line. */
export async function startDetached(argv: readonly string[], directory: string, logFile: string): Promise<number> {
  const log = openSync(logFile, "a");
  const child = Bun.spawn([...argv], { cwd: directory, stdin: "ignore", stdout: log, stderr: log, detached: true });
  closeSync(log);
  child.unref();
  // Between fork and exec the new process still shows our command line, and would be taken for someone else's.
  const commandLine = argv.join("\0");
  await waitUntil(async () => child.exitCode !== null || (await isRunning(child.pid, commandLine)), EXEC_LIMIT_MS);
  return child.pid;
}

/** True while `pid` is alive and its command line contains `mark`, so that a pid which the kernel gave to someone else is not ours. */
export async function isRunning(pid: number, mark: string): Promise<boolean> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return commandLine.includes(mark);
  } catch {
    // No such process, or not readable: not ours.
    return false;
  }
}

/** Ends `pid` if it is ours: SIGTERM, and SIGKILL when it is still there after `graceMs`. Returns once it is gone. */
export async function stopProcess(pid: number, mark: string, graceMs: number): Promise<void> {
  if (!(await isRunning(pid, mark))) return;
  process.kill(pid, "SIGTERM");
  const isGone = async () => !(await isRunning(pid, mark));
  if (await waitUntil(isGone, graceMs)) return;
  process.kill(pid, "SIGKILL");
  await waitUntil(isGone, graceMs);
}

/** Polls `condition` until it is true (then true) or `limitMs` have passed (then false). */
export async function waitUntil(condition: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = systemClock.monotonicMs() + limitMs;
  while (systemClock.monotonicMs() < deadline) {
    if (await condition()) return true;
    await Bun.sleep(POLL_MS);
  }
  return condition();
}

/** The end of a log file, indented, or a word that it is empty. */
export async function logTail(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trim() === "" ? `  (${logFile} is empty)` : `${lastLines(text, 15)}\n  (${logFile})`;
}
