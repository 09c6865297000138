/** Where a program connects to: the server itself, or a proxy in front of it with a listener for each account. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import { startConfigured } from "../proxy-process.ts";
import type { ServerAddress } from "../servers/address.ts";
import { freePort } from "../servers/port.ts";
import type { Account, Accounts } from "./accounts.ts";

export interface Target {
  /** `direct`, or the size of the proxy's pool. */
  name: string;
  host: string;
  /** By name; each has its port, because a listener has one account. */
  accounts: Record<string, Account & { port: number }>;
  stop(): Promise<void>;
}

/** The plugin that a listener insists on, where the account of a scenario is about one; any elsewhere. */
const LISTENER_PLUGINS: Readonly<Record<string, string>> = {
  native: "mysql_native_password",
  sha2: "caching_sha2_password",
  sha256: "sha256_password",
  ed25519: "client_ed25519",
};

/** The server itself. */
export function directTarget({ host, port }: ServerAddress, accounts: Accounts): Target {
  const withPorts = Object.entries(accounts).map(([name, account]) => [name, { ...account, port }] as const);
  return { name: "direct", host, accounts: Object.fromEntries(withPorts), stop: async () => {} };
}

/** The built executable in front of `server`, encrypted on both sides where `tls` says so. */
export async function proxyTarget(
  server: ServerAddress,
  accounts: Accounts,
  options: { poolSize: number; tls: boolean; scratch: string },
): Promise<Target> {
  const ports = new Map<string, number>();
  for (const name of Object.keys(accounts)) ports.set(name, await freePort());
  const portOf = (name: string) => ports.get(name) ?? 0;
  const adminPort = await freePort();
  const file = join(options.scratch, "pisanix.yaml");
  const config = proxyConfig(server, accounts, portOf, adminPort, options);
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const proxy = await startConfigured(file, portOf("main"), adminPort);
  const withPorts = Object.entries(accounts).map(
    ([name, account]) => [name, { ...account, port: portOf(name) }] as const,
  );
  return {
    name: `pool of ${options.poolSize}`,
    host: "127.0.0.1",
    accounts: Object.fromEntries(withPorts),
    stop: async () => {
      await proxy.stop();
    },
  };
}

function proxyConfig(
  server: ServerAddress,
  accounts: Accounts,
  portOf: (name: string) => number,
  adminPort: number,
  { poolSize, tls }: { poolSize: number; tls: boolean },
): unknown {
  const file = (name: string) => join(REPOSITORY, "testdata", "tls", name);
  return {
    admin: { host: "127.0.0.1", port: adminPort, log_level: "INFO" },
    proxy: {
      config: Object.entries(accounts).map(([name, account]) => ({
        name,
        listen_addr: `127.0.0.1:${portOf(name)}`,
        ...account,
        db: "",
        ...(LISTENER_PLUGINS[name] === undefined ? {} : { auth_plugin: LISTENER_PLUGINS[name] }),
        pool_size: poolSize,
        simple_loadbalance: { balance_type: "roundrobin", nodes: [name] },
        // Wrong passwords are part of the scenarios, and all come from one address.
        limits: { login_failures_max: 1_000_000 },
        ...(tls ? { tls: { mode: "optional", cert: file("server.pem"), key: file("server.key.pem") } } : {}),
      })),
    },
    mysql: {
      node: Object.entries(accounts).map(([name, account]) => ({
        name,
        ...account,
        db: "",
        host: server.host,
        port: server.port,
        tls: { mode: tls ? "required" : "disabled" },
      })),
    },
  };
}
