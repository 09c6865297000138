/** The parts of a simulated server. */
import type { Random } from "../../lib/random.ts";
import type { Wire } from "../../net/wire.ts";
import type { RawPacket } from "../packet-stream.ts";
import type { Database, Party } from "./model/database.ts";
import type { Flavour } from "./model/flavour.ts";
import type { Outcome } from "./model/operation.ts";
import type { ModelSession } from "./model/session.ts";
import type { Host } from "./network.ts";
import type { PacketBuffer } from "./packets.ts";
import type { Pipe, Weather } from "./pipe.ts";
import type { Schedule } from "./schedule.ts";
import type { Spoken } from "./spoken.ts";

/** How a server treats those who come. */
export interface ServerManners {
  readonly plugin: string;
  readonly password: string;
  readonly connectionsMax: number;
  /** Milliseconds that a statement takes at most, waits apart. */
  delayMsMax: number;
  /** Milliseconds that a statement waits for a lock. */
  readonly lockWaitMs: number;
  /** In this share of answers the server stops for a while in the middle. */
  pauseShare: number;
  /** Milliseconds of such a stop at most. */
  readonly pauseMsMax: number;
}

/** What became of a statement of a client. */
export interface Execution {
  readonly server: string;
  readonly connectionId: number;
  readonly outcome: Outcome;
  readonly answer: readonly Uint8Array[];
}

/** What a server asks of the world, and what it tells it. */
export interface ServerWorld {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly weather: () => Weather;
  /** By nonce: what a client has said. */
  readonly spoken: Map<string, Spoken>;
  readonly executions: Map<string, Execution>;
  fail(what: string): void;
  trace(what: string): void;
}

export interface SimulatedServer extends Host {
  readonly name: string;
  readonly flavour: Flavour;
  readonly version: string;
  readonly capabilities: number;
  readonly manners: ServerManners;
  readonly world: ServerWorld;
  database: Database;
  readonly connections: Set<ServerConnection>;
  nextConnectionId: number;
  /** Statements that wait for a lock. */
  readonly blocked: Set<ServerConnection>;
}

/** What a connection is running. */
export interface Running {
  readonly packet: RawPacket;
  /** "ends" tells it how: with an error of the server's. */
  end: (outcome: Outcome) => void;
  /** Tries again to get what it waits for. */
  tryAgain: () => void;
}

export interface ServerConnection extends Party {
  readonly server: SimulatedServer;
  readonly wire: Wire<ServerConnection>;
  readonly pipe: Pipe;
  session: ModelSession;
  phase: "response" | "serving" | "gone";
  readonly inbox: PacketBuffer;
  readonly waiting: RawPacket[];
  running: Running | null;
  /** The file of a LOAD DATA LOCAL is on its way. */
  isReadingFile: boolean;
}
