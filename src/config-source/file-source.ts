/** Configurations from files: read again when they change, when they are asked for, and now and then because a change may go unheard. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { hasErrors, type Issue } from "../lib/issue.ts";
import { type Applied, configFailed, configServed } from "../telemetry/config-status.ts";
import type { ConfigFailure } from "../telemetry/metrics-table.ts";
import { type ConfigSource, logWarnings, mistakesOf, type SourceEdges } from "./source.ts";
import { type FolderWatch, watchFolders } from "./watch-folders.ts";

/** Whoever writes several files, or one in pieces, is given this long after each change. */
const SETTLE_MS = 100;
/** How often files are looked at that are watched, and those that cannot be. */
const LOOK_MS = 60_000;
const LOOK_UNWATCHED_MS = 2_000;

/** Files as they were read. */
export interface Loaded {
  /** The same while they say the same. */
  readonly digest: string;
  /** Where changes are to be looked for; none where there is nothing to look at again. */
  readonly folders: readonly string[];
  parse(): Parsed;
}

export interface Parsed {
  /** null when `issues` has errors. */
  readonly config: ProxyConfig | null;
  readonly issues: readonly Issue[];
  /** What it is called when there is none. */
  readonly failure: ConfigFailure & ("read" | "invalid");
}

export interface FileSourceOptions extends SourceEdges {
  /** Reads the files; never throws. */
  load(): Promise<Loaded>;
}

interface State {
  readonly options: FileSourceOptions;
  readonly watch: FolderWatch;
  /** Of the files that were tried last. */
  digest: string;
  /** They are not served for a reason that may pass, such as a port that is taken. */
  mayComeRight: boolean;
  /** The look that is under way. */
  running: Promise<Applied> | null;
  /** Begins when that is over, and whether somebody has asked for it. */
  next: Promise<Applied> | null;
  isNextAsked: boolean;
  isStopped: boolean;
  cancelSettle: () => void;
  cancelLook: () => void;
}

/** Goes on from `first`, which is served already. */
export function startFileSource(options: FileSourceOptions, first: Loaded): ConfigSource {
  const state: State = {
    ...{ options, watch: watchFolders(() => onChange(state)), digest: first.digest, mayComeRight: false },
    ...{
      running: null,
      next: null,
      isNextAsked: false,
      isStopped: false,
      cancelSettle: () => {},
      cancelLook: () => {},
    },
  };
  state.watch.set(first.folders);
  planLook(state, first.folders);
  return {
    reload: () => look(state, true),
    stop() {
      state.isStopped = true;
      state.watch.stop();
      state.cancelSettle();
      state.cancelLook();
    },
  };
}

function onChange(state: State): void {
  if (state.isStopped) return;
  state.cancelSettle();
  state.cancelSettle = state.options.clock.after(SETTLE_MS, () => void look(state, false));
}

function planLook(state: State, folders: readonly string[]): void {
  state.cancelLook();
  if (state.isStopped || folders.length === 0) return;
  const delayMs = state.watch.isComplete() ? LOOK_MS : LOOK_UNWATCHED_MS;
  state.cancelLook = state.options.clock.after(delayMs, () => void look(state, false));
}

/** One look at a time; whoever asks while one is under way gets one that begins after it. */
function look(state: State, isAsked: boolean): Promise<Applied> {
  if (state.running !== null) {
    state.isNextAsked ||= isAsked;
    state.next ??= state.running.then(() => {
      const wasAsked = state.isNextAsked;
      state.next = null;
      state.isNextAsked = false;
      return look(state, wasAsked);
    });
    return state.next;
  }
  state.running = lookOnce(state, isAsked)
    .catch((error: unknown) => refuse(state.options, "rejected", `internal error: ${String(error)}`))
    .finally(() => {
      state.running = null;
    });
  return state.running;
}

async function lookOnce(state: State, isAsked: boolean): Promise<Applied> {
  const { options } = state;
  const { status, log } = options;
  const loaded = await options.load();
  if (state.isStopped) return { kind: "refused", message: "the proxy is stopping" };
  state.watch.set(loaded.folders);
  planLook(state, loaded.folders);
  const isNew = loaded.digest !== state.digest;
  if (!isNew && !isAsked && !state.mayComeRight) {
    if (status.trouble === null) configServed(status, status.generation, null);
    return { kind: "unchanged", generation: status.generation };
  }
  state.digest = loaded.digest;
  const { config, issues, failure } = loaded.parse();
  if (isNew) logWarnings(log, issues);
  if (config === null || hasErrors(issues)) {
    state.mayComeRight = false;
    return refuse(options, failure, mistakesOf(issues));
  }
  const applied = await options.apply(config);
  state.mayComeRight = applied.kind === "refused";
  if (applied.kind === "refused") return refuse(options, "rejected", applied.message);
  if (applied.kind === "unchanged" && (isAsked || isNew))
    log.info("configuration is the same", { source: status.source });
  configServed(status, applied.generation, null);
  return applied;
}

function refuse({ status }: FileSourceOptions, failure: ConfigFailure, message: string): Applied {
  configFailed(status, failure, message);
  return { kind: "refused", message };
}
