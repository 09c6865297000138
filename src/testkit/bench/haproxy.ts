/** HAProxy in TCP mode with one thread: the least that a relay between client and server can cost. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientLogin } from "../manifests.ts";
import { type DebianRoot, debianCommand } from "../servers/debian.ts";
import { freePort, isListening } from "../servers/port.ts";
import { waitUntil } from "../servers/process.ts";

const TIMEOUT_START_MS = 10_000;

export interface HaproxyProcess {
  pid: number;
  login: ClientLogin;
  stop(): Promise<void>;
}

/** Starts HAProxy in front of `server`. */
export async function startHaproxy(
  debian: DebianRoot,
  directory: string,
  server: ClientLogin,
): Promise<HaproxyProcess> {
  const port = await freePort();
  const config = join(directory, "haproxy.cfg");
  await writeFile(config, configuration(port, server));
  const child = Bun.spawn(debianCommand(debian, "usr/sbin/haproxy", ["-db", "-f", config]), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (!(await waitUntil(() => isListening(port), TIMEOUT_START_MS))) {
    child.kill();
    throw new Error(`haproxy does not listen on port ${port} after ${TIMEOUT_START_MS} ms`);
  }
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { pid: child.pid, login: { ...server, host: "127.0.0.1", port }, stop };
}

function configuration(port: number, server: ClientLogin): string {
  return `global
  nbthread 1
  maxconn 2000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen mysql
  bind 127.0.0.1:${port}
  server one ${server.host}:${server.port}
`;
}
