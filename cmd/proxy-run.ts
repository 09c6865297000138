/** A proxy from its first configuration to its last session. */
import { ADMIN_DEFAULT } from "../src/api/proxy-config.ts";
import { type ControllerSettings, controllerUrl } from "../src/config-source/controller-address.ts";
import { startControllerSource } from "../src/config-source/controller-source.ts";
import { type Loaded, startFileSource } from "../src/config-source/file-source.ts";
import type { ConfigSource } from "../src/config-source/source.ts";
import { keepFootprintSmall } from "../src/lib/footprint.ts";
import { hasErrors } from "../src/lib/issue.ts";
import { systemRandom } from "../src/lib/random.ts";
import { type ServeOptions, type Serving, serve } from "../src/proxy/serve.ts";
import { type Applied, configServed } from "../src/telemetry/config-status.ts";
import { EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { withoutUsage } from "./config-files.ts";
import { printError, printIssues } from "./terminal.ts";

type Options = Omit<ServeOptions, "adminAtFirst" | "reload">;

const NOT_YET: Applied = { kind: "refused", message: "the proxy is starting" };
const ONCE: Applied = { kind: "refused", message: "the configuration was read from stdin, which is over" };

/** Serves what files say, as they change. The first configuration must be one that can be served. */
export async function runFiles(load: () => Promise<Loaded>, options: Options, graceMs: number): Promise<number> {
  const signals = listenToSignals();
  const first = await load();
  const { config, issues } = first.parse();
  await printIssues(issues);
  if (config === null || hasErrors(issues)) return EXIT_FINDINGS;
  let source: ConfigSource | null = null;
  const serving = await tryServe({
    ...{ ...options, adminAtFirst: config.admin },
    reload: async () => (source === null ? NOT_YET : source.reload()),
  });
  if (serving === null) return EXIT_FINDINGS;
  const applied = await serving.apply(config);
  if (applied.kind === "refused") {
    await serving.stop(0);
    await printError(`pisanix proxy: ${applied.message}\n`);
    return EXIT_FINDINGS;
  }
  configServed(serving.status, applied.generation, null);
  const isOnce = first.folders.length === 0;
  source = isOnce
    ? { reload: async () => ONCE, stop() {} }
    : startFileSource({ ...serving, load: async () => withoutUsage(await load()) }, first);
  return until(signals, serving, source, graceMs);
}

/** Serves what the controller says, as soon as it says something; what is kept in `stateFolder` when it is away at the start. */
export async function runWithController(
  settings: ControllerSettings,
  stateFolder: string | undefined,
  options: Omit<Options, "source">,
  graceMs: number,
): Promise<number> {
  const signals = listenToSignals();
  let source: ConfigSource | null = null;
  const serving = await tryServe({
    ...{ ...options, adminAtFirst: ADMIN_DEFAULT, source: `controller ${controllerUrl(settings)}` },
    reload: async () => (source === null ? NOT_YET : source.reload()),
  });
  if (serving === null) return EXIT_FINDINGS;
  const started = { ...serving, settings, stateFolder: stateFolder ?? null, random: systemRandom };
  source = startControllerSource(started);
  return until(signals, serving, source, graceMs);
}

async function tryServe(options: ServeOptions): Promise<Serving | null> {
  try {
    return await serve(options);
  } catch (error) {
    await printError(`pisanix proxy: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

/** Signals from the first moment on: a SIGHUP that nobody hears ends the process. */
interface Signals {
  onReload: () => void;
  /** Called for SIGTERM and SIGINT. */
  onStop: () => void;
}

function listenToSignals(): Signals {
  const signals: Signals = { onReload() {}, onStop: () => process.exit(EXIT_OK) };
  process.on("SIGHUP", () => signals.onReload());
  process.on("SIGTERM", () => signals.onStop());
  process.on("SIGINT", () => signals.onStop());
  return signals;
}

/** Serves until SIGTERM or SIGINT; a second one does not wait for anybody. SIGHUP has the source asked again. */
async function until(signals: Signals, serving: Serving, source: ConfigSource, graceMs: number): Promise<number> {
  signals.onReload = () => {
    serving.log.info("SIGHUP: the configuration is read again");
    void source.reload().then((applied) => {
      if (applied.kind === "refused") serving.log.warn("reload failed", { error: applied.message });
    });
  };
  const stopShrinking = keepFootprintSmall(serving.clock);
  await new Promise<void>((resolve) => {
    let stops = 0;
    signals.onStop = () => {
      stops++;
      stopShrinking();
      source.stop();
      void serving.stop(stops === 1 ? graceMs : 0).then(resolve);
    };
  });
  return EXIT_OK;
}
