/**
 * The connections to one endpoint, and the statements that wait for one. `sizeMax` is a true cap: connections that are
 * being opened, reset or lent all count.
 */
import type { HealthConfig, PoolMode } from "../api/proxy-config.ts";
import type { Bells } from "../lib/bell.ts";
import type { Clock } from "../lib/clock.ts";
import { type Places, placesTaken, type SharedPlaces } from "../lib/places.ts";
import type { Random } from "../lib/random.ts";
import type { SharedCells } from "../lib/worker-share.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import type { Lookup } from "../net/lookup.ts";
import type { Transport } from "../net/transport.ts";
import type { Logger } from "../telemetry/log.ts";
import type { PoolCounters } from "../telemetry/metrics-table.ts";
import type { Connection, ConnectionOwner, Origin, Shape } from "./connection.ts";
import type { ConnectionList } from "./connection-list.ts";
import type { Probe, ProbeLogin } from "./probe.ts";

/** What a lent connection tells its holder. */
export interface PoolEvents<Holder> {
  /** For whom a connection would be opened. */
  originOf(holder: Holder): Origin;
  /** Who the holder is and what it keeps its connection for, in a few words. */
  describe(holder: Holder): string;
  /** Since when it has it, monotonic. */
  heldSinceMs(holder: Holder): number;
  onResponse(holder: Holder, connection: Connection<Holder>, bytes: Uint8Array): void;
  onDrain(holder: Holder, connection: Connection<Holder>): void;
  /** The connection is gone; it must not be given back any more. */
  onLost(holder: Holder, connection: Connection<Holder>, reason: string): void;
  /** A parked connection is needed elsewhere and is no longer the holder's; onInsertId follows. */
  onTaken(holder: Holder, connection: Connection<Holder>): void;
  /** What LAST_INSERT_ID() was on the connection that was taken; null when it broke before it could say. */
  onInsertId(holder: Holder, value: string | null): void;
  /** A connection that the holder is known by, or had last, is closed: nothing of it is to be kept. */
  onForgotten(holder: Holder, connection: Connection<Holder>): void;
}

export interface PoolOptions {
  /** How long a holder keeps a connection: as long as it has to, or as long as it is there. */
  mode: PoolMode;
  sizeMax: number;
  /** Idle connections that are kept for those who come. */
  idleMin: number;
  connectingMax: number;
  /** Connections beyond `sizeMax`, for when all others are kept by holders at rest. */
  reserveMax: number;
  /** Connections beyond all these, of clients that log in with accounts of the server. */
  accountsMax: number;
  /** Holders at rest for this long are taken for such as will not be back soon. */
  timeoutReserveMs: number;
  waitMax: number;
  timeoutWaitMs: number;
  timeoutConnectMs: number;
  timeoutIdleMs: number;
  /** After so long a silence a connection is asked whether its server is still there, which has `timeoutPingMs` to answer. */
  timeoutQuietMs: number;
  timeoutPingMs: number;
  timeoutAgeMs: number;
  timeoutStalledMs: number;
  /** Sent to the server with every log-in. */
  attributes: AttributesBlock;
}

/** How a pool is to be. */
export interface PoolPlan {
  readonly options: PoolOptions;
  readonly health: HealthConfig;
  /** The account of probes; null for the endpoint's own. */
  readonly probeLogin: ProbeLogin | null;
}

/** Why a wait ended without a connection. */
export type WaitFailure = { kind: "timeout" | "full" | "unreachable" | "retired" | "closed"; reason: string };

/** A statement that waits for a connection. */
export interface Waiter<Holder> {
  readonly shape: Shape;
  readonly holder: Holder;
  readonly sinceMs: number;
  readonly onReady: (connection: Connection<Holder>) => void;
  readonly onFailed: (failure: WaitFailure) => void;
  /** Opened for nobody else, where holders have connections of their own. */
  own: Connection<Holder> | null;
}

/** A worker's part of a pool that it has in common with other workers: see pool-share.ts. */
export interface PoolShare {
  readonly worker: number;
  readonly workers: number;
  readonly bells: Bells;
  /** Places of connections, then by worker: whether it waits for one, and whether all of its are kept by holders at rest. */
  readonly cells: SharedCells;
  readonly places: Places;
  /** When this worker opened its last connection, monotonic. */
  openedMs: number;
  /** The kind of connection by which the endpoint is to be learnt, while there was no place for one. */
  first: Shape | null;
  /** A timer is going to look at what may be given up. */
  isLookDue: boolean;
  /** When a connection was last given up for another worker. */
  yieldedMs: number;
  /** A timer is going to tell that no place is left for others any more. */
  isYieldOverDue: boolean;
}

/** What a pool uses of the world outside. */
export interface PoolEdges {
  /** null where there is one worker. */
  readonly share: PoolShare | null;
  /** Where those in line are counted together with other workers'; null where there is one. */
  readonly line: SharedPlaces | null;
  /** The same for connections of clients with accounts of the server. */
  readonly accountPlaces: SharedPlaces | null;
  readonly counters: PoolCounters;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly transport: Transport;
  readonly lookup: Lookup;
  /** null where endpoints are not probed. */
  readonly probe: Probe | null;
}

