/** A connection to a database: its socket, what was negotiated, and whose it is at the moment. */
import type { Clock } from "../lib/clock.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import type { Cursor } from "../mysql/cursor.ts";
import type { ErrPacket } from "../mysql/err.ts";
import { newResponseTracker, type ResponseTracker } from "../mysql/response-tracker.ts";
import type { Lookup } from "../net/lookup.ts";
import type { ConnectionEnds } from "../net/proxy-protocol.ts";
import { destroy, type Transport } from "../net/transport.ts";
import type { Wire, WireHandler } from "../net/wire.ts";
import type { ConnectFailure, DestroyReason } from "../telemetry/metrics-table.ts";
import type { ClientLogin } from "./client-login.ts";
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
  /** Connection attributes that the client has added, as a block of which each byte is a letter. */
  attributes: string;
}

export type ConnectionState =
  | "connecting"
  | "idle"
  | "busy"
  | "adopting"
  | "parked"
  | "resetting"
  | "checking" // asked whether the server is still there
  | "closed";

/** For whom a connection is opened: what its server is told of the client. */
export type Origin = ConnectionEnds & { attributes: AttributesBlock };

/** Who opens connections and hears what becomes of them: a pool. */
export interface ConnectionOwner<Holder> {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly lookup: Lookup;
  readonly timeoutConnectMs: number;
  /** Sent to the server with every log-in. */
  readonly attributes: AttributesBlock;
  /** What the sockets of all its connections call. */
  readonly handler: WireHandler<Connection<Holder>>;
  /** Connections that have a claimant. */
  claims: number;
  /** Logged in and set up: clean, and nobody's. */
  onOpened(connection: Connection<Holder>): void;
  /** `error` is what the server has refused it with; null where that is not why. */
  onOpenFailed(connection: Connection<Holder>, failure: ConnectFailure, reason: string, error: ErrPacket | null): void;
  /** Reset: clean again, and nobody's. */
  onReset(connection: Connection<Holder>): void;
  /** Somebody has changed the server's globals since the connection was opened. */
  onGlobalsChanged(connection: Connection<Holder>): void;
  /** Bytes of an answer to the holder's command. */
  onResponse(connection: Connection<Holder>, bytes: Uint8Array): void;
  onDrain(connection: Connection<Holder>): void;
  /** An open connection is gone. */
  onLost(connection: Connection<Holder>, reason: string): void;
}

/** One per socket, born complete. */
export interface Connection<Holder> {
  readonly owner: ConnectionOwner<Holder>;
  /** Replaced when its session changes an option that is part of it. */
  shape: Shape;
  /** The client that it was opened for; null for none. Later ones share it. */
  readonly origin: Origin | null;
  /** Of a client with an account of the server, which alone has it; null where the endpoint's account logs in. */
  login: ClientLogin | null;
  /** Its server takes no statement before the client has set another password: it is still to be set up. */
  isSandboxed: boolean;
  wire: Wire<Connection<Holder>> | null;
  /** Where it goes: the candidates are tried in order until one takes the connection. */
  candidates: readonly string[];
  candidateAt: number;
  /** There are no other ones than the candidates. */
  isLastLookup: boolean;
  isReached: boolean;
  /** Cancels the deadline of the candidate that is being tried. */
  cancelAttempt: () => void;
  state: ConnectionState;
  /** The session that has it while busy. */
  holder: Holder | null;
  /** The session that had it last, while nobody else has. */
  lastHolder: Holder | null;
  /** The session whose client knows it by its id; others take it last. */
  claimant: Holder | null;
  /** A statement has left warnings or an error on it, which may still be there. */
  hasWarnings: boolean;
  /** The session that it was taken from, until its LAST_INSERT_ID() has been asked for. */
  heir: Holder | null;
  /** Of the server's greeting. KILL needs it. */
  serverConnectionId: number;
  capabilities: number;
  /** Current schema on the server; "" for none. */
  schema: string;
  /** What the tracked variables are in a session of it that has changed none; null where its server tells of no changes. */
  baseline: Baseline | null;
  /** The server's globals behind it, in one text. */
  globals: string;
  /** What its session has changed and a SET can change back; compared by identity. */
  settings: Settings;
  /** How long the server lets it be silent where its session has changed nothing. */
  waitTimeoutMs: number;
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
  /** When it became idle, and when its server was heard last, monotonic. */
  idleSinceMs: number;
  quietSinceMs: number;
  /** The turn of its pool's upkeep in which it became idle; -1 when that says nothing of how long it may stay silent. */
  idleTurn: number;
  /** A ping has made ROW_COUNT() on it ours. */
  isPinged: boolean;
  /** When it is too old, monotonic. */
  oldSinceMs: number;
  /** Why it is closed when nobody has it any more; null while it may stay. */
  retired: DestroyReason | null;
  /** Bytes that the server has sent to its holder's command, or to ours. */
  answeredBytes: number;
  /** Bytes of a packet that were missing at the last look, and since when they are; 0 while none is. */
  missingBytes: number;
  missingSinceMs: number;
  /** When its holder last came to rest and kept it, and when first; when a look for starvation first saw it there; -1 for never, monotonic. */
  restSinceMs: number;
  keptSinceMs: number;
  seenSinceMs: number;
  /** What its holder keeps it for is lost when another takes it; told when it is parked. */
  isLossy: boolean;
  /** Neighbours in the pool's list of idle connections. */
  older: Connection<Holder> | null;
  newer: Connection<Holder> | null;
  destroyReason: DestroyReason;
  /** The server has said why it closes it, unasked. */
  hasGoodbye: boolean;
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
  /** Sequence id of the answer's next packet. */
  sequence: number;
  /** Column definitions to come, then the EOF behind them; -1 before the first packet. */
  definitions: number;
  columns: number;
  rows: Array<Array<string | null>>;
  rowsBytes: number;
}

