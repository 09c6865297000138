/** The collation that a client names in a log-in, by its id: it sets the character sets of the session. */
import { type Endpoint, isMariadb } from "../backend/endpoint.ts";
import { withNames, withVariables } from "../backend/settings.ts";
import {
  charsetOfName,
  HANDSHAKE_COLLATION_MAX,
  isLargeOfMysql,
  mariadbCollation,
  mariadbNearest,
  UTF8MB4_0900_AI_CI,
} from "../mysql/collations.ts";
import { assign } from "./assigned.ts";
import type { Session } from "./session.ts";
import { isMariadbSession, setShape } from "./shape.ts";

/** An id that no server knows: the session has the server's own character set. */
const UNKNOWN = 0;
/** What MariaDB does not know of MySQL's begins here. */
const MARIADB_UNKNOWN_MIN = 248;

/**
 * Gives the session the character sets of `id`, and no others that its settings had. What a handshake can name goes into the
 * shape, and the rest into the settings: connections cannot be opened with it.
 */
export function takeCollation(session: Session, id: number): void {
  const isOfMariadb = isMariadbSession(session);
  assign(session, withNames(session.assigned, ""));
  if (id <= HANDSHAKE_COLLATION_MAX) {
    setShape(session, id);
    if (id !== UNKNOWN && !(isOfMariadb && id >= MARIADB_UNKNOWN_MIN)) session.login.collation = id;
  } else if (isOfMariadb ? mariadbCollation(id) === "" : !isLargeOfMysql(id)) {
    setShape(session, UNKNOWN);
  } else {
    session.login.collation = id;
    setLarge(session, id, isOfMariadb);
  }
}

/** The character sets of a session of MariaDB whose COM_CHANGE_USER has failed: the server's own, until it is reset. */
export function dropCollation(session: Session): void {
  takeCollation(session, UNKNOWN);
}

/** Behind a listener with servers of both kinds the session gets what is nearest: only one kind knows the id. */
function setLarge(session: Session, id: number, isOfMariadb: boolean): void {
  setShape(session, isOfMariadb ? mariadbNearest(id) : UTF8MB4_0900_AI_CI);
  const isForeign = (endpoint: Endpoint) => endpoint.profile !== null && isMariadb(endpoint) !== isOfMariadb;
  if (session.listener.setup.endpoints.some(isForeign)) return;
  if (isOfMariadb) {
    // By name: MariaDB's SET takes ids of collations, but none of character sets.
    const name = mariadbCollation(id);
    assign(session, withNames(session.assigned, `${charsetOfName(name)} COLLATE ${name}`));
    return;
  }
  const variables = ["character_set_client", "character_set_results", "collation_connection"];
  const values = variables.flatMap((variable) => [variable, String(id)]);
  assign(session, withVariables(session.assigned, values) ?? session.assigned);
}