/** When an endpoint that is down is tried next. */
export interface RetryPlan {
  /** When it will be; 0 while no try is due. Monotonic, as are the others. */
  dueMs: number;
  /** When it may be, if somebody wants it. */
  soonestMs: number;
  wantedUntilMs: number;
  cancel: () => void;
}

export interface Pool<Holder> extends ConnectionOwner<Holder>, Omit<PoolEdges, "line" | "accountPlaces">, PoolPlan {
  options: PoolOptions;
  health: HealthConfig;
  probeLogin: ProbeLogin | null;
  counters: PoolCounters;
  timeoutConnectMs: number;
  attributes: AttributesBlock;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly lookup: Lookup;
  /** The pools of the same listener whose endpoints have the same role, this one included. */
  peers: readonly Pool<Holder>[];
  readonly connections: Set<Connection<Holder>>;
  readonly events: PoolEvents<Holder>;
  /** Clean, and nobody's. */
  readonly idle: ConnectionList<Holder>;
  /** Of sessions at rest that might still ask what their last statement left; taken from them when all else is in use. */
  readonly parked: ConnectionList<Holder>;
  readonly waiters: Waiter<Holder>[];
  /** Places of those who wait, at most `waitMax`. */
  readonly line: Places;
  /** Of connections in `accounts`, at most `accountsMax`. */
  readonly accountPlaces: Places;
  /** The connections to the same endpoint of clients with accounts of the server: see accounts.ts. null before the first. */
  accounts: Pool<Holder> | null;
  /** It is such a one itself. */
  isForAccounts: boolean;
  isClosed: boolean;
  /** No route leads here any more: it takes no work, and ends when the last holder has let go. */
  isRetired: boolean;
  /** Connections that are to be closed because the pool has become smaller. */
  surplus: number;
  /** Counts the upkeep's looks at the pool. */
  turn: number;
  /** No connection is opened before, monotonic. */
  pausedUntilMs: number;
  cancelPause: () => void;
  /** Cancels the next look whether the pool is starved; null while none is to come. */
  cancelReserve: (() => void) | null;
  /** Cancels the next look for who has stood in line for too long; null while none is to come. */
  cancelLine: (() => void) | null;
  /** The shape asked for last: what a retry opens. */
  lastShape: Shape | null;
  readonly retry: RetryPlan;
  cancelProbe: () => void;
  /** Called when the endpoint has answered, or has failed to. */
  onHealth: () => void;
  /** Called when the last connection is gone. */
  onEmpty: () => void;
}

/** How many connections a pool has, by what they do. */
export interface PoolUse {
  sizeMax: number;
  busy: number;
  /** Kept by sessions at rest. */
  resting: number;
  connecting: number;
  resetting: number;
  parked: number;
  idle: number;
}

/** How the pool is used by this worker. */
export function useOf<Holder>({ connections, options }: Pool<Holder>): PoolUse {
  const counts = { connecting: 0, idle: 0, busy: 0, adopting: 0, parked: 0, resetting: 0, checking: 0, closed: 0 };
  let resting = 0;
  for (const { state, restSinceMs } of connections) {
    if (state === "busy" && restSinceMs >= 0) resting++;
    else counts[state]++;
  }
  const { connecting, resetting, parked } = counts;
  const [busy, idle] = [counts.busy + counts.adopting, counts.idle + counts.checking];
  return { sizeMax: options.sizeMax, busy, resting, connecting, resetting, parked, idle };
}

/** The same in words. */
export function textOfUse({ sizeMax, busy, resting, connecting, resetting, parked, idle }: PoolUse): string {
  const parts = [`${busy} busy`];
  if (resting > 0) parts.push(`${resting} kept by sessions at rest`);
  if (connecting > 0) parts.push(`${connecting} connecting`);
  if (resetting > 0) parts.push(`${resetting} resetting`);
  if (parked > 0) parts.push(`${parked} parked`);
  if (idle > 0) parts.push(`${idle} idle`);
  return `pool_size ${sizeMax}: ${parts.join(", ")}`;
}

/** How the pool is used, for people who wait for it. */
export function describeUse<Holder>(pool: Pool<Holder>): string {
  const { share, connections } = pool;
  const elsewhere = share === null ? 0 : placesTaken(share.places) - connections.size;
  return textOfUse(useOf(pool)) + (elsewhere > 0 ? `, ${elsewhere} of other workers` : "");
}

/** As many are named. */
const NAMED_MAX = 3;

/** Who has had a connection for the longest, for people who wait for one: "; held by ..." or "". */
export function describeUsers<Holder>(pool: Pool<Holder>): string {
  const holders = new Set<Holder>();
  for (const { holder } of pool.connections) if (holder !== null) holders.add(holder);
  const named = [...holders]
    .sort((left, right) => pool.events.heldSinceMs(left) - pool.events.heldSinceMs(right))
    .slice(0, NAMED_MAX)
    .map((holder) => pool.events.describe(holder));
  if (named.length === 0) return "";
  const rest = holders.size - named.length;
  return `; held longest by ${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
