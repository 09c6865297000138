/** Manifests for the programs of the testkit: the shop's of deploy/examples, moved to the running servers, and a plain pair for measuring. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "./paths.ts";
import type { ServerAddress } from "./servers/address.ts";

/** How a client reaches the proxy of a VirtualDatabase. */
export interface ClientLogin {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export interface PlacedManifests {
  directory: string;
  /** NS/NAME, as `--virtual-database` wants it. */
  virtualDatabase: string;
  login: ClientLogin;
}

const SOCKS_SHOP = join(REPOSITORY, "deploy", "examples", "socks-shop");

/**
 * Writes the socks shop's manifests into `directory` with the addresses of this machine: the listener on `port`, and the DatabaseEndpoints on `servers` in turn.
 * Everything else, comments included, stays as the example has it.
 */
export async function placeSocksShop(
  directory: string,
  port: number,
  servers: readonly ServerAddress[],
): Promise<PlacedManifests> {
  const names = (await readdir(SOCKS_SHOP)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(SOCKS_SHOP, name), "utf8")));
  let endpoints = 0;
  let login: ClientLogin | undefined;
  for (const [index, name] of names.entries()) {
    const documents = (texts[index] ?? "").split(/^---$/m).map((document) => {
      if (/^kind: VirtualDatabase$/m.test(document)) {
        const placed = withValues(document, { host: "127.0.0.1", port: String(port) });
        login = loginOf(placed, port);
        return placed;
      }
      const server = servers[endpoints % servers.length];
      if (server === undefined || !/^kind: DatabaseEndpoint$/m.test(document)) return document;
      endpoints++;
      return withValues(document, { ...accountOf(server), host: server.host, port: String(server.port) });
    });
    await writeFile(join(directory, name), documents.join("---"), { mode: 0o600 });
  }
  if (login === undefined || endpoints === 0)
    throw new Error(`${SOCKS_SHOP} has no VirtualDatabase with DatabaseEndpoints`);
  return { directory, virtualDatabase: "demotest/catalogue", login };
}

export interface PlainListener {
  poolSize: number;
  /** Patterns of statements that are refused. */
  refused?: readonly string[];
  /** Paths of what it shows to clients that want TLS. */
  tls?: { cert: string; key: string };
}

/** Writes manifests into `directory`: one listener and one endpoint. Clients may have any database when `database` is "". */
export async function placePlain(
  directory: string,
  port: number,
  server: ServerAddress,
  database: string,
  { poolSize, refused = [], tls }: PlainListener,
): Promise<PlacedManifests> {
  const { user, password } = accountOf(server);
  const login = { host: "127.0.0.1", port, user, password, database };
  const text = `apiVersion: core.database-mesh.io/v1alpha1
kind: VirtualDatabase
metadata: { name: measured, namespace: testkit }
spec:
  services:
    - name: ${server.name}
      databaseMySQL: { host: 127.0.0.1, port: ${port}, user: ${user}, password: "${password}", db: "${database}", poolSize: ${poolSize} }
      trafficStrategy: measured
      tls: ${tls === undefined ? "{ mode: optional }" : JSON.stringify({ mode: "optional", ...tls })}
---
apiVersion: core.database-mesh.io/v1alpha1
kind: TrafficStrategy
metadata: { name: measured, namespace: testkit }
spec:
  selector: { matchLabels: { source: ${server.name} } }
  loadBalance: { simpleLoadBalance: { kind: roundrobin } }
  circuitBreaks: ${JSON.stringify(refused.map((regex, index) => ({ name: `rule-${index + 1}`, regex: [regex] })))}
---
apiVersion: core.database-mesh.io/v1alpha1
kind: DatabaseEndpoint
metadata: { name: ${server.name}, namespace: testkit, labels: { source: ${server.name} } }
spec: { database: { MySQL: { host: ${server.host}, port: ${server.port}, user: ${user}, password: "${password}", db: ${database || "test"} } } }
`;
  await writeFile(join(directory, "measured.yaml"), text, { mode: 0o600 });
  return { directory, virtualDatabase: "testkit/measured", login };
}

/** The account that a proxy uses on `server`: the one with the server's default plugin. */
export function accountOf(server: ServerAddress): { user: string; password: string } {
  const account = server.accounts[0];
  if (account === undefined) throw new Error(`${server.name} has no test account: run \`make servers\``);
  return { user: account.user, password: account.password };
}

/** `document` with the value of each key in `values` replaced, in block and in flow style. */
export function withValues(document: string, values: Record<string, string>): string {
  let text = document;
  for (const [key, value] of Object.entries(values)) {
    const pattern = new RegExp(`(^\\s*(?:- )?|[{,]\\s*)(${key}:[ \\t]*)([^\\s,}#]+)`, "gm");
    if (!pattern.test(text)) throw new Error(`a manifest of ${SOCKS_SHOP} has no \`${key}:\` to replace`);
    text = text.replace(pattern, (_, before: string, name: string) => `${before}${name}${value}`);
  }
  return text;
}

function loginOf(document: string, port: number): ClientLogin {
  const value = (key: string) => {
    const found = document.match(new RegExp(`(?:^\\s*(?:- )?|[{,]\\s*)${key}:[ \\t]*["']?([^\\s,}#"']+)`, "m"));
    if (found?.[1] === undefined) throw new Error(`the VirtualDatabase of ${SOCKS_SHOP} has no \`${key}:\``);
    return found[1];
  };
  return { host: "127.0.0.1", port, user: value("user"), password: value("password"), database: value("db") };
}
