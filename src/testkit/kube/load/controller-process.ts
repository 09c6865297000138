/** The built executable as a controller: started on an API server, waited for, watched, stopped. */
import { closeSync, existsSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../lib/clock.ts";
import { PISANIX } from "../../paths.ts";
import { readUsage } from "../../process-usage.ts";
import { freePort } from "../../servers/port.ts";
import { logTail } from "../../servers/process.ts";
import { addNamespace, type FakeCluster } from "../cluster.ts";
import { HOME } from "../controller-rig.ts";

const TIMEOUT_READY_MS = 120_000;
const POLL_MS = 5;

export interface ControllerProcess {
  readonly name: string;
  readonly pid: number;
  readonly webhookPort: number;
  readonly configPort: number;
  readonly adminUrl: string;
  /** Milliseconds from spawn to ready. */
  readonly readyMs: number;
  /** Bytes of memory, and milliseconds of CPU time since the start. */
  usage(): Promise<{ rssBytes: number; cpuMs: number }>;
  isReady(): Promise<boolean>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
}

/** Starts `dist/pisanix controller` on `cluster`, its files in `directory`, and returns when it is ready. */
export async function startControllerProcess(
  cluster: FakeCluster,
  directory: string,
  name: string,
  flags: readonly string[] = [],
): Promise<ControllerProcess> {
  if (!existsSync(PISANIX)) throw new Error(`${PISANIX} is not there: run \`make build\``);
  addNamespace(cluster.store, HOME);
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOf(cluster.url));
  const token = join(directory, `${name}.token`);
  await writeFile(token, name);
  const username = `system:serviceaccount:${HOME}:pisanix-controller`;
  cluster.tokens.set(name, { username, audiences: ["pisanix-controller"] });
  const [webhookPort, configPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const argv = [
    ...[PISANIX, "controller", "--kubeconfig", kubeconfig, "--pod-name", name, "--pod-ip", "127.0.0.1"],
    ...[
      "--peer-token",
      token,
      "--webhook-host",
      "127.0.0.1",
      "--config-host",
      "127.0.0.1",
      "--admin-host",
      "127.0.0.1",
    ],
    ...["--webhook-port", `${webhookPort}`, "--config-port", `${configPort}`, "--admin-port", `${adminPort}`, ...flags],
  ];
  const logFile = join(directory, `${name}.log`);
  const log = openSync(logFile, "a");
  const startedMs = systemClock.monotonicMs();
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: log, stderr: log });
  closeSync(log);
  // Whatever ends the run: an interrupt, or a wait that was too long.
  process.on("exit", () => child.kill("SIGKILL"));
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const isUp = () => child.exitCode === null && child.signalCode === null;
  const isReady = () => answersOk(`${adminUrl}/readyz`);
  while (isUp() && !(await isReady()) && systemClock.monotonicMs() - startedMs < TIMEOUT_READY_MS)
    await Bun.sleep(POLL_MS);
  if (!(await isReady())) {
    child.kill("SIGKILL");
    throw new Error(`controller ${name} is not ready; the end of its log:\n${await logTail(logFile)}`);
  }
  const readyMs = systemClock.monotonicMs() - startedMs;
  return {
    ...{ name, pid: child.pid, webhookPort, configPort, adminUrl, readyMs, isReady },
    async usage() {
      const { rssBytes, userMs, systemMs } = await readUsage(child.pid);
      return { rssBytes, cpuMs: userMs + systemMs };
    },
    async stop() {
      child.kill("SIGTERM");
      return child.exited;
    },
  };
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    clusters: [{ name: "fake", cluster: { server } }],
    contexts: [{ name: "fake", context: { cluster: "fake", namespace: HOME } }],
    "current-context": "fake",
  });
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Refused: not yet listening, or no more.
    return false;
  }
}
