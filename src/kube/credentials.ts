/**
 * Where the API server is and how to convince it: from kubeconfig files, or from what every pod finds in its file system.
 * Files and programs are asked again as they change, since tokens live for an hour. One of the two doors to the environment.
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { newSecret, reveal, type Secret } from "../lib/secret.ts";
import { type ExecCredential, runExec } from "./exec-credential.ts";
import { type ClusterConfig, type KubeconfigFile, type Pem, selectContext } from "./kubeconfig.ts";

/** How long what was read from files is used. */
const FRESH_MS = 60_000;
/** A credential that ends within this time is renewed before it is used. */
const EXPIRY_MARGIN_MS = 10_000;

const POD_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What a request needs now. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  /** The same object as long as nothing in it changes. */
  readonly session: Bun.FetchSession;
}

/** A way to an API server. */
export interface Credentials {
  /** `https://host:port`, without a slash at its end. */
  readonly server: string;
  /** The namespace of the context, or of the pod. */
  readonly namespace: string;
  /** The access to use now. @throws Error when a file cannot be read or the exec plugin fails. */
  access(): Promise<Access>;
  /** The server did not accept the last access: the next one is made anew. */
  forget(): void;
  /** Closes idle connections. */
  close(): void;
}

export interface CredentialsOptions {
  /** A kubeconfig file; it must be there. Default: KUBECONFIG, then the pod's own files, then ~/.kube/config. */
  kubeconfig?: string | undefined;
  /** Default: the current context. */
  context?: string | undefined;
  clock: Clock;
  /** Default: that of the process. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its own credentials. */
  podFolder?: string;
}

/** Finds the cluster. @throws Error that says where it looked and what to do. */
export async function findCredentials(options: CredentialsOptions): Promise<Credentials> {
  const environment = options.environment ?? process.env;
  const config = await findConfig(options, environment);
  return newCredentials(config, environment, options.clock);
}

async function findConfig(
  { kubeconfig, context, podFolder = POD_FOLDER }: CredentialsOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ClusterConfig> {
  if (kubeconfig !== undefined) return selectContext([await readKubeconfig(kubeconfig)], context);
  const listed = (environment["KUBECONFIG"] ?? "").split(":").filter((path) => path !== "");
  if (listed.length > 0) {
    const files = await readExisting(listed);
    if (files.length === 0) throw new Error(`KUBECONFIG names ${listed.join(", ")}, and no such file is there`);
    return selectContext(files, context);
  }
  const host = environment["KUBERNETES_SERVICE_HOST"];
  if (host !== undefined && host !== "" && context === undefined) {
    return podConfig(host, environment["KUBERNETES_SERVICE_PORT"] ?? "443", podFolder);
  }
  const home = `${environment["HOME"] ?? ""}/.kube/config`;
  const files = await readExisting([home]);
  if (files.length > 0) return selectContext(files, context);
  throw new Error(
    `no cluster is known: KUBECONFIG is not set, ${home} is not there, and this is no pod (KUBERNETES_SERVICE_HOST is not set): write --kubeconfig FILE`,
  );
}

async function readKubeconfig(path: string): Promise<KubeconfigFile> {
  const file = resolve(path);
  return { file: path, directory: dirname(file), text: await readFile(file, "utf8") };
}

async function readExisting(paths: readonly string[]): Promise<KubeconfigFile[]> {
  const read = paths.map((path) =>
    readKubeconfig(path).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    }),
  );
  return (await Promise.all(read)).filter((file) => file !== null);
}

/** What the kubelet gives to every pod. */
async function podConfig(host: string, port: string, folder: string): Promise<ClusterConfig> {
  const namespace = await readFile(`${folder}/namespace`, "utf8").catch((error: unknown) => {
    const remedy =
      "let the pod have its ServiceAccount's token (automountServiceAccountToken), or write --kubeconfig FILE";
    throw new Error(`this is a pod, but ${folder} cannot be read: ${remedy}`, { cause: error });
  });
  return {
    origin: folder,
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    serverName: null,
    isVerified: true,
    ca: { kind: "file", path: `${folder}/ca.crt` },
    proxyUrl: null,
    namespace: namespace.trim(),
    certificate: null,
    key: null,
    token: null,
    tokenFile: `${folder}/token`,
    basic: null,
    exec: null,
    impersonation: {},
  };
}

