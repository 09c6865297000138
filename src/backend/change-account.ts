/** COM_CHANGE_USER on the connection of a client that has logged in with an account of the server, to another one. */
import { type ChangeUser, writeChangeUser } from "../mysql/com-change-user.ts";
import { type AuthenticateResult, newExchange, readExchange, write } from "./auth-exchange.ts";
import type { ClientLogin } from "./client-login.ts";
import { armDeadline, type Connection } from "./connection.ts";
import { isMariadb } from "./endpoint.ts";
import { setUpLater } from "./set-up.ts";
import { forgetSession } from "./statements.ts";

const NO_ANSWER = new Uint8Array(0);

/**
 * Asks the server to let the holder in as somebody else. What the client has answered already counts for nothing: the
 * server asks it, as at a log-in. `login` hears the rest. MariaDB goes on with whom it had when it refuses; of MySQL
 * nothing more is to be expected then.
 */
export function changeAccount<Holder>(connection: Connection<Holder>, wanted: ChangeUser, login: ClientLogin): void {
  const { endpoint, attributes } = connection.owner;
  const former = connection.login;
  const onEnd = (result: AuthenticateResult) => {
    connection.cancelDeadline();
    if (result.kind === "ok") {
      connection.schema = wanted.schema;
      connection.tracker.status = result.status;
      return setUpLater(connection, login.onOpened);
    }
    connection.login = former;
    const { reason, error } = result;
    const tell = () => login.onFailed({ kind: "access_denied", reason, error });
    if (isMariadb(endpoint)) setUpLater(connection, tell);
    else tell();
  };
  forgetSession(connection);
  connection.login = login;
  connection.state = "adopting";
  const exchange = newExchange(endpoint, attributes, () => armDeadline(connection), onEnd);
  exchange.sequence = 1;
  armDeadline(connection);
  readExchange(connection, exchange);
  const request = {
    ...wanted,
    authResponse: NO_ANSWER,
    authPlugin: "",
    attributes: Buffer.concat([wanted.attributes, attributes]),
  };
  write(connection, (writer) => writeChangeUser(writer, request, connection.capabilities));
}
