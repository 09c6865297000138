/** PSX6003: deadlines in the wrong order. */
import { aDatabase } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const connectOutlastsWait: Rule = {
  id: "PSX6003",
  name: "connect-outlasts-wait",
  level: "warning",
  title: "statements give up before their connection can be made",
  explanation: `A statement waits timeoutPoolWaitMs for a connection; making one may take timeoutConnectMs. When making one may take longer
than anybody waits, a slow database fails every statement, though it answers, and another endpoint is never tried.`,
  remedy: "Make timeoutPoolWaitMs larger than timeoutConnectMs.",
  example: {
    bad: aDatabase("", "limits: { timeoutPoolWaitMs: 2000 }"),
    good: aDatabase("", "limits: { timeoutPoolWaitMs: 2000, timeoutConnectMs: 500 }"),
  },
  *check({ services }) {
    for (const { database, service, path } of services) {
      const { timeout_pool_wait_ms: wait, timeout_connect_ms: connect } = service.spec.limits;
      if (wait > connect) continue;
      const own = [...path, "limits", "timeoutPoolWaitMs"];
      const at = database.manifest.source.isWritten([...database.manifest.path, ...own]) ? own : [...path, "limits"];
      const message = `a statement waits ${wait} ms for a connection, but making one may take ${connect} ms`;
      yield* found(database.manifest, at, message, "make timeoutPoolWaitMs larger than timeoutConnectMs");
    }
  },
};
