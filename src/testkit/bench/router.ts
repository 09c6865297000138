/** MySQL Router with one thread: another proxy that reads the protocol, to be measured beside. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientLogin } from "../manifests.ts";
import { type DebianRoot, debianCommand } from "../servers/debian.ts";
import { freePort, isListening } from "../servers/port.ts";
import { waitUntil } from "../servers/process.ts";
import type { CertificateFiles } from "./certificates.ts";

const TIMEOUT_START_MS = 10_000;

export interface RouterProcess {
  pid: number;
  /**
   * With TLS or without. Router reads the protocol and ends TLS, as pisanix does; in its mode PASSTHROUGH it would only
   * relay.
   */
  login: ClientLogin;
  stop(): Promise<void>;
}

/** Starts MySQL Router in front of `server`; its files go into `directory`, its TLS shows `certificate`. */
export async function startRouter(
  debian: DebianRoot,
  directory: string,
  server: ClientLogin,
  certificate: CertificateFiles,
): Promise<RouterProcess> {
  const port = await freePort();
  for (const folder of ["run", "data"]) await mkdir(join(directory, folder));
  const config = join(directory, "router.conf");
  await writeFile(config, configuration(debian, directory, server, { port, ...certificate }));
  const child = Bun.spawn(debianCommand(debian, "usr/bin/mysqlrouter", ["-c", config]), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (!(await waitUntil(() => isListening(port), TIMEOUT_START_MS))) {
    child.kill();
    throw new Error(`mysqlrouter does not listen on port ${port} after ${TIMEOUT_START_MS} ms`);
  }
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { pid: child.pid, login: { ...server, host: "127.0.0.1", port }, stop };
}

function configuration(
  { root }: DebianRoot,
  directory: string,
  server: ClientLogin,
  { port, cert, key }: { port: number } & CertificateFiles,
): string {
  return `[DEFAULT]
plugin_folder=${join(root, "usr/lib/mysqlrouter/plugin")}
logging_folder=
runtime_folder=${join(directory, "run")}
data_folder=${join(directory, "data")}
max_total_connections=4000
[logger]
level=ERROR
[io]
threads=1
[routing:measured]
bind_address=127.0.0.1
bind_port=${port}
destinations=${server.host}:${server.port}
routing_strategy=first-available
protocol=classic
max_connections=2000
client_ssl_mode=PREFERRED
client_ssl_cert=${cert}
client_ssl_key=${key}
server_ssl_mode=DISABLED
`;
}
