/** PSX3013: an error number whose text clients do not show. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const refusalHidden: Rule = {
  id: "PSX3013",
  name: "refusal-hidden",
  level: "warning",
  title: "clients hide the text of the refusal's error number",
  explanation: `Numbers from 2000 to 2999 are the client library's own. MariaDB's library replaces the server's text of such an error by
its own, so nobody learns which rule refused the statement.`,
  remedy: "Use a server's number, such as 1047 (the default), 1142 for a command that is denied, 1226 for a limit.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - { name: no-truncate, regex: '(?i)truncate', code: 2013 }`),
    good: aStrategy(`
circuitBreaks:
  - { name: no-truncate, regex: '(?i)truncate', code: 1142, sqlState: "42000" }`),
  },
  *check({ strategies }) {
    for (const { manifest } of strategies) {
      for (const list of ["circuitBreaks", "concurrencyControls"] as const) {
        for (const [index, { code }] of manifest.spec[list].entries()) {
          if (code === undefined || code < 2000 || code > 2999) continue;
          const message = `clients replace the text of error ${code} by their own`;
          yield* found(manifest, ["spec", list, index, "code"], message, "use a server's number, such as 1142 or 1226");
        }
      }
    }
  },
};
