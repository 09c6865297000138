/** PSX5006: TLS that anybody may answer. */
import { anEndpoint } from "../example.ts";
import { allOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const REASONS: Readonly<Record<string, string>> = {
  preferred: "falls back to plain text when the server, or somebody on the way, says that it cannot",
  required: "takes any certificate, so anybody on the way can answer in the database's name",
  "verify-ca": "takes any certificate of the authority, whatever host it is for",
};

export const tlsUnverified: Rule = {
  id: "PSX5006",
  name: "tls-unverified",
  level: "warning",
  title: "TLS to the database does not verify whom it talks to",
  explanation: `As \`mysql --ssl-mode\` says it: \`preferred\` may not encrypt at all, \`required\` does not look at the certificate, \`verify-ca\`
does not look at the host name. They protect against who only listens, not against who can answer.`,
  remedy: "Write mode: verify-identity, and ca when the authority is not one of the system's.",
  example: { bad: anEndpoint({ tls: "{ mode: preferred }" }), good: anEndpoint({ tls: "{ mode: verify-identity }" }) },
  *check(mesh) {
    for (const endpoint of allOf(mesh, "DatabaseEndpoint")) {
      const { mode } = endpoint.spec.database.MySQL.tls;
      const reason = REASONS[mode];
      if (reason === undefined) continue;
      const path = ["spec", "database", "MySQL", "tls", "mode"];
      yield* found(endpoint, path, `${mode} ${reason}`, "write mode: verify-identity");
    }
  },
};
