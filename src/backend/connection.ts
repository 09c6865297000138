/** A connection to a database: its socket, what was negotiated, and whose it is at the moment. */

import type { Clock } from "../lib/clock.ts";
import { CLIENT_IGNORE_SPACE, CLIENT_INTERACTIVE } from "../mysql/capabilities.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import type { Cursor } from "../mysql/cursor.ts";
import type { ErrPacket } from "../mysql/err.ts";
import { ProtocolError } from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES, payloadLengthAt, sequenceAt } from "../mysql/packet.ts";
import { newResponseTracker, type ResponseTracker } from "../mysql/response-tracker.ts";
import type { ConnectionEnds } from "../net/proxy-protocol.ts";
import { destroy, type Transport } from "../net/transport.ts";
import type { Wire, WireHandler } from "../net/wire.ts";
import type { ConnectFailure, DestroyReason } from "../telemetry/metrics-table.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Baseline, NO_SETTINGS, type Settings } from "./settings.ts";

/** What a client negotiated that an answer's bytes depend on; only connections of the same shape may serve it. */
export interface Shape {
  /** SHAPE_CAPABILITIES bits. */
  capabilities: number;
  /** SHAPE_MARIADB_CAPABILITIES bits. */
  mariadbCapabilities: number;
  /** Collation id of the handshake, which sets the character sets of the session. */
  collation: number;
  /** The id that a MariaDB server is told: the same, or the nearest where MariaDB does not know it. */
  collationMariadb: number;
}

export type ConnectionState = "connecting" | "idle" | "busy" | "adopting" | "parked" | "resetting" | "closed";

/** For whom a connection is opened: what its server is told of the client. */
export interface Origin extends ConnectionEnds {
  attributes: AttributesBlock;
}

/** Who opens connections and hears what becomes of them: a pool. */
export interface ConnectionOwner<Holder> {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly timeoutConnectMs: number;
  /** Sent to the server with every log-in. */
  readonly attributes: AttributesBlock;
  /** What the sockets of all its connections call. */
  readonly handler: WireHandler<Connection<Holder>>;
  /** Connections that have a claimant. */
  claims: number;
  /** Logged in and set up: clean, and nobody's. */
  onOpened(connection: Connection<Holder>): void;
  onOpenFailed(connection: Connection<Holder>, failure: ConnectFailure, reason: string): void;
  /** Reset: clean again, and nobody's. */
  onReset(connection: Connection<Holder>): void;
  /** Bytes of an answer to the holder's command. */
  onResponse(connection: Connection<Holder>, bytes: Uint8Array): void;
  onDrain(connection: Connection<Holder>): void;
  /** An open connection is gone. */
  onLost(connection: Connection<Holder>, reason: string): void;
}

/** A connection; one per socket, born complete. */
export interface Connection<Holder> {
  readonly owner: ConnectionOwner<Holder>;
  /** Replaced when its session changes an option that is part of it. */
  shape: Shape;
  /** The client that it was opened for; null for none. Later ones share it. */
  readonly origin: Origin | null;
  wire: Wire<Connection<Holder>> | null;
  state: ConnectionState;
  /** The session that has it while busy. */
  holder: Holder | null;
  /** The session that had it last, while nobody else has. */
  lastHolder: Holder | null;
  /** The session whose client knows it by its id; others take it last. */
  claimant: Holder | null;
  /** The session that it was taken from, until its LAST_INSERT_ID() has been asked for. */
  heir: Holder | null;
  /** Of the server's greeting. KILL needs it. */
  serverConnectionId: number;
  capabilities: number;
  /** Current schema on the server; "" for none. */
  schema: string;
  /** What its session has changed and a SET can change back; compared by identity. */
  settings: Settings;
  /** A session changed something that another one could notice: reset before the next. */
  isDirty: boolean;
  /** Prepared on the server, least recently used first. */
  readonly statements: Map<SharedStatement<Holder>, ServerStatement>;
  /** Ids of statements that are to be closed before the next command. */
  readonly closing: number[];
  /** A KILL is on its way to it, and would hit whoever has it then. */
  isKillPending: boolean;
  readonly tracker: ResponseTracker;
  /** Bytes of the server that are no whole packet yet. */
  rest: Uint8Array | null;
  /** Reads the packets of the connection phase; null once that is over. */
  phase: ((connection: Connection<Holder>, packet: Cursor, sequence: number) => void) | null;
  /** Statements of our own that wait for their answers, oldest first. */
  readonly ownStatements: OwnStatement[];
  /** Cancels the deadline of connecting, resetting or adopting. */
  cancelDeadline: () => void;
  /** When it became idle, monotonic. */
  idleSinceMs: number;
  /** Bytes of a packet that were missing at the last look, and since when they are; 0 while none is. */
  missingBytes: number;
  missingSinceMs: number;
  /** When its holder came to rest and kept it, monotonic; -1 while the holder works. */
  restSinceMs: number;
  /** What its holder keeps it for is lost when another takes it; told when it is parked. */
  isLossy: boolean;
  /** Neighbours in the pool's list of idle connections. */
  older: Connection<Holder> | null;
  newer: Connection<Holder> | null;
  destroyReason: DestroyReason;
}

