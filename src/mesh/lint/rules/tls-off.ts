/** PSX5005: plain text on the way to the database. */
import { anEndpoint } from "../example.ts";
import { isSameHost } from "../hosts.ts";
import { allOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

export const tlsOff: Rule = {
  id: "PSX5005",
  name: "tls-off",
  level: "notice",
  title: "the connection to the database is not encrypted",
  explanation: `Statements and rows cross the network in plain text. Without \`tls\` the mode is \`disabled\`, as in the original, which cannot
encrypt. A database on the same host needs none.`,
  remedy: "Add tls: {mode: verify-identity, ca: ...}; `ca` is the authority in PEM, the system's when absent.",
  example: { bad: anEndpoint({ tls: "{ mode: disabled }" }), good: anEndpoint({ tls: "{ mode: verify-identity }" }) },
  *check(mesh) {
    for (const endpoint of allOf(mesh, "DatabaseEndpoint")) {
      const { tls, host } = endpoint.spec.database.MySQL;
      if (tls.mode !== "disabled" || isSameHost(host)) continue;
      const place = ["spec", "database", "MySQL"];
      const at = endpoint.source.isWritten([...endpoint.path, ...place, "tls"])
        ? [...place, "tls"]
        : [...place, "host"];
      yield* found(endpoint, at, `the connection to ${host} is not encrypted`, "add tls: {mode: verify-identity}");
    }
  },
};