/** A connection that is about to be opened. */
export function newConnection<Holder>(
  owner: ConnectionOwner<Holder>,
  shape: Shape,
  origin: Origin | null,
  login: ClientLogin | null = null,
): Connection<Holder> {
  return {
    owner,
    shape,
    origin,
    login,
    isSandboxed: false,
    wire: null,
    candidates: [],
    candidateAt: 0,
    isLastLookup: false,
    isReached: false,
    cancelAttempt: () => {},
    state: "connecting",
    holder: null,
    lastHolder: null,
    claimant: null,
    hasWarnings: false,
    heir: null,
    serverConnectionId: 0,
    capabilities: 0,
    schema: "",
    baseline: null,
    globals: "",
    settings: NO_SETTINGS,
    waitTimeoutMs: Number.POSITIVE_INFINITY,
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
    quietSinceMs: 0,
    idleTurn: -1,
    isPinged: false,
    oldSinceMs: Number.POSITIVE_INFINITY,
    retired: null,
    answeredBytes: 0,
    missingBytes: 0,
    missingSinceMs: 0,
    restSinceMs: -1,
    keptSinceMs: -1,
    seenSinceMs: -1,
    isLossy: false,
    older: null,
    newer: null,
    destroyReason: "backend_closed",
    hasGoodbye: false,
  };
}

/** True when two shapes may share connections. */
export function isSameShape(left: Shape, right: Shape): boolean {
  return (
    left.capabilities === right.capabilities &&
    left.collation === right.collation &&
    left.mariadbCapabilities === right.mariadbCapabilities &&
    left.collationMariadb === right.collationMariadb &&
    left.attributes === right.attributes
  );
}

/** Destroys the connection unless cancelDeadline() is called in time. */
export function armDeadline<Holder>(connection: Connection<Holder>, timeoutMs?: number): void {
  const { clock, timeoutConnectMs: usualMs } = connection.owner;
  connection.cancelDeadline = clock.after(timeoutMs ?? usualMs, () => destroyConnection(connection, "timeout"));
}

/** The address that it goes to, or would; "" while its endpoint's are not known. */
export function addressOf<Holder>({ candidates, candidateAt }: Connection<Holder>): string {
  return candidates[candidateAt] ?? "";
}

/** Closes a connection at once; its owner hears of it before this returns. */
export function destroyConnection<Holder>(
  connection: Connection<Holder>,
  reason: DestroyReason,
  detail: string = reason,
): void {
  if (connection.state === "closed") return;
  connection.destroyReason = reason;
  connection.candidates = connection.candidates.slice(0, connection.candidateAt + 1); // no other one is tried
  connection.isLastLookup = true;
  if (connection.wire !== null) destroy(connection.wire, detail);
}