/** A text and what its meaning depends on. */
export interface SharedStatement<Holder> {
  readonly key: string;
  readonly text: Uint8Array;
  readonly schema: string;
  /** Session variables only. */
  readonly settings: Settings;
  /** Of the values that it has been executed with; see kindsAfter(). */
  readonly kinds: string;
  /** Clients' statements that are this one. */
  users: number;
  /** Where it is prepared. */
  readonly connections: Set<Connection<Holder>>;
}

/** A statement on one server connection. */
export interface ServerStatement {
  readonly id: number;
  /** The types that the server remembers of its parameters; null before they were sent. */
  types: Uint8Array | null;
}

/** Rows of text values or the id of a prepared statement on success, else the server's error. */
export type OwnAnswer =
  | { kind: "rows"; rows: Array<Array<string | null>> }
  | { kind: "prepared"; id: number }
  | { kind: "error"; error: ErrPacket };

export interface OwnStatement {
  command: number;
  text: Uint8Array;
  onAnswer: (answer: OwnAnswer) => void;
  /** Of COM_STMT_PREPARE, once it is known. */
  id: number;
  /** Column definitions to come, then the EOF behind them; -1 before the first packet. */
  definitions: number;
  columns: number;
  rows: Array<Array<string | null>>;
}

/** A connection that is about to be opened. */
export function newConnection<Holder>(
  owner: ConnectionOwner<Holder>,
  shape: Shape,
  origin: Origin | null,
): Connection<Holder> {
  return {
    owner,
    shape,
    origin,
    wire: null,
    state: "connecting",
    holder: null,
    lastHolder: null,
    claimant: null,
    heir: null,
    serverConnectionId: 0,
    capabilities: 0,
    schema: "",
    settings: NO_SETTINGS,
    isDirty: false,
    statements: new Map(),
    closing: [],
    isKillPending: false,
    tracker: newResponseTracker(),
    rest: null,
    phase: null,
    ownStatements: [],
    cancelDeadline: () => {},
    idleSinceMs: 0,
    missingBytes: 0,
    missingSinceMs: 0,
    restSinceMs: -1,
    isLossy: false,
    older: null,
    newer: null,
    destroyReason: "backend_closed",
  };
}

/** True when two shapes may share connections. */
export function isSameShape(left: Shape, right: Shape): boolean {
  return (
    left.capabilities === right.capabilities &&
    left.collation === right.collation &&
    left.mariadbCapabilities === right.mariadbCapabilities &&
    left.collationMariadb === right.collationMariadb
  );
}

/** Capabilities that give a session other values: sql_mode has IGNORE_SPACE, wait_timeout is interactive_timeout. */
export const BASELINE_CAPABILITIES = CLIENT_IGNORE_SPACE | CLIENT_INTERACTIVE;

/** What the tracked variables are in a session of the connection that has changed none; undefined before they were asked for. */
export function baselineOf<Holder>({ owner, shape }: Connection<Holder>): Baseline | undefined {
  return owner.endpoint.baselines.get(baselineKey(shape));
}

/** The key of a shape in Endpoint.baselines. */
export function baselineKey({ collation, capabilities }: Shape): string {
  return `${collation} ${capabilities & BASELINE_CAPABILITIES}`;
}

/** Destroys the connection unless cancelDeadline() is called in time. */
export function armDeadline<Holder>(connection: Connection<Holder>): void {
  const { clock, timeoutConnectMs } = connection.owner;
  connection.cancelDeadline = clock.after(timeoutConnectMs, () => destroyConnection(connection, "timeout"));
}

/** Closes a connection at once; its owner hears of it before this returns. */
export function destroyConnection<Holder>(
  connection: Connection<Holder>,
  reason: DestroyReason,
  detail: string = reason,
): void {
  if (connection.state === "closed") return;
  connection.destroyReason = reason;
  if (connection.wire !== null) destroy(connection.wire, detail);
}

/** What is left over from the last read, and `bytes` behind it. */
export function joinRest<Holder>(connection: Connection<Holder>, bytes: Uint8Array): Uint8Array {
  const rest = connection.rest;
  if (rest === null) return bytes;
  connection.rest = null;
  const joined = new Uint8Array(rest.length + bytes.length);
  joined.set(rest);
  joined.set(bytes, rest.length);
  return joined;
}

/** Largest packet of an answer that we read ourselves. */
const OWN_PAYLOAD_MAX = 1 << 20;

/**
 * Feeds whole packets to `read` while there are any and the connection is open; keeps what is left for next time.
 * @throws ProtocolError on a packet far larger than the connection phase or our own statements may bring.
 */
export function readPackets<Holder>(
  connection: Connection<Holder>,
  bytes: Uint8Array,
  read: (connection: Connection<Holder>, packet: Cursor, sequence: number) => void,
): void {
  const all = joinRest(connection, bytes);
  let at = 0;
  while (all.length - at >= PACKET_HEADER_BYTES && connection.state !== "closed") {
    const length = payloadLengthAt(all, at);
    if (length > OWN_PAYLOAD_MAX) throw new ProtocolError(`the server sent a packet of ${length} bytes out of place`);
    const end = at + PACKET_HEADER_BYTES + length;
    if (end > all.length) break;
    const sequence = sequenceAt(all, at);
    const packet = { bytes: all, at: at + PACKET_HEADER_BYTES, end };
    at = end;
    read(connection, packet, sequence);
  }
  if (at < all.length) connection.rest = all.subarray(at);
}
