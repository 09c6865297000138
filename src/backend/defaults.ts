/** What sessions of a server start with has changed under connections that are open. */
import type { Connection } from "./connection.ts";
import { retireConnection } from "./pool-lend.ts";
import type { Pool } from "./pool-state.ts";

/**
 * Has nobody else begin on a connection that is older than the server's present defaults. `kept` is that of the session that
 * has changed them, if one is known, and is closed by nobody but its end.
 */
export function renewDefaults<Holder>(pool: Pool<Holder>, kept: Connection<Holder> | null): void {
  for (const connection of pool.connections) {
    if (connection !== kept) retireConnection(connection, "unclean", "the server's defaults have changed");
  }
}
