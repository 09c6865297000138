/**
 * What kubeconfig files say, merged and reduced to one context, as kubectl does it. Pure: the files were read before, and
 * the files that they name are read later, because those change.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { newSecret, type Secret } from "../lib/secret.ts";
import { didYouMean } from "../lib/suggest.ts";
import { readYaml } from "../lib/yaml.ts";

/** A kubeconfig file. `directory` is where it lies: paths in it are relative to that. */
export interface KubeconfigFile {
  file: string;
  directory: string;
  text: string;
}

/** PEM text, or the absolute path of a file that holds it. */
export type Pem = { kind: "data"; data: Secret } | { kind: "file"; path: string };

/** A program that gives credentials (client.authentication.k8s.io). */
export interface ExecConfig {
  apiVersion: string;
  /** As it is to be started: absolute, or to be found in PATH. */
  command: string;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  installHint: string;
  providesClusterInfo: boolean;
}

/** How the server is to be reached and convinced. */
export interface ClusterConfig {
  /** Where this was read, for messages. */
  origin: string;
  /** `https://host:port`, possibly with a path; no slash at its end. */
  server: string;
  /** The name that the certificate must bear, when it is not the host of `server`. */
  serverName: string | null;
  isVerified: boolean;
  ca: Pem | null;
  proxyUrl: string | null;
  namespace: string;
  certificate: Pem | null;
  key: Pem | null;
  token: Secret | null;
  tokenFile: string | null;
  basic: { user: string; password: Secret } | null;
  exec: ExecConfig | null;
  /** Headers that ask to act as somebody else. */
  impersonation: Readonly<Record<string, string>>;
}

/** A mapping of the file and the way to it, so that what is wrong can be named. */
interface Entry {
  value: Record<string, unknown>;
  where: string;
  directory: string;
}

/**
 * The context called `wanted`, or the current one: of several files, the first that has an entry counts.
 * @throws Error that names the file and the field, and says what to do.
 */
export function selectContext(files: readonly KubeconfigFile[], wanted: string | undefined): ClusterConfig {
  const roots = files.map(readRoot);
  const names = files.map(({ file }) => file).join(", ");
  const current = roots.map(({ value }) => value["current-context"]).find((name) => typeof name === "string" && name);
  const name = wanted ?? (current as string | undefined);
  if (name === undefined) {
    throw new Error(`${names}: no context is chosen: set current-context, or name one of ${listed(roots, "contexts")}`);
  }
  const context = namedEntry(roots, "contexts", "context", name);
  const cluster = namedEntry(roots, "clusters", "cluster", textOf(context, "cluster") ?? "");
  const userName = textOf(context, "user") ?? "";
  const user = userName === "" ? null : namedEntry(roots, "users", "user", userName);
  return configOf(names, cluster, user, textOf(context, "namespace") ?? "default");
}

function configOf(origin: string, cluster: Entry, user: Entry | null, namespace: string): ClusterConfig {
  const server = (textOf(cluster, "server") ?? "").replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(server)) {
    throw new Error(`${cluster.where}.server: ${JSON.stringify(server)} is no address: write https://HOST:PORT`);
  }
  const ca = pemOf(cluster, "certificate-authority");
  const isVerified = cluster.value["insecure-skip-tls-verify"] !== true;
  if (!isVerified && ca !== null) {
    throw new Error(`${cluster.where}: certificate-authority and insecure-skip-tls-verify exclude each other`);
  }
  const config: ClusterConfig = {
    origin,
    server,
    serverName: textOf(cluster, "tls-server-name"),
    isVerified,
    ca,
    proxyUrl: proxyOf(cluster),
    namespace,
    certificate: null,
    key: null,
    token: null,
    tokenFile: null,
    basic: null,
    exec: null,
    impersonation: {},
  };
  return user === null ? config : { ...config, ...userOf(user) };
}

function userOf(user: Entry): Partial<ClusterConfig> {
  if (user.value["auth-provider"] !== undefined) {
    throw new Error(`${user.where}.auth-provider: Kubernetes has dropped these plugins: use exec instead`);
  }
  const certificate = pemOf(user, "client-certificate");
  const key = pemOf(user, "client-key");
  if ((certificate === null) !== (key === null)) {
    throw new Error(`${user.where}: client-certificate and client-key are of use together only: add the other`);
  }
  const token = textOf(user, "token");
  const tokenFile = textOf(user, "tokenFile");
  const name = textOf(user, "username");
  return {
    certificate,
    key,
    token: token === null ? null : newSecret(token),
    tokenFile: tokenFile === null ? null : absolute(user.directory, tokenFile),
    basic: name === null ? null : { user: name, password: newSecret(textOf(user, "password") ?? "") },
    exec: execOf(user),
    impersonation: impersonationOf(user),
  };
}

