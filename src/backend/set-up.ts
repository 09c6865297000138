/**
 * What a connection of a client's own account is asked and told behind its log-in, so that what changes in its session is
 * known (design D2). What is learnt says nothing of others: a server may have other values for this account. It may also
 * refuse to say, and does while the account's password has expired; then the session is as it is.
 */
import { CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import { ER_MUST_CHANGE_PASSWORD } from "../mysql/errors.ts";
import { baselineOf, SESSION_VARIABLES, trackingStatement } from "./baseline.ts";
import { armDeadline, type Connection, type OwnAnswer } from "./connection.ts";
import { ask, newOwnStatement } from "./own-statement.ts";

/** Sets up the connection, as far as its server lets it be. */
export function setUpOwn<Holder>(connection: Connection<Holder>, onDone: () => void): void {
  connection.isSandboxed = false;
  connection.baseline = null;
  if ((connection.capabilities & CLIENT_SESSION_TRACK) === 0) return onDone();
  const learn = (answer: OwnAnswer) => {
    if (answer.kind === "error") {
      connection.isSandboxed = answer.error.code === ER_MUST_CHANGE_PASSWORD;
      return onDone();
    }
    connection.baseline = baselineOf(answer);
    ask(connection, [trackingStatement(connection, () => onDone())]);
  };
  ask(connection, [newOwnStatement(COM_QUERY, SESSION_VARIABLES, learn)]);
}

/** The same for a connection that its holder keeps. */
export function setUpLater<Holder>(connection: Connection<Holder>, onDone: () => void): void {
  connection.state = "adopting";
  armDeadline(connection);
  setUpOwn(connection, () => {
    connection.cancelDeadline();
    connection.state = "busy";
    onDone();
  });
}
