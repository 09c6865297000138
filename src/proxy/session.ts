/** A client's session and the listener that it came by: everything that is known about them, in objects that keep their shape. */

import type { ListenerConfig } from "../api/proxy-config.ts";
import type { Connection, ServerStatement, Shape, SharedStatement } from "../backend/connection.ts";
import type { Counts } from "../backend/counts.ts";
import type { Endpoint } from "../backend/endpoint.ts";
import type { Pool, Waiter } from "../backend/pool-state.ts";
import type { Baseline, Settings } from "../backend/settings.ts";
import type { StatementBook } from "../backend/statements.ts";
import type { Tracking } from "../backend/tracking.ts";
import type { Chain } from "../governance/chain.ts";
import type { SessionView, Verdict } from "../governance/filter.ts";
import type { Clock } from "../lib/clock.ts";
import type { Places } from "../lib/places.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import type { SessionState } from "../mysql/ok.ts";
import type { PasswordKeys } from "../mysql/scramble.ts";
import type { TransportServer } from "../net/transport.ts";
import type { Wire } from "../net/wire.ts";
import type { Statement } from "../sql/statement.ts";
import type { Logger } from "../telemetry/log.ts";
import type { LogLimit } from "../telemetry/log-limit.ts";
import type { ProxyMetrics } from "../telemetry/metrics.ts";
import type { ListenerCounters, SqlSeries } from "../telemetry/metrics-table.ts";
import type { Crew, ListenerSetup } from "./generation.ts";
import type { Inbox } from "./inbox.ts";
import type { LoginThrottle } from "./login-throttle.ts";
import type { Passing } from "./passing.ts";
import type { PinNote } from "./pin-note.ts";

/** What a session does with the next bytes of its client. */
export type SessionPhase =
  /** Logging in. */
  | "handshake"
  /** Waiting for a command. */
  | "ready"
  /** A command waits for a connection. */
  | "waiting"
  /** A command is with a database. */
  | "busy"
  /** The rest of a command without an answer goes to the database. */
  | "streaming"
  /** The client sends a file that the database asked for. */
  | "local-infile"
  /** The connection is the client's without end, as for a replica. */
  | "dedicated"
  /** The rest of a refused command is read and thrown away. */
  | "discarding"
  | "closed";

/** A statement as its client has it, and as rules and metrics see it at every execution. */
export interface PreparedStatement {
  readonly id: number;
  /** Another one when more is known of the values that it is executed with. */
  shared: SharedStatement<Session>;
  readonly kind: Statement["kind"];
  readonly effects: number;
  readonly parameters: number;
  /** Decoded, when a rule has asked for it; else "". */
  text: string;
  /** Types of its parameters, as the client sent them last. */
  types: Uint8Array | null;
  /** Out of sharing on the session's connection, while a cursor is open on it, long data is in it, or it isUnshared. */
  held: ServerStatement | null;
  /** It has been executed with values of other kinds than before: no other client's statement is like it. */
  isUnshared: boolean;
  hasCursor: boolean;
  hasLongData: boolean;
  /** Why long data did not reach a server: what the next execution is answered with. */
  failure: { code: number; message: string } | null;
}

/** What a session has on its connection, by name; null stands for any number of any names. */
export interface Owned {
  /** Named locks: literals, in quotes. */
  locks: Set<string> | null;
  /** Temporary tables, "schema.table". */
  tables: Set<string> | null;
  /** Locks of tables: see owned-table-locks.ts. */
  tableLocks: Set<"tables" | "everything"> | null;
  /** Of HANDLER. */
  handlers: Set<string> | null;
  /** Of XA transactions that it has begun and not ended. */
  xids: Set<string> | null;
}

/** The command in hand: bytes [start, end) are here, `left` bytes are still to come from the client. */
export interface Request {
  command: number;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Sequence id of its last packet so far. */
  sequence: number;
  /** Payload bytes of the current packet that have not arrived; with `isContinued` more packets follow. */
  left: number;
  isContinued: boolean;
}

