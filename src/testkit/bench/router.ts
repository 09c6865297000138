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
  /** Relays whatever the client does. */
  login: ClientLogin;
  /** Ends the client's TLS. */
  tlsLogin: ClientLogin;
  stop(): Promise<void>;
}

/** Starts MySQL Router in front of `server`; its files go into `directory`, its TLS shows `certificate`. */
export async function startRouter(
  debian: DebianRoot,
  directory: string,
  server: ClientLogin,
  certificate: CertificateFiles,
): Promise<RouterProcess> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  for (const folder of ["run", "data"]) await mkdir(join(directory, folder));
  const config = join(directory, "router.conf");
  await writeFile(config, configuration(debian, directory, server, { port, tlsPort, ...certificate }));
  const child = Bun.spawn(debianCommand(debian, "usr/bin/mysqlrouter", ["-c", config]), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (!(await waitUntil(async () => (await isListening(port)) && (await isListening(tlsPort)), TIMEOUT_START_MS))) {
    child.kill();
    throw new Error(`mysqlrouter does not listen on ports ${port} and ${tlsPort} after ${TIMEOUT_START_MS} ms`);
  }
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  const at = (chosen: number): ClientLogin => ({ ...server, host: "127.0.0.1", port: chosen });
  return { pid: child.pid, login: at(port), tlsLogin: at(tlsPort), stop };
}

function configuration(
  { root }: DebianRoot,
  directory: string,
  server: ClientLogin,
  { port, tlsPort, cert, key }: { port: number; tlsPort: number } & CertificateFiles,
): string {
  const route = (name: string, bindPort: number, tls: string) => `[routing:${name}]
bind_address=127.0.0.1
bind_port=${bindPort}
destinations=${server.host}:${server.port}
routing_strategy=first-available
protocol=classic
max_connections=2000
${tls}
`;
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
${route("plain", port, "client_ssl_mode=PASSTHROUGH\nserver_ssl_mode=AS_CLIENT")}
${route("tls", tlsPort, `client_ssl_mode=REQUIRED\nserver_ssl_mode=DISABLED\nclient_ssl_cert=${cert}\nclient_ssl_key=${key}`)}`;
}
