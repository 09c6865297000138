/** A log-in that names a schema fails where there is none of that name, as on a server. */
import { adopt, isFit, type Wanted } from "../backend/adopt.ts";
import type { Connection } from "../backend/connection.ts";
import { giveBack, takeConnection, waitConnection } from "../backend/pool-line.ts";
import { NO_SETTINGS } from "../backend/settings.ts";
import type { ErrPacket } from "../mysql/err.ts";
import { route } from "../routing/route.ts";
import { newStatement } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";
import { hold } from "./hold.ts";
import { poolOf } from "./listener.ts";
import type { Session } from "./session.ts";

/** Schemas remembered at once; they are asked for again when they are forgotten. */
const SCHEMAS_MAX = 1000;

const USE: Statement = { ...newStatement(), kind: "USE" };

/**
 * Asks a server for the session's schema, unless it is known; `onDone` hears null, or the server's refusal. A client is let
 * in when no server can be asked: its first statement gets the answer.
 */
export function checkSchema(session: Session, onDone: (error: ErrPacket | null) => void): void {
  const { listener, schema, shape } = session;
  const { setup, schemas } = listener;
  const endpoint =
    schema === "" || schemas.has(schema)
      ? null
      : route(setup.router, USE, setup.config.pool_mode !== "transaction", null);
  if (endpoint === null) return onDone(null);
  const pool = poolOf(setup, endpoint);
  const end = (error: ErrPacket | null) => {
    session.waiter = null;
    listener.schemaChecks.delete(session);
    onDone(error);
    listener.pump(session);
  };
  const serve = (connection: Connection<Session>) => {
    const before = connection.schema;
    const wanted: Wanted = { schema, settings: NO_SETTINGS, lastInsertId: "", countsToTell: null };
    session.waiter = null;
    hold(session, connection);
    const asked = (error: ErrPacket | null) => {
      if (error !== null) connection.schema = before;
      else remember(schemas, schema);
      if (session.pins === 0) {
        session.connection = null;
        giveBack(pool, connection);
      }
      end(error);
    };
    // Somebody else has asked meanwhile.
    if (isFit(connection, wanted)) asked(null);
    else adopt(connection, wanted, asked);
  };
  session.pool = pool;
  session.phase = "waiting";
  listener.schemaChecks.set(session, () => end(null));
  const idle = takeConnection(pool, shape, session, null);
  if (idle !== null) return serve(idle);
  session.waiter = waitConnection(pool, shape, session, serve, ({ kind }) => {
    session.waiter = null;
    if (kind === "retired") checkSchema(session, onDone);
    else end(null);
  });
}

function remember(schemas: Set<string>, schema: string): void {
  if (schemas.size >= SCHEMAS_MAX) schemas.clear();
  schemas.add(schema);
}
