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
const WARM_UP = { compiled: 1, compiling: 5 };

export interface Contender {
  name: "direct" | "haproxy" | "router" | "pisanix" | "pisanix, 2 workers" | "pisanix, 20 rules";
  login: ClientLogin;
  /** A client's TLS ends in it. */
  endsTls: boolean;
  /** Seconds of a load before it is measured: a runtime that compiles what is hot needs some. */
  warmUpSeconds: number;
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
  const all: Contender[] = [{ name: "direct", login: direct, endsTls: false, warmUpSeconds: WARM_UP.compiled }];
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
    const { compiled, compiling } = WARM_UP;
    all.push({ name: "haproxy", ...haproxy, endsTls: false, warmUpSeconds: compiled });
    const pisanix = await startPisanix("pisanix", 2);
    all.push({ name: "pisanix", ...pisanix, endsTls: true, warmUpSeconds: compiling });
    if (!isQuick) {
      const two = await startPisanix("workers", 2, ["--workers", "2"]);
      all.push({ name: "pisanix, 2 workers", ...two, endsTls: true, warmUpSeconds: compiling });
      const governed = await startPisanix("governed", RULES.length);
      all.push({ name: "pisanix, 20 rules", ...governed, endsTls: true, warmUpSeconds: compiling });
      const router = await startRouter(await unpackDebian("router"), scratch, direct, certificate);
      stops.push(router.stop);
      all.push({ name: "router", ...router, endsTls: true, warmUpSeconds: compiled });
    }
    return { all, startFresh: () => startPisanix("fresh", 2), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