/** How far a log-in has come. */
export interface LoginState {
  /** What the client's next packet is: its response to the greeting, an answer to a scramble, its password, that encrypted. */
  step: "response" | "answer" | "password" | "encrypted";
  /** Sequence id of the client's next packet; 0 before the greeting. */
  sequence: number;
  /** The keys whose public half the client has been sent. */
  passwordKeys: PasswordKeys | null;
  /** The last collation that the client has named and its server knows: MariaDB's sessions go back to it. */
  collation: number;
}

/** Where a session's last statement has left what the next one may ask for. */
export interface LastStatement {
  /** The connection that has run it; still fit for it if nobody else has had it. */
  connection: Connection<Session> | null;
  /** The connection that knows what FOUND_ROWS() is, as long as nobody else has it; null when none does. */
  foundRowsConnection: Connection<Session> | null;
  /** The session has been answered since without its connection, or that was pinged: ROW_COUNT() there is that of a statement before. */
  isRowCountAhead: boolean;
  /** The connection that knew its warnings was needed elsewhere. */
  hasLostDiagnostics: boolean;
}

export interface Session extends SessionView {
  /** What its client knows it by: that of `claim`, or one that no server gives. */
  id: number;
  /** The connection that statements run on while it is free, so that its server knows the session by that id, too. */
  claim: Connection<Session> | null;
  readonly listener: Listener;
  readonly wire: Wire<Session>;
  /** Monotonic. */
  readonly acceptedMs: number;
  user: string;
  schema: string;
  phase: SessionPhase;
  /** Variables that the client has assigned, be it what they were. */
  assigned: Settings;
  /** Those of them that it has changed, to be set on whatever connection serves it: so far as they are not in `baseline`. */
  settings: Settings;
  /** What the connection that has served it last began with; null before the first. */
  baseline: Baseline | null;
  /** What it wants to be told of changes to it; null while it has not said. */
  tracking: Tracking | null;
  /** It has said so, and is told by the server itself. */
  hasOwnTracking: boolean;
  /** What LAST_INSERT_ID() is to say on the next connection; "" while it is nothing or still with the connection. */
  lastInsertId: string;
  /** Of the last statement. */
  readonly counts: Counts;
  /** The command in hand asks about the last statement, which ran on a connection that was needed elsewhere. */
  countsToTell: Counts | null;
  capabilities: number;
  /** Of zstd, as the client asked for it. */
  zstdLevel: number;
  /** MariaDB's own. */
  mariadbCapabilities: number;
  shape: Shape;
  /** The version that the client was greeted with. */
  serverVersion: string;
  /** Random bytes of the greeting, and the plugin that is to answer them. */
  scramble: Uint8Array;
  authPlugin: string;
  readonly login: LoginState;
  /** The log-in that a server judges at the moment. */
  passing: Passing | null;
  /** It has logged in with an account of the server: its connection is what it is, and without it the session ends. */
  isOfAccount: boolean;
  /** Has logged in, perhaps to do so again by COM_CHANGE_USER. */
  isLoggedIn: boolean;
  /** Who it was, and in which schema, before the COM_CHANGE_USER that is being judged; and how often that has failed. */
  readonly former: { user: string; schema: string; failures: number };
  cancelDeadline: () => void;
  readonly inbox: Inbox;
  readonly request: Request;
  readonly statement: Statement;
  readonly verdict: Verdict;
  /** The filters that admitted the statement in hand, which have to be told of its end. */
  chain: Chain;
  /** The connection of the running statement, or the one that the session is pinned to. */
  connection: Connection<Session> | null;
  pool: Pool<Session> | null;
  readonly last: LastStatement;
  /** The connection was needed elsewhere and is asked for LAST_INSERT_ID() right now. */
  isInsertIdOnItsWay: boolean;
  waiter: Waiter<Session> | null;
  /** PIN_* bits. */
  pins: number;
  /** What set each of them, by bit; of bits that are not set what did so last. */
  readonly pinNotes: Array<PinNote | undefined>;
  /** What it is known to own on its connection; null before it may own anything. */
  owned: Owned | null;
  /** By the ids that the client knows. */
  readonly prepared: Map<number, PreparedStatement>;
  nextPreparedId: number;
  /** What the last COM_STMT_PREPARE made; null when it failed. */
  lastPrepared: PreparedStatement | null;
  /** The statement that the command in hand is about. */
  running: PreparedStatement | null;
  /** The command in hand has been sent once more because its server had lost the statement. */
  hasRetried: boolean;
  /** The statement in hand was a SET that another connection can be given. */
  hasTakenSettings: boolean;
  /** The status flags that this session's last answer carried. */
  status: number;
  readonly state: SessionState;
  startedMs: number;
  series: SqlSeries | null;
  /** Bytes of the running answer that the client has been sent. */
  answered: number;
  /** A KILL CONNECTION is on its way to the running statement. */
  isKilled: boolean;
  /** The client will send nothing more; close when the running answer is out. */
  hasClientEnded: boolean;
  /** Of the client itself, where somebody connects on its behalf. */
  remoteAddress: string;
  remotePort: number;
  /** The connection may begin with a PROXY header. */
  mayHaveProxyHeader: boolean;
  /** What it says of itself: its library by itself, and what it has added, each byte a letter. */
  readonly attributes: { ofLibrary: AttributesBlock; own: string };
}

