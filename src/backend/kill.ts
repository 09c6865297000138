/** Ending what runs on a connection, by a connection of its own: the pool may be full of what is to be killed. */
import { COM_QUERY } from "../mysql/commands.ts";
import { destroy } from "../net/transport.ts";
import { newConnectionHandler, openConnection } from "./connect.ts";
import { addressOf, type Connection, type ConnectionOwner } from "./connection.ts";
import { ask, newOwnStatement } from "./own-statement.ts";

/** "QUERY" ends the running statement, "CONNECTION" the whole connection. */
export type KillScope = "QUERY" | "CONNECTION";

/** A handshake of the plainest kind: no capability beyond the protocol's, utf8mb4_general_ci. */
const SHAPE = { capabilities: 0, mariadbCapabilities: 0, collation: 45, collationMariadb: 45, attributes: "" };

/**
 * Sends KILL for what runs on `victim` to the very server that it goes to: the endpoint's name may stand for several.
 * `onDone` hears null, or why it could not be sent. A connection that is gone is no failure.
 */
export function killOnServer<Holder>(
  victim: Connection<Holder>,
  scope: KillScope,
  onDone: (failure: string | null) => void,
): void {
  const { serverConnectionId } = victim;
  const { endpoint, clock, transport, lookup, timeoutConnectMs, attributes } = victim.owner;
  const end = (connection: Connection<null>, failure: string | null) => {
    connection.state = "closed";
    if (connection.wire !== null) destroy(connection.wire, "KILL has been sent");
    onDone(failure);
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
      ask(connection, [newOwnStatement(COM_QUERY, `KILL ${scope} ${serverConnectionId}`, () => end(connection, null))]);
    },
    onOpenFailed: (_connection, _failure, reason) => onDone(reason),
    onLost: (connection, reason) => end(connection, reason),
    onReset() {},
    onResponse() {},
    onDrain() {},
  };
  openConnection(owner, SHAPE, null, addressOf(victim));
}
