/** One statement over a connection of its own, beside the pool: it may be full, or what is asked about may hold all of it. */
import { COM_QUERY } from "../mysql/commands.ts";
import type { ErrPacket } from "../mysql/err.ts";
import { destroy } from "../net/transport.ts";
import type { ConnectFailure } from "../telemetry/metrics-table.ts";
import { newConnectionHandler, openConnection } from "./connect.ts";
import { addressOf, armDeadline, type Connection, type ConnectionOwner, type OwnAnswer } from "./connection.ts";
import { ask, newOwnStatement } from "./own-statement.ts";

/** Why there is no answer; a server's refusal of the statement is one. */
export interface AsideFailure {
  readonly kind: ConnectFailure | "lost";
  readonly reason: string;
}

/** A handshake of the plainest kind: no capability beyond the protocol's, utf8mb4_general_ci. */
const SHAPE = { capabilities: 0, mariadbCapabilities: 0, collation: 45, collationMariadb: 45, attributes: "" };

/**
 * Asks `text` of the very server that `other` goes to, as the endpoint's account: its name may stand for several. `onDone`
 * hears null when it has been answered, within twice the time for connecting; and the server's error, if that is the answer.
 */
export function askAside<Holder>(
  other: Connection<Holder>,
  text: string,
  onDone: (failure: AsideFailure | null, refusal: ErrPacket | null) => void,
): void {
  const { endpoint, clock, transport, lookup, timeoutConnectMs, attributes } = other.owner;
  const end = (connection: Connection<null>, failure: AsideFailure | null, answer: OwnAnswer | null) => {
    connection.cancelDeadline();
    connection.state = "closed";
    if (connection.wire !== null) destroy(connection.wire, "it was for one statement");
    onDone(failure, answer?.kind === "error" ? answer.error : null);
  };
  const owner: ConnectionOwner<null> = {
    endpoint,
    claims: 0,
    clock,
    transport,
    lookup,
    timeoutConnectMs,
    attributes,
    handler: newConnectionHandler(),
    onOpened(connection) {
      connection.state = "resetting"; // ours; answers are read as to our own statements
      ask(connection, [newOwnStatement(COM_QUERY, text, (answer) => end(connection, null, answer))]);
      armDeadline(connection);
    },
    onOpenFailed: (_connection, kind, reason) => onDone({ kind, reason }, null),
    onLost: (connection, reason) => end(connection, { kind: "lost", reason }, null),
    onReset() {},
    onGlobalsChanged() {},
    onResponse() {},
    onDrain() {},
  };
  openConnection(owner, SHAPE, null, addressOf(other));
}
