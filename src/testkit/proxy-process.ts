/** The built executable as a process: started on manifests, waited for, watched, stopped. */
import { closeSync, existsSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../lib/clock.ts";
import type { ClientLogin, PlacedManifests } from "./manifests.ts";
import { PISANIX } from "./paths.ts";
import { freePort, isListening } from "./servers/port.ts";
import { logTail, waitUntil } from "./servers/process.ts";

const TIMEOUT_READY_MS = 15_000;
const TIMEOUT_STOP_MS = 30_000;

export interface ProxyProcess {
  pid: number;
  login: ClientLogin;
  /** http://127.0.0.1:port of the admin server. */
  adminUrl: string;
  logFile: string;
  /** Milliseconds from spawn to the first accepted connection. */
  startMs: number;
  /** SIGTERM, and the exit code. Fails when the process needs longer than a grace period. */
  stop(): Promise<number>;
}

/** The command line that serves `manifests`, as a user would type it. */
export function proxyCommand({ directory, virtualDatabase }: PlacedManifests, adminPort: number): string[] {
  return [PISANIX, "proxy", "-f", directory, "--virtual-database", virtualDatabase, "--admin-port", String(adminPort)];
}

/** Starts `dist/pisanix proxy` on `manifests`, with more `options` of the command line, and returns when it says that it is ready. */
export async function startProxy(manifests: PlacedManifests, options: readonly string[] = []): Promise<ProxyProcess> {
  const adminPort = await freePort();
  const started = await startPisanix([...proxyCommand(manifests, adminPort), ...options], manifests, adminPort);
  return { ...started, login: manifests.login };
}

/** Starts `dist/pisanix proxy` on a configuration file, which has the admin server on `adminPort`, and returns when it is ready. */
export function startConfigured(file: string, port: number, adminPort: number): Promise<Omit<ProxyProcess, "login">> {
  return startPisanix([PISANIX, "proxy", "--config", file], { directory: dirname(file), login: { port } }, adminPort);
}

async function startPisanix(
  command: readonly string[],
  { directory, login: { port } }: { directory: string; login: { port: number } },
  adminPort: number,
): Promise<Omit<ProxyProcess, "login">> {
  if (!existsSync(PISANIX)) throw new Error(`${PISANIX} is not there: run \`make build\``);
  const logFile = join(directory, "proxy.log");
  const log = openSync(logFile, "a");
  const startedMs = systemClock.monotonicMs();
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: log, stderr: log });
  closeSync(log);
  const isUp = () => child.exitCode === null && child.signalCode === null;
  while (isUp() && !(await isListening(port)) && systemClock.monotonicMs() - startedMs < TIMEOUT_READY_MS)
    await Bun.sleep(2);
  const startMs = systemClock.monotonicMs() - startedMs;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const isReady = await waitUntil(async () => !isUp() || (await answersOk(`${adminUrl}/readyz`)), TIMEOUT_READY_MS);
  if (!isReady || !isUp()) {
    child.kill("SIGKILL");
    const what = isReady ? `ended with exit code ${await child.exited}` : "is not ready";
    throw new Error(`pisanix proxy ${what}; the end of its log:\n${await logTail(logFile)}`);
  }
  return { pid: child.pid, adminUrl, logFile, startMs, stop: () => stopChild(child, logFile) };
}

async function stopChild(child: Bun.Subprocess, logFile: string): Promise<number> {
  child.kill("SIGTERM");
  const isGone = await waitUntil(async () => child.exitCode !== null || child.signalCode !== null, TIMEOUT_STOP_MS);
  if (isGone) return child.exited;
  child.kill("SIGKILL");
  throw new Error(
    `pisanix proxy did not end ${TIMEOUT_STOP_MS} ms after SIGTERM; the end of its log:\n${await logTail(logFile)}`,
  );
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Refused: not yet listening.
    return false;
  }
}
