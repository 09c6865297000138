/**
 * Logging in with accounts of the server (`accounts: server`). Whoever names another user than the listener's is let in, or
 * not, by the server that would take its writes, over a connection of its own that it then keeps for good. Its user is who
 * the server says it is: nothing of such a session ever runs on a connection of the pool.
 */
import { type AccountRequest, openAccount } from "../backend/accounts.ts";
import { adopt, isFit } from "../backend/adopt.ts";
import { changeAccount } from "../backend/change-account.ts";
import type { ClientLogin, LoginFailure } from "../backend/client-login.ts";
import { type Connection, destroyConnection } from "../backend/connection.ts";
import type { Pool } from "../backend/pool-state.ts";
import { assert } from "../lib/assert.ts";
import { CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS, CLIENT_PLUGIN_AUTH } from "../mysql/capabilities.ts";
import type { ChangeUser } from "../mysql/com-change-user.ts";
import {
  ER_ACCESS_DENIED_ERROR,
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR,
  ER_BAD_DB_ERROR,
  ER_CON_COUNT_ERROR,
  ER_CONNECT_TO_FOREIGN_DATA_SOURCE,
  ER_NOT_SUPPORTED_AUTH_MODE,
  ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK,
  sqlStateOf,
} from "../mysql/errors.ts";
import { SESSION_STATUS_FLAGS } from "../mysql/status-flags.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { route } from "../routing/route.ts";
import { newStatement } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";
import type { HandshakeFailure } from "../telemetry/metrics-table.ts";
import { holdAccount } from "./hold.ts";
import { poolOf, whyNoEndpoint } from "./listener.ts";
import { admit, fail, letIn } from "./login-end.ts";
import { delayMsOf, rememberLogin } from "./login-throttle.ts";
import { passQuestion } from "./pass-answer.ts";
import { endPassing, newPassing, type Passing } from "./passing.ts";
import { beginAs } from "./sandbox.ts";
import type { Session } from "./session.ts";

/** What comes is unknown, so the connection goes where writes do. */
const ANYTHING: Statement = { ...newStatement(), kind: "USE" };

/** A password was wrong, or nobody has that name: what throttles an address. */
const DENIALS: readonly number[] = [
  ER_ACCESS_DENIED_ERROR,
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR,
  ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK,
];

/** Whether `user` is to be judged by a server: the listener does not know it, and lets others in. */
export function isOfServer({ listener }: Session, user: string): boolean {
  return listener.config.accounts === "server" && user !== listener.config.user;
}

/** Begins the log-in of the user that the packet with `sequence` has named, over a connection that is opened for it. */
export function passLogin(session: Session, sequence: number): void {
  const passing = begin(session, sequence, false);
  if ((session.capabilities & CLIENT_PLUGIN_AUTH) === 0) {
    const message =
      "Client does not support authentication protocol requested by server; consider upgrading MySQL client";
    fail(session, "access_denied", passing.sequence, ER_NOT_SUPPORTED_AUTH_MODE, message);
    return;
  }
  afterDelay(session, passing, () => connect(session, passing, null, 1));
}

/** The same by COM_CHANGE_USER, for a session that has such a connection: its server lets it be somebody else there. */
export function passChange(session: Session, wanted: ChangeUser): void {
  const { connection, pool } = session;
  assert(connection !== null && pool !== null, "an account of the server has a connection");
  const passing = begin(session, session.request.sequence, true);
  afterDelay(session, passing, () => {
    session.phase = "waiting";
    const { user, schema } = session;
    changeAccount(
      connection,
      { ...wanted, user, schema },
      {
        user,
        onAsked: (question) => passQuestion(session, passing, question),
        onOpened: () => opened(session, passing, pool, connection),
        onFailed: (failure) => refused(session, passing, failure),
      },
    );
  });
}

function begin(session: Session, sequence: number, isChange: boolean): Passing {
  const passing = newPassing(sequence + 1, isChange);
  session.passing = passing;
  if (session.schema === "") session.schema = session.listener.config.db;
  return passing;
}

