/**
 * Credentials from a program, as kubectl's exec plugins give them.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import type { Clock } from "../lib/clock.ts";
import { newSecret, type Secret } from "../lib/secret.ts";
import type { ClusterConfig, ExecConfig } from "./kubeconfig.ts";

/** How long the program may take. */
const TIMEOUT_EXEC_MS = 60_000;
/** What it may print; a certificate with its chain has a few thousand bytes. */
const OUTPUT_BYTES_MAX = 1_048_576;

export interface ExecCredential {
  token: Secret | null;
  certificate: Secret | null;
  key: Secret | null;
  /** Milliseconds since 1970; null when the credential has no end. */
  expiresMs: number | null;
}

/** What the program is told about the cluster when it wants to know. */
export type ClusterInfo = Pick<ClusterConfig, "server" | "serverName" | "isVerified" | "proxyUrl"> & {
  /** PEM text. */
  ca: string | undefined;
};

/**
 * Runs the program and reads what it prints.
 * @throws Error that names the program, what it printed to stderr, and its install hint when it is not there.
 */
export async function runExec(
  exec: ExecConfig,
  cluster: ClusterInfo,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<ExecCredential> {
  const info = { apiVersion: exec.apiVersion, kind: "ExecCredential", spec: specOf(exec, cluster) };
  const env = { ...environment, ...exec.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const child = start(exec, env);
  let isLate = false;
  const cancel = clock.after(TIMEOUT_EXEC_MS, () => {
    isLate = true;
    child.kill("SIGKILL");
  });
  try {
    const [output, complaint, exitCode] = await Promise.all([
      readBounded(child.stdout, exec.command),
      readBounded(child.stderr, exec.command),
      child.exited,
    ]);
    if (isLate) throw new Error(`${exec.command} gave no credential within ${TIMEOUT_EXEC_MS / 1000} s`);
    if (exitCode !== 0) {
      throw new Error(`${exec.command} ended with exit code ${exitCode}: ${complaint.trim().slice(0, 500)}`);
    }
    return parseExecCredential(output, exec);
  } finally {
    cancel();
    child.kill();
  }
}

/** Reads the ExecCredential that the program printed. @throws Error that says what is wrong with it. */
export function parseExecCredential(output: string, exec: Pick<ExecConfig, "command" | "apiVersion">): ExecCredential {
  let read: { apiVersion?: unknown; kind?: unknown; status?: Record<string, unknown> };
  try {
    read = JSON.parse(output);
  } catch (error) {
    throw new Error(`${exec.command} printed no JSON`, { cause: error });
  }
  if (read.kind !== "ExecCredential" || read.apiVersion !== exec.apiVersion) {
    throw new Error(`${exec.command} printed ${read.apiVersion} ${read.kind}, not ${exec.apiVersion} ExecCredential`);
  }
  const text = (name: string): Secret | null => {
    const value = read.status?.[name];
    return typeof value === "string" && value !== "" ? newSecret(value) : null;
  };
  const token = text("token");
  const certificate = text("clientCertificateData");
  const key = text("clientKeyData");
  if ((certificate === null) !== (key === null)) {
    throw new Error(`${exec.command} printed one of clientCertificateData and clientKeyData, but not the other`);
  }
  if (token === null && certificate === null) {
    throw new Error(`${exec.command} printed neither status.token nor status.clientCertificateData`);
  }
  const expires = read.status?.["expirationTimestamp"];
  const expiresMs = typeof expires === "string" ? Date.parse(expires) : Number.NaN;
  return { token, certificate, key, expiresMs: Number.isNaN(expiresMs) ? null : expiresMs };
}

function start(exec: ExecConfig, env: Record<string, string | undefined>) {
  try {
    return Bun.spawn([exec.command, ...exec.args], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  } catch (error) {
    const hint = exec.installHint === "" ? "" : `\n${exec.installHint}`;
    throw new Error(`${exec.command}, which the kubeconfig names for credentials, cannot be started${hint}`, {
      cause: error,
    });
  }
}

function specOf(exec: ExecConfig, cluster: ClusterInfo) {
  if (!exec.providesClusterInfo) return { interactive: false };
  const { server, serverName, isVerified, proxyUrl, ca } = cluster;
  return {
    interactive: false,
    cluster: {
      server,
      "tls-server-name": serverName ?? undefined,
      "insecure-skip-tls-verify": isVerified ? undefined : true,
      "certificate-authority-data": ca === undefined ? undefined : Buffer.from(ca).toString("base64"),
      "proxy-url": proxyUrl ?? undefined,
    },
  };
}

async function readBounded(stream: ReadableStream<Uint8Array>, command: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > OUTPUT_BYTES_MAX) throw new Error(`${command} printed more than ${OUTPUT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
