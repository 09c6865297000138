/** Asks the rules whether the statement in hand may run now. */
import { admit } from "../governance/chain.ts";
import { countReject } from "../telemetry/metrics.ts";
import { execute } from "./execute.ts";
import { refuse } from "./refuse.ts";
import type { Session } from "./session.ts";

/** Asks the rules, then sends the command to the database. For commands that carry a statement. */
export function governAndExecute(session: Session): void {
  const { chain } = session.listener.setup;
  const { verdict } = session;
  session.chain = chain;
  if (chain.length > 0 && !admit(chain, session, session.statement, verdict)) {
    const { metrics, config, log } = session.listener;
    countReject(metrics, config.name, verdict.filter, verdict.rule);
    log.debug("statement refused", { domain: config.name, filter: verdict.filter, rule: verdict.rule });
    refuse(session, verdict.code, verdict.message, verdict.sqlState);
    return;
  }
  execute(session);
}
