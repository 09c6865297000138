/** Statements that the grammar does not have are served all the same; the operator gets to know of them. */
import { digestOf } from "../sql/facts-of.ts";
import { isUnderstood } from "../sql/understood.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { countParseFailure } from "../telemetry/metrics.ts";
import type { Session } from "./session.ts";

/** Counts the statement in hand if it was not understood, and logs its digest within limits. */
export function watchStatement(session: Session): void {
  const { statement } = session;
  if (isUnderstood(statement)) return;
  const { config, metrics, log, logLimit } = session.listener;
  const { kind } = statement;
  countParseFailure(metrics, config.name, kind);
  const { id, text } = digestOf(statement);
  const fields = { domain: config.name, kind, digest: id, text };
  logLimited(logLimit, log, "info", `not understood ${kind}`, "statement not understood", fields);
}
