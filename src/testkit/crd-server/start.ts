/** Starts etcd and the API server for custom resources on loopback, with certificates of their own, and says how to reach them. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { reveal } from "../../lib/secret.ts";
import { newAuthority, newLeaf } from "../../lib/x509.ts";
import { debianCommand } from "../servers/debian.ts";
import { freePort } from "../servers/port.ts";
import { logTail, startDetached, stopProcess, waitUntil } from "../servers/process.ts";
import type { CrdServerPrograms } from "./build.ts";

const TIMEOUT_START_MS = 60_000;
const TIMEOUT_STOP_MS = 10_000;
const DAY_MS = 86_400_000;

export interface RunningCrdServer {
  /** Path of a kubeconfig with a client certificate. */
  kubeconfig: string;
  stop(): Promise<void>;
}

/**
 * Starts both in `directory`, which is theirs alone, and waits until the server answers. `core` is the address of another API
 * server that has the webhook configurations which this one asks.
 */
export async function startCrdServer(
  programs: CrdServerPrograms,
  directory: string,
  core: string,
): Promise<RunningCrdServer> {
  const stops: Array<() => Promise<void>> = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const etcd = await startEtcd(programs, directory, stops);
    const kubeconfig = await startApiServer(programs, directory, etcd, core, stops);
    return { kubeconfig, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd({ debian, etcd }: CrdServerPrograms, directory: string, stops: Array<() => Promise<void>>) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const data = join(directory, "etcd");
  const peer = `http://127.0.0.1:${await freePort()}`;
  const args = [`--data-dir=${data}`, `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`];
  const options = [`--listen-peer-urls=${peer}`, "--unsafe-no-fsync", "--log-level=warn"];
  const logFile = join(directory, "etcd.log");
  const pid = await startDetached(debianCommand(debian, etcd, [...args, ...options]), directory, logFile);
  stops.push(() => stopProcess(pid, data, TIMEOUT_STOP_MS));
  await waitFor(`${url}/health`, {}, logFile);
  return url;
}

async function startApiServer(
  { apiServer }: CrdServerPrograms,
  directory: string,
  etcd: string,
  core: string,
  stops: Array<() => Promise<void>>,
): Promise<string> {
  const port = await freePort();
  const nowMs = systemClock.wallMs();
  const clients = await newAuthority({ commonName: "pisanix test clients" }, nowMs, DAY_MS);
  const subject = { organization: "system:masters", commonName: "pisanix-test" };
  const admin = await newLeaf(clients, { subject, purpose: "client", hosts: [], nowMs, validMs: DAY_MS });
  const place = async (name: string, text: string) => {
    await writeFile(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const clientCa = await place("clients.crt", clients.cert);
  const coreConfig = await place("core.yaml", coreKubeconfig(core));
  await mkdir(join(directory, "certs"), { recursive: true });
  const logFile = join(directory, "api-server.log");
  const argv = [
    apiServer,
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, "certs")}`,
    `--client-ca-file=${clientCa}`,
    "--authentication-skip-lookup",
    // A client certificate of system:masters needs nobody's word; webhooks it looks up there.
    ...["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((flag) => `--${flag}=${coreConfig}`),
    `--disable-admission-plugins=${ADMISSION_PLUGINS}`,
  ];
  const pid = await startDetached(argv, directory, logFile);
  stops.push(() => stopProcess(pid, directory, TIMEOUT_STOP_MS));
  const kubeconfig = await place("kubeconfig", kubeconfigOf(port));
  await place("admin.crt", admin.cert);
  const key = reveal(admin.key);
  await place("admin.key", key);
  const url = `https://localhost:${port}/apis/apiextensions.k8s.io/v1/customresourcedefinitions`;
  const tls = async () => ({ ca: await readFile(join(directory, SERVER_CA), "utf8"), cert: admin.cert, key });
  await waitFor(url, tls, logFile);
  return kubeconfig;
}

const SERVER_CA = "certs/apiserver.crt";
const ADMISSION_PLUGINS = "NamespaceLifecycle,MutatingAdmissionPolicy,ValidatingAdmissionPolicy";

function coreKubeconfig(server: string): string {
  return JSON.stringify({
    clusters: [{ name: "core", cluster: { server } }],
    contexts: [{ name: "core", context: { cluster: "core" } }],
    "current-context": "core",
  });
}

/** Paths in it are relative to where it lies. */
function kubeconfigOf(port: number): string {
  const cluster = { server: `https://localhost:${port}`, "certificate-authority": SERVER_CA };
  const user = { "client-certificate": "admin.crt", "client-key": "admin.key" };
  return `${JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "crd", cluster }],
    users: [{ name: "admin", user }],
    contexts: [{ name: "crd", context: { cluster: "crd", user: "admin" } }],
    "current-context": "crd",
  })}\n`;
}

async function waitFor(
  url: string,
  tls: BunFetchRequestInitTLS | (() => Promise<BunFetchRequestInitTLS>),
  logFile: string,
): Promise<void> {
  const isUp = await waitUntil(async () => {
    try {
      return (await fetch(url, { tls: typeof tls === "function" ? await tls() : tls })).ok;
    } catch {
      // Not listening yet, or its certificate is not yet written.
      return false;
    }
  }, TIMEOUT_START_MS);
  if (!isUp)
    throw new Error(`${url} did not answer within ${TIMEOUT_START_MS} ms; the log:\n${await logTail(logFile)}`);
}
