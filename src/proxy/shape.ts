/** Which connections may serve a client: those that were opened with what it negotiated (design D1). */
import type { Shape } from "../backend/connection.ts";
import { CLIENT_IGNORE_SPACE, SHAPE_CAPABILITIES } from "../mysql/capabilities.ts";
import { UTF8MB4_0900_AI_CI, UTF8MB4_GENERAL_CI } from "../mysql/collations.ts";
import { charsetOfCollation } from "../sql/charset.ts";
import { SQL_MODE_IGNORE_SPACE } from "../sql/sql-mode.ts";
import type { Session } from "./session.ts";

/** True for a session whose client was greeted by MariaDB. */
export function isMariadbSession({ serverVersion }: Session): boolean {
  return serverVersion.includes("MariaDB");
}

/** Gives the session the shape for `collation`, and its statements the dialect that goes with it. */
export function setShape(session: Session, collation: number): void {
  const { statement, capabilities } = session;
  session.shape = shapeOf(session, collation);
  statement.charset = charsetOfCollation(collation);
  statement.isMariaDb = isMariadbSession(session);
  const hasOwnMode = session.settings.entries.some(([name]) => name === "sql_mode");
  if ((capabilities & CLIENT_IGNORE_SPACE) !== 0 && !hasOwnMode) statement.sqlMode |= SQL_MODE_IGNORE_SPACE;
}

/**
 * The shape of a session whose client asks for `collation`, an id of a handshake. A client that was greeted by MySQL
 * keeps its character set on a MariaDB server, too, which would give it the server's own for an id that it does not know.
 */
export function shapeOf(session: Session, collation: number): Shape {
  const { attributes, listener } = session;
  const isForeign = collation === UTF8MB4_0900_AI_CI && !isMariadbSession(session);
  return {
    capabilities: session.capabilities & SHAPE_CAPABILITIES,
    mariadbCapabilities: session.mariadbCapabilities,
    collation,
    collationMariadb: isForeign ? UTF8MB4_GENERAL_CI : collation,
    attributes: listener.attributeSets.has(attributes.own) ? attributes.own : "",
  };
}