interface Material {
  ca: string | undefined;
  certificate: string | undefined;
  key: Secret | undefined;
  authorization: string | undefined;
  /** Monotonic milliseconds from which on it is read again. */
  staleMs: number;
}

/** The credentials that `config` amounts to. */
export function newCredentials(
  config: ClusterConfig,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Credentials {
  let staleMs = Number.NEGATIVE_INFINITY;
  let current: Access | null = null;
  let signature = "";
  let pending: Promise<Access> | null = null;
  const renew = async (): Promise<Access> => {
    const material = await readMaterial(config, environment, clock);
    const tls = [material.ca, material.certificate, material.key && reveal(material.key)].join("\0");
    const session = current !== null && tls === signature ? current.session : newSession(config, material);
    if (current !== null && session !== current.session) current.session.close();
    const headers: Record<string, string> = { ...config.impersonation };
    if (material.authorization !== undefined) headers["Authorization"] = material.authorization;
    current = { headers, session };
    signature = tls;
    staleMs = material.staleMs;
    return current;
  };
  return {
    server: config.server,
    namespace: config.namespace,
    async access() {
      if (current !== null && clock.monotonicMs() < staleMs) return current;
      pending ??= renew().finally(() => {
        pending = null;
      });
      return pending;
    },
    forget() {
      staleMs = Number.NEGATIVE_INFINITY;
    },
    close() {
      current?.session.close();
    },
  };
}

async function readMaterial(
  config: ClusterConfig,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<Material> {
  const ca = await readPem(config.ca, config.origin);
  const material: Material = {
    ca,
    certificate: await readPem(config.certificate, config.origin),
    key: secretOf(await readPem(config.key, config.origin)),
    authorization: await authorizationOf(config),
    staleMs: clock.monotonicMs() + FRESH_MS,
  };
  if (config.exec === null || material.authorization !== undefined || material.certificate !== undefined)
    return material;
  const credential = await runExec(config.exec, { ...config, ca }, environment, clock);
  return { ...material, ...materialOf(credential, clock) };
}

function materialOf({ token, certificate, key, expiresMs }: ExecCredential, clock: Clock): Partial<Material> {
  const leftMs = expiresMs === null ? Number.POSITIVE_INFINITY : expiresMs - clock.wallMs() - EXPIRY_MARGIN_MS;
  return {
    certificate: certificate === null ? undefined : reveal(certificate),
    key: key ?? undefined,
    authorization: token === null ? undefined : `Bearer ${reveal(token)}`,
    // Without an end it is good until the server refuses it.
    staleMs: clock.monotonicMs() + leftMs,
  };
}

/** A file counts before a token that stands in the kubeconfig, as it is the one that is renewed. */
async function authorizationOf({ token, tokenFile, basic }: ClusterConfig): Promise<string | undefined> {
  if (tokenFile !== null) {
    const text = (await readFile(tokenFile, "utf8").catch(() => "")).trim();
    if (text !== "") return `Bearer ${text}`;
    if (token === null) throw new Error(`the token file ${tokenFile} cannot be read, or is empty`);
  }
  if (token !== null) return `Bearer ${reveal(token)}`;
  if (basic === null) return undefined;
  return `Basic ${Buffer.from(`${basic.user}:${reveal(basic.password)}`).toString("base64")}`;
}

async function readPem(pem: Pem | null, origin: string): Promise<string | undefined> {
  if (pem === null) return undefined;
  if (pem.kind === "data") return reveal(pem.data);
  try {
    return await readFile(pem.path, "utf8");
  } catch (error) {
    throw new Error(`${pem.path}, which ${origin} names, cannot be read`, { cause: error });
  }
}

function secretOf(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : newSecret(text);
}

/** Idle connections that are kept; the client has more requests than these under way only in a burst. */
const IDLE_CONNECTIONS_MAX = 8;

function newSession(config: ClusterConfig, { ca, certificate, key }: Material): Bun.FetchSession {
  const tls: BunFetchRequestInitTLS = { rejectUnauthorized: config.isVerified };
  if (ca !== undefined) tls.ca = ca;
  if (certificate !== undefined && key !== undefined) {
    tls.cert = certificate;
    tls.key = reveal(key);
  }
  if (config.serverName !== null) tls.serverName = config.serverName;
  return new Bun.FetchSession({
    tls,
    ...(config.proxyUrl === null ? {} : { proxy: config.proxyUrl }),
    keepAlive: { maxIdleSockets: IDLE_CONNECTIONS_MAX, idleTimeout: 60 },
  });
}
