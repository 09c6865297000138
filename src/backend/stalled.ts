/**
 * Servers that stop in the middle of an answer. A healthy one does that, too: it sends what its buffer holds when that is
 * full, in the middle of a row, and if rows are rare the rest of that row comes when the buffer is full again. So where it
 * may be so the server is asked whether it is there.
 */
import { askAside } from "./aside.ts";
import { addressOf, type Connection, destroyConnection } from "./connection.ts";
import type { Pool } from "./pool-state.ts";

/** The smallest net_buffer_length there is: a server that has sent less has not stopped because its buffer was full. */
const NET_BUFFER_BYTES_MIN = 1024;

/** Gives up connections whose server has stopped for good, though it is read from. Call it now and then. */
export function closeStalled<Holder>(pool: Pool<Holder>, now: number): void {
  const stalled = new Map<string, Connection<Holder>[]>();
  for (const connection of pool.connections) {
    const missing = missingBytes(connection);
    if (missing === 0 || connection.wire?.isPaused !== false || missing !== connection.missingBytes) {
      connection.missingBytes = missing;
      connection.missingSinceMs = now;
    } else if (now - connection.missingSinceMs >= pool.options.timeoutStalledMs) {
      if (connection.answeredBytes < NET_BUFFER_BYTES_MIN) giveUp(connection, "");
      else stalled.set(addressOf(connection), [...(stalled.get(addressOf(connection)) ?? []), connection]);
    }
  }
  for (const connections of stalled.values()) askWhetherAlive(connections, now);
}

/** 0 unless a packet has come in part, or definitions that come all together. */
function missingBytes<Holder>({ state, tracker, rest, ownStatements }: Connection<Holder>): number {
  const restBytes = rest?.length ?? 0;
  const own = ownStatements[0];
  if (own !== undefined) return restBytes + Math.max(0, own.definitions);
  return state === "busy" && !tracker.isDone ? restBytes + tracker.skip + tracker.definitions : 0;
}

/** Those of one server that have stopped are given up when it does not answer a new connection, either. */
function askWhetherAlive<Holder>(stalled: readonly Connection<Holder>[], now: number): void {
  // Nobody is asked about again while the answer is due.
  for (const connection of stalled) connection.missingSinceMs = now;
  const missing = stalled.map(({ missingBytes: bytes }) => bytes);
  askAside(stalled[0] as Connection<Holder>, "DO 0", (failure) => {
    if (failure === null || failure.kind === "too_many_connections") return;
    for (const [i, connection] of stalled.entries()) {
      if (missingBytes(connection) === missing[i]) giveUp(connection, `, and does not answer: ${failure.reason}`);
    }
  });
}

function giveUp<Holder>(connection: Connection<Holder>, detail: string): void {
  destroyConnection(connection, "timeout", `the server stopped in the middle of an answer${detail}`);
}