/** `key-data` in base64, or the path `key`; data counts first. */
function pemOf(entry: Entry, key: string): Pem | null {
  const data = textOf(entry, `${key}-data`);
  if (data !== null) return { kind: "data", data: newSecret(Buffer.from(data, "base64").toString("utf8")) };
  const path = textOf(entry, key);
  return path === null ? null : { kind: "file", path: absolute(entry.directory, path) };
}

function proxyOf(cluster: Entry): string | null {
  const url = textOf(cluster, "proxy-url");
  if (url === null || /^https?:\/\//.test(url)) return url;
  throw new Error(`${cluster.where}.proxy-url: only http:// and https:// proxies are supported, not ${url}`);
}

function execOf(user: Entry): ExecConfig | null {
  const value = user.value["exec"];
  if (value === undefined || value === null) return null;
  const exec = entryOf(value, `${user.where}.exec`, user.directory);
  const apiVersion = textOf(exec, "apiVersion") ?? "";
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion)) {
    const known = "client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1";
    throw new Error(`${exec.where}.apiVersion: ${JSON.stringify(apiVersion)} is not supported: use ${known}`);
  }
  const command = textOf(exec, "command");
  if (command === null) throw new Error(`${exec.where}.command is missing: name the program that gives credentials`);
  if (exec.value["interactiveMode"] === "Always") {
    throw new Error(`${exec.where}.interactiveMode: Always needs a terminal, and this process has none`);
  }
  const environment: Record<string, string> = {};
  for (const item of listOf(exec, "env")) environment[textOf(item, "name") ?? ""] = textOf(item, "value") ?? "";
  const args = Array.isArray(exec.value["args"]) ? exec.value["args"].map(String) : [];
  return {
    apiVersion,
    // A bare name is searched in PATH; everything else is a path.
    command: command.includes("/") ? absolute(user.directory, command) : command,
    args,
    environment,
    installHint: textOf(exec, "installHint") ?? "",
    providesClusterInfo: exec.value["provideClusterInfo"] === true,
  };
}

/** Several groups would need a header that is sent several times, which this runtime's fetch joins to one. */
function impersonationOf(user: Entry): Record<string, string> {
  const headers: Record<string, string> = {};
  const as = textOf(user, "as");
  const uid = textOf(user, "as-uid");
  const groups = Array.isArray(user.value["as-groups"]) ? user.value["as-groups"].map(String) : [];
  if (groups.length > 1) throw new Error(`${user.where}.as-groups: only one group is supported`);
  if (user.value["as-user-extra"] !== undefined) throw new Error(`${user.where}.as-user-extra is not supported`);
  if (as !== null) headers["Impersonate-User"] = as;
  if (uid !== null) headers["Impersonate-Uid"] = uid;
  if (groups[0] !== undefined) headers["Impersonate-Group"] = groups[0];
  return headers;
}

function readRoot({ file, directory, text }: KubeconfigFile): Entry {
  const { documents, issues } = readYaml(text, file);
  const broken = issues.find((issue) => issue.severity === "error");
  if (broken !== undefined) throw new Error(`${file}:${broken.position.line}: ${broken.message}`);
  return entryOf(documents[0]?.value ?? {}, file, directory);
}

function namedEntry(roots: readonly Entry[], list: string, field: string, name: string): Entry {
  for (const root of roots) {
    const found = listOf(root, list).find((item) => item.value["name"] === name);
    if (found !== undefined) return entryOf(found.value[field] ?? {}, `${found.where}.${field}`, root.directory);
  }
  const names = roots.flatMap((root) => listOf(root, list).map((item) => String(item.value["name"])));
  const places = roots.map(({ where }) => where).join(", ");
  throw new Error(`${places}: ${list} has none called "${name}": ${didYouMean(name, names, "it is empty")}`);
}

function listed(roots: readonly Entry[], list: string): string {
  const names = roots.flatMap((root) => listOf(root, list).map((item) => String(item.value["name"])));
  return names.length === 0 ? "none, for there are none" : names.join(", ");
}

function listOf(entry: Entry, key: string): Entry[] {
  const list = entry.value[key];
  if (!Array.isArray(list)) return [];
  return list.map((item, index) => entryOf(item, `${entry.where}: ${key}[${index}]`, entry.directory));
}

function entryOf(value: unknown, where: string, directory: string): Entry {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { value: value as Record<string, unknown>, where, directory };
  }
  throw new Error(`${where} must be a mapping`);
}

/** Null when it is absent or empty. */
function textOf(entry: Entry, key: string): string | null {
  const value = entry.value[key];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  throw new Error(`${entry.where}.${key} must be text: put it in quotes`);
}

function absolute(directory: string, path: string): string {
  return path.startsWith("/") ? path : `${directory}/${path}`;
}