/** A socket that listens. It may pass from one listener to another. */
export interface Port {
  /** As it is configured: host:port, or the path of a unix socket. */
  readonly written: string;
  readonly kind: "tcp" | "unix";
  /** The port that clients connect to; 0 of a unix socket. */
  port: number;
  /** Whose clients come in here. */
  listener: Listener;
  server: TransportServer;
}

/** The sessions of one user, and the places that they have: at most user_sessions_max. */
export interface UserCount {
  readonly sessions: Set<Session>;
  readonly places: Places;
}

/** What clients connect to, and what their sessions share. */
export interface Listener {
  /** Of the newest generation, as is `setup`: what is read of them counts from the next statement on. */
  config: ListenerConfig;
  setup: ListenerSetup<Session>;
  /** Pools that the setup no longer has, until their last connection is closed. */
  readonly retiring: Set<Pool<Session>>;
  counters: ListenerCounters;
  readonly metrics: ProxyMetrics;
  readonly clock: Clock;
  /** null where there is one worker. */
  readonly crew: Crew | null;
  readonly log: Logger;
  /** For messages that a failing server or a hostile client could repeat without end. */
  readonly logLimit: LogLimit;
  readonly sessions: Map<number, Session>;
  /** Of the session that came last; those that are open have no greater one. */
  lastSessionId: number;
  /** Of all sessions, at most sessions_max. */
  readonly places: Places;
  /** Sessions that have logged in, by user. */
  readonly users: Map<string, UserCount>;
  /** What ends log-ins without the word of a server about their schema, for which they wait. */
  readonly schemaChecks: WeakMap<Session, () => void>;
  /** Of clients that something is expected of: the bytes that had moved when they were last known not to have stopped, and when. */
  readonly dutiful: WeakMap<Session, { movedBytes: number; sinceMs: number }>;
  /** That servers are known to have. */
  readonly schemas: Set<string>;
  /** Connection attributes that clients have added, and when one has last logged in with them. */
  readonly attributeSets: Map<string, number>;
  /** What its clients have prepared. */
  readonly book: StatementBook<Session>;
  /** The series of a statement type, by endpoint; filled as they are met. */
  readonly series: Map<Endpoint, Map<string, SqlSeries>>;
  readonly throttle: LoginThrottle;
  /** Of plugins that want the password itself from clients without TLS; null until one asks. */
  passwordKeys: Promise<PasswordKeys> | null;
  /** Sessions that wait for the first word of a server before they greet their client. */
  readonly ungreeted: Set<Session>;
  /** Works on through a session's inbox after something it waited for has happened. */
  readonly pump: (session: Session) => void;
  server: Port | null;
  /** The unix socket that it listens on besides; null when it has none. */
  socketServer: Port | null;
  isDraining: boolean;
  /** Statements of vanished clients that are being killed right now. */
  cleanups: number;
}
