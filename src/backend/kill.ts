/** Ending what runs on a connection, by a connection of its own: the pool may be full of what is to be killed. */
import type { Clock } from "../lib/clock.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import { destroy, type Transport } from "../net/transport.ts";
import { newConnectionHandler, openConnection } from "./connect.ts";
import type { Connection, ConnectionOwner } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { ask, newOwnStatement } from "./own-statement.ts";

/** "QUERY" ends the running statement, "CONNECTION" the whole connection. */
export type KillScope = "QUERY" | "CONNECTION";

export interface KillEdges {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly timeoutConnectMs: number;
  readonly attributes: AttributesBlock;
}

/** A handshake of the plainest kind: no capability beyond the protocol's, utf8mb4_general_ci. */
const SHAPE = { capabilities: 0, mariadbCapabilities: 0, collation: 45, collationMariadb: 45 };

/**
 * Sends KILL for the connection that the server calls `serverConnectionId`; `onDone` hears null, or why it could not be
 * sent. An id that is gone is no failure.
 */
export function killOnServer(
  endpoint: Endpoint,
  scope: KillScope,
  serverConnectionId: number,
  edges: KillEdges,
  onDone: (failure: string | null) => void,
): void {
  const end = (connection: Connection<null>, failure: string | null) => {
    connection.state = "closed";
    if (connection.wire !== null) destroy(connection.wire, "KILL has been sent");
    onDone(failure);
  };
  const owner: ConnectionOwner<null> = {
    endpoint,
    claims: 0,
    ...edges,
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
  openConnection(owner, SHAPE, null);
}
