/** A VirtualDatabase in words: what its proxy will do with a statement, and where each value comes from. */
import { ROLE_ANNOTATION, WEIGHT_ANNOTATION } from "../../api/database-endpoint.ts";
import { HEALTH } from "../../api/health.ts";
import { LIMITS } from "../../api/limits.ts";
import { ADMIN_DEFAULT } from "../../api/proxy-config.ts";
import { formatAddress } from "../../lib/address.ts";
import type { Endpoint, ResolvedDatabase, ResolvedService } from "../resolve.ts";
import { type ExplainedSection, type Explanation, joined, newNotes } from "./explanation.ts";
import { explainListener, explainNumbers, explainPassword } from "./listener.ts";
import { explainRest } from "./rest.ts";
import { explainRouting, explainRules } from "./strategy.ts";

/** Explains one database, whose manifests have no errors. */
export function explainDatabase(database: ResolvedDatabase): Explanation {
  const sections: ExplainedSection[] = [];
  for (const [index, service] of database.services.entries()) {
    const path = ["spec", "services", index];
    const listener = newNotes();
    explainListener(listener, database, service, path);
    sections.push({ title: `Listener ${service.spec.name}`, lines: listener.lines });
    sections.push(...governance(service));
    const limits = newNotes();
    explainNumbers(limits, LIMITS, service.spec.limits, database.manifest, [...path, "limits"]);
    sections.push({ title: `Limits of ${service.spec.name}`, lines: limits.lines });
    const health = newNotes();
    explainNumbers(health, HEALTH, service.spec.health, database.manifest, [...path, "health"]);
    sections.push({ title: `How ${service.spec.name} watches its databases`, lines: health.lines });
  }
  const endpoints = new Map(database.services.flatMap((service) => service.endpoints.map((each) => [each.name, each])));
  sections.push({
    title: "Databases",
    lines: [...endpoints.keys()].sort().flatMap((name) => databaseLines(endpoints.get(name))),
  });
  const admin = newNotes();
  admin.lines.push({
    text: `health and metrics on ${ADMIN_DEFAULT.host}:${ADMIN_DEFAULT.port}, log level ${ADMIN_DEFAULT.log_level}`,
    from: null,
    depth: 0,
  });
  sections.push({ title: "Admin server", lines: admin.lines });
  return { name: `${database.namespace}/${database.name}`, sections };
}

function governance(service: ResolvedService): ExplainedSection[] {
  const { strategy, dataShard, spec } = service;
  const rules = newNotes();
  const routing = newNotes();
  if (strategy === null) {
    rules.say("every statement may run: there is no TrafficStrategy");
    routing.say(`databases: ${joined(service.endpoints.map((endpoint) => endpoint.name))}`);
  } else {
    explainRules(rules, strategy);
    explainRouting(routing, service, strategy);
  }
  for (const [index, rule] of dataShard?.spec.rules.entries() ?? []) {
    if (dataShard === null) continue;
    const how = ["tableStrategy", "databaseStrategy", "databaseTableStrategy"].find(
      (field) => rule[field as "tableStrategy"] !== undefined,
    );
    const nodes = rule.actualDatanodes.valueSource.nodes.map(
      (node) => node.value ?? node.valueFromReadWriteSplitting?.name ?? "",
    );
    const path = ["spec", "rules", index, how ?? "tableName"];
    routing.value(
      `table ${rule.tableName} is spread by ${how} over ${joined(nodes)} (rendered, not served yet)`,
      dataShard,
      path,
    );
  }
  return [
    { title: `May a statement at ${spec.name} run?`, lines: rules.lines },
    { title: `Where does a statement at ${spec.name} run?`, lines: routing.lines },
  ];
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  disabled: "unencrypted",
  preferred: "encrypted where the server offers it",
  required: "encrypted, whoever answers",
  "verify-ca": "encrypted, with a certificate of the authority",
  "verify-identity": "encrypted, with a certificate of the authority for this host",
};

function databaseLines(endpoint: Endpoint | undefined) {
  const notes = newNotes();
  if (endpoint === undefined) return notes.lines;
  const { MySQL } = endpoint.spec.database;
  const path = ["spec", "database", "MySQL"];
  notes.value(`${endpoint.name} is ${formatAddress(MySQL)}`, endpoint, [...path, "host"]);
  notes.value(`the proxy logs in as ${MySQL.user}`, endpoint, [...path, "user"], 1);
  explainPassword(notes, MySQL, endpoint, path, "with ");
  notes.value(
    MySQL.db === "" ? "connections begin without a schema" : `connections begin in schema ${MySQL.db}`,
    endpoint,
    [...path, "db"],
    1,
  );
  notes.value(TLS_WORDS[MySQL.tls.mode] ?? MySQL.tls.mode, endpoint, [...path, "tls", "mode"], 1);
  explainRest(notes, endpoint, [...path, "tls"], MySQL.tls, ["mode"], 1);
  const told = ["host", "port", "user", "password", "passwordSecretRef", "db", "tls"];
  explainRest(notes, endpoint, path, MySQL, told, 1);
  const role = endpoint.annotations[ROLE_ANNOTATION];
  notes.value(`role ${role}`, endpoint, ["metadata", "annotations", ROLE_ANNOTATION], 1);
  const weight = endpoint.annotations[WEIGHT_ANNOTATION];
  notes.value(
    weight === 0 ? "weight 0: it gets no statements" : `weight ${weight}`,
    endpoint,
    ["metadata", "annotations", WEIGHT_ANNOTATION],
    1,
  );
  return notes.lines;
}
