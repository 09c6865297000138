/** A source of configurations from a scripted controller, with what it has served and said, and its clock in the test's hand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProxyConfig } from "../api/proxy-config.ts";
import type { ControllerSettings } from "../config-source/controller-address.ts";
import { TIMEOUT_REQUEST_MS } from "../config-source/controller-client.ts";
import { startControllerSource } from "../config-source/controller-source.ts";
import { FIRST_LINE_MS, SILENCE_MS } from "../config-source/controller-stream.ts";
import { seededRandom } from "../lib/random.ts";
import { type Applied, type ConfigStatus, newConfigStatus } from "../telemetry/config-status.ts";
import { newProxyMetrics, renderMetrics } from "../telemetry/metrics.ts";
import { eventually } from "./eventually.ts";
import { recordingLogger } from "./log.ts";
import { type ControllerAnswer, scriptedController } from "./scripted-controller.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

/** Deadlines of what is asked and not answered yet; the last is that of a request that is held until something changes. */
const DEADLINES_MS = [TIMEOUT_REQUEST_MS, FIRST_LINE_MS, 70_000];

/** A configuration as a controller gives it; `poolSize` tells it from others. */
export function aConfigOf(poolSize: number): object {
  return {
    admin: { host: "0.0.0.0", port: 5591, log_level: "INFO" },
    proxy: { config: [{ name: "a", listen_addr: "127.0.0.1:3306", pool_size: poolSize }] },
    mysql: { node: [{ name: "db", user: "u", password: "hunter2" }] },
    node_group: { member: [] },
  };
}

export const CONFIG_PATH = "/apis/configs.database-mesh.io/v1alpha1/namespaces/shop/proxyconfigs/catalogue";

/** A virtual clock, a wait until no request of ours has its deadline there, and one until no stream is listened to. */
function aWatchedClock() {
  const virtual = virtualClock();
  const asking = new Set<object>();
  const streams = new Set<object>();
  const clock: VirtualClock = {
    ...virtual,
    after(delayMs, run) {
      const timer = {};
      const forget = () => {
        asking.delete(timer);
        streams.delete(timer);
      };
      if (DEADLINES_MS.includes(delayMs)) asking.add(timer);
      if (delayMs === SILENCE_MS) streams.add(timer);
      const cancel = virtual.after(delayMs, () => {
        forget();
        run();
      });
      return () => {
        forget();
        cancel();
      };
    },
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const quiet = async () => {
    // Between two requests there may be a turn without one.
    for (let turns = 0; turns < 3; turns = asking.size === 0 ? turns + 1 : 0) await turn();
  };
  const ended = () => eventually(() => streams.size === 0);
  return { clock, quiet, ended };
}

/** Everything started here ends by `tearDown`. */
export function newControllerSourceRig() {
  const stops: Array<() => void | Promise<void>> = [];
  const aFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), "pisanix-controller-source-"));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const aController = (answer: ControllerAnswer, tls?: { cert: string; key: string }) => {
    const controller = scriptedController(answer, tls);
    stops.push(controller.stop);
    return controller;
  };
  const aSource = (port: number, more: Partial<ControllerSettings> & { stateFolder?: string } = {}) => {
    const { stateFolder = null, ...settings } = more;
    const { clock, quiet, ended } = aWatchedClock();
    const [log, metrics] = [recordingLogger(), newProxyMetrics()];
    const status: ConfigStatus = newConfigStatus("controller", { clock, log, metrics });
    const served: number[] = [];
    const state = { refusal: null as string | null };
    const apply = async (config: ProxyConfig): Promise<Applied> => {
      if (state.refusal !== null) return { kind: "refused", message: state.refusal };
      const size = config.proxy.config[0]?.pool_size ?? 0;
      const kind = served.at(-1) === size ? "unchanged" : "changed";
      if (kind === "changed") served.push(size);
      return { kind, generation: served.length };
    };
    const source = startControllerSource({
      ...{ clock, log, status, apply, stateFolder, random: seededRandom(1) },
      settings: {
        ...{ host: `127.0.0.1:${port}`, service: "pisanix-controller", namespace: "pisanix-system" },
        ...{ deployedNamespace: "shop", deployedName: "catalogue", tokenFile: undefined, caFile: undefined },
        ...settings,
      },
    });
    stops.push(source.stop);
    /** Lets time pass when every request has been answered; a test that did so before would see them time out. */
    const pass = async (ms: number) => {
      await quiet();
      clock.advance(ms);
    };
    /** Lets retries come until `check` holds. */
    const retrying = async (check: () => boolean) => {
      while (!check()) {
        await pass(5_000);
        await quiet();
      }
    };
    const errors = () => log.lines.filter(({ level }) => level === "ERROR").map(({ fields }) => fields?.["error"]);
    const scrape = () => renderMetrics(metrics);
    return { clock, log, status, served, state, source, quiet, ended, pass, retrying, errors, scrape };
  };
  const tearDown = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  return { aFolder, aController, aSource, tearDown };
}
