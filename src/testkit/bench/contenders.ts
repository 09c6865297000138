/** The ways from the load to the server: directly, and through each proxy, all of them up at once. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ClientLogin, placePlain } from "../manifests.ts";
import { type ProxyProcess, startProxy } from "../proxy-process.ts";
import type { ServerAddress } from "../servers/address.ts";
import { unpackDebian } from "../servers/debian.ts";
import { freePort } from "../servers/port.ts";
import { writeCertificates } from "./certificates.ts";
import { startHaproxy } from "./haproxy.ts";
import { startRouter } from "./router.ts";
import { RULES } from "./scenarios.ts";

const POOL_SIZE = 64;

export interface Contender {
  name: "direct" | "haproxy" | "router" | "pisanix" | "pisanix, 2 workers" | "pisanix, 20 rules";
  login: ClientLogin;
  /** A client's TLS ends in it. */
  endsTls: boolean;
  /** The process in between. */
  pid?: number;
}

export interface Contenders {
  all: readonly Contender[];
  /** Starts another pisanix, as it is before any load; it is stopped with the others. */
  startFresh(): Promise<ProxyProcess>;
  stop(): Promise<void>;
}

/** Starts every contender in front of `server`; with `isQuick` only those of `--quick`. */
export async function startContenders(
  scratch: string,
  server: ServerAddress,
  direct: ClientLogin,
  isQuick: boolean,
): Promise<Contenders> {
  const stops: Array<() => Promise<unknown>> = [];
  const all: Contender[] = [{ name: "direct", login: direct, endsTls: false }];
  const certificate = await writeCertificates(scratch);
  const startPisanix = async (folder: string, rules: number, options: readonly string[] = []) => {
    const directory = join(scratch, folder);
    await mkdir(directory);
    const port = await freePort();
    const listener = { poolSize: POOL_SIZE, refused: RULES.slice(0, rules), tls: certificate };
    const manifests = await placePlain(directory, port, server, direct.database, listener);
    const started = await startProxy(manifests, options);
    stops.push(started.stop);
    return started;
  };
  const stop = async () => {
    for (const stopOne of stops) await stopOne();
  };
  try {
    const haproxy = await startHaproxy(await unpackDebian("bookworm"), scratch, direct);
    stops.push(haproxy.stop);
    all.push({ name: "haproxy", login: haproxy.login, endsTls: false, pid: haproxy.pid });
    const pisanix = await startPisanix("pisanix", 2);
    all.push({ name: "pisanix", login: pisanix.login, endsTls: true, pid: pisanix.pid });
    if (!isQuick) {
      const two = await startPisanix("workers", 2, ["--workers", "2"]);
      all.push({ name: "pisanix, 2 workers", login: two.login, endsTls: true, pid: two.pid });
      const governed = await startPisanix("governed", RULES.length);
      all.push({ name: "pisanix, 20 rules", login: governed.login, endsTls: true, pid: governed.pid });
      const router = await startRouter(await unpackDebian("router"), scratch, direct, certificate);
      stops.push(router.stop);
      all.push({ name: "router", login: router.login, endsTls: true, pid: router.pid });
    }
    return { all, startFresh: () => startPisanix("fresh", 2), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
