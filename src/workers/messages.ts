/** What the main thread and its workers say to each other. Everything here is plain data that a thread can be sent. */

import type { EngineOptions } from "../proxy/engine.ts";
import type { KillOrder, KillOutcome } from "../proxy/kill-order.ts";
import type { LogLevel } from "../telemetry/log-line.ts";

/** The first message to a worker. */
export interface WorkerStart {
  readonly kind: "start";
  readonly worker: number;
  readonly workers: number;
  readonly bells: SharedArrayBuffer;
  readonly spread: SharedArrayBuffer;
  readonly options: EngineOptions;
  readonly logLevel: LogLevel;
}

/** A configuration with what its listeners have in common with those of other workers. */
export interface ConfigMessage {
  readonly kind: "config";
  readonly version: number;
  /** packConfig()'s. */
  readonly packed: string;
  /** Cells by name, for each listener of the configuration. */
  readonly cells: ReadonlyArray<ReadonlyMap<string, SharedArrayBuffer>>;
}

/** What a worker is asked. Each question has one answer. */
export type Question =
  | ConfigMessage
  | { readonly kind: "readiness" | "listeners" | "sessions" | "collect" | "ping" }
  | { readonly kind: "sessions-with-id"; readonly id: number }
  | { readonly kind: "kill"; readonly order: KillOrder }
  | { readonly kind: "stop"; readonly graceMs: number };

export type ToWorker =
  | WorkerStart
  | { readonly kind: "ask"; readonly ask: number; readonly question: Question }
  /** The answer to a worker's own "kill". */
  | { readonly kind: "killed"; readonly ask: number; readonly outcome: KillOutcome };

export type FromWorker =
  /** It hears messages: those from before would be lost. */
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly ask: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly ask: number; readonly message: string }
  /** A new series of metrics; its numbers lie in shared memory. */
  | {
      readonly kind: "series";
      readonly scope: string;
      readonly labels: readonly string[];
      readonly values: Float64Array;
    }
  | { readonly kind: "forget"; readonly scope: string; readonly labels: readonly string[] }
  | { readonly kind: "kill"; readonly ask: number; readonly order: KillOrder };