/** Nobody asks a server more often than the address may fail. */
function afterDelay(session: Session, passing: Passing, go: () => void): void {
  const { throttle, clock } = session.listener;
  const delayMs = delayMsOf(throttle, session.remoteAddress);
  if (delayMs === 0) return go();
  session.phase = "waiting";
  clock.after(delayMs, () => {
    if (!passing.isOver) go();
  });
}

/** Opens a connection on another endpoint than `avoid`; it is the `attempt`th. */
function connect(session: Session, passing: Passing, avoid: EndpointView | null, attempt: number): void {
  const { setup } = session.listener;
  session.phase = "waiting";
  const endpoint = route(setup.router, ANYTHING, true, avoid);
  if (endpoint === null) {
    unavailable(session, passing, whyNoEndpoint(setup));
    return;
  }
  const pool = poolOf(setup, endpoint);
  const login: ClientLogin = {
    user: session.user,
    onAsked: (question) => passQuestion(session, passing, question),
    onOpened: () => opened(session, passing, pool, connection as Connection<Session>),
    onFailed: (failure) => {
      const mayTryAnother = failure.error === null && !passing.hasAsked && attempt < setup.endpoints.length;
      if (mayTryAnother && !passing.isOver) connect(session, passing, endpoint, attempt + 1);
      else refused(session, passing, failure);
    },
  };
  const connection = openAccount(pool, requestOf(session, login));
  if (connection === null) fail(session, "unavailable", passing.sequence, ER_CON_COUNT_ERROR, "Too many connections");
}

function requestOf(session: Session, login: ClientLogin): AccountRequest<Session> {
  const { shape, capabilities, attributes, schema } = session;
  const own = capabilities & CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS;
  // Nobody shares it: what the client says of itself needs no limit.
  return {
    holder: session,
    shape: { ...shape, capabilities: shape.capabilities | own, attributes: attributes.own },
    schema,
    login,
  };
}

/** The server has let the client in. */
function opened(session: Session, passing: Passing, pool: Pool<Session>, connection: Connection<Session>): void {
  if (passing.isOver) {
    connection.holder = null; // its end is no news to the session
    return destroyConnection(connection, "dedicated", "its client has left");
  }
  const { listener } = session;
  rememberLogin(listener.throttle, session.remoteAddress, true);
  endPassing(session);
  if (!passing.isChange) {
    session.pool = pool.accounts;
    holdAccount(session, connection);
  }
  beginAs(session, connection);
  if (passing.isChange) connection.settings = session.settings; // its server has heard all of the command
  session.status = connection.tracker.status & SESSION_STATUS_FLAGS;
  if (!admit(session, passing.sequence)) return session.listener.pump(session);
  const end = () => {
    letIn(session, passing.sequence);
    listener.pump(session);
  };
  if (isFit(connection, session)) return end();
  session.phase = "waiting";
  adopt(connection, session, (error) => {
    if (error === null) return end();
    fail(session, "server_refused", passing.sequence, error.code, error.message, error.sqlState);
    listener.pump(session);
  });
}

/** The server has not, or there was none to ask. */
function refused(session: Session, passing: Passing, { error, reason }: LoginFailure): void {
  const isDenied = error !== null && DENIALS.includes(error.code);
  // Who has broken off was answered for, and is denied: that has cost the server as much.
  if (isDenied) rememberLogin(session.listener.throttle, session.remoteAddress, false);
  if (passing.isOver) return;
  if (error === null) return unavailable(session, passing, `The server could not be asked for the account: ${reason}`);
  const other: HandshakeFailure = error.code === ER_BAD_DB_ERROR ? "unknown_schema" : "server_refused";
  const failure = isDenied ? "access_denied" : other;
  // One in place of a greeting has no SQLSTATE; here there is one.
  const sqlState = error.sqlState === "HY000" ? sqlStateOf(error.code) : error.sqlState;
  fail(session, failure, passing.sequence, error.code, error.message, sqlState);
  session.listener.pump(session);
}

function unavailable(session: Session, passing: Passing, message: string): void {
  fail(session, "unavailable", passing.sequence, ER_CONNECT_TO_FOREIGN_DATA_SOURCE, message);
  session.listener.pump(session);
}
