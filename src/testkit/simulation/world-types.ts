/** The parts of a run. */
import type { RunningProxy } from "../../proxy/proxy.ts";
import type { RecordingLogger } from "../log.ts";
import type { ClientWorld, SimulatedClient } from "./client.ts";
import type { Plan } from "./plan.ts";
import type { RefusalKind } from "./refusals.ts";
import type { ServerWorld, SimulatedServer } from "./server-types.ts";

/** What has been counted. */
export interface Tallies {
  statements: number;
  refusals: Map<RefusalKind, number>;
  faults: Map<string, number>;
  sessions: number;
  cutOffs: number;
}

export interface World extends ServerWorld, ClientWorld {
  readonly plan: Plan;
  readonly servers: SimulatedServer[];
  readonly clients: SimulatedClient[];
  readonly proxy: RunningProxy;
  readonly log: RecordingLogger;
  readonly tallies: Tallies;
  readonly failures: string[];
  /** Clients whose connection the network has broken. */
  readonly broken: Set<string>;
  readonly lines: string[];
}
