/** What a DataShard refers to: endpoints by name, and groups of endpoints by role. */
import { ROLE_ANNOTATION } from "../api/database-endpoint.ts";
import { type Issue, issueAt } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import { type Catalog, follow } from "./catalog.ts";
import { isAsWritten, type ManifestOf } from "./manifest.ts";

/** One endpoint that takes writes and those that take reads, by name. */
export interface NodeGroup {
  name: string;
  readwrite: string;
  reads: string[];
}

/** The endpoints that the shard's rules name. Reports those that are missing, and what is written in vain. */
export function resolveShards(
  catalog: Catalog,
  shard: ManifestOf<"DataShard">,
  issues: Issue[],
): ManifestOf<"DatabaseEndpoint">[] {
  const { namespace, source, spec } = shard;
  const groups = spec.rules.flatMap((rule) => rule.readWriteSplittingGroup.map((group) => group.name));
  const endpoints: ManifestOf<"DatabaseEndpoint">[] = [];
  for (const [index, rule] of spec.rules.entries()) {
    const path = [...shard.path, "spec", "rules", index];
    const valueSource = [...path, "actualDatanodes", "valueSource"];
    for (const [place, { value, valueFromReadWriteSplitting }] of rule.actualDatanodes.valueSource.nodes.entries()) {
      const at = [...valueSource, "nodes", place];
      if (value !== undefined) {
        const reference = { kind: "DatabaseEndpoint", namespace, name: value, source, path: [...at, "value"] } as const;
        const endpoint = follow(catalog, reference, issues);
        if (endpoint !== null) endpoints.push(endpoint);
      }
      const group = valueFromReadWriteSplitting?.name;
      if (group === undefined || groups.includes(group) || !isAsWritten(shard, at.slice(shard.path.length))) continue;
      const remedy = didYouMean(group, groups, "add it to readWriteSplittingGroup of the rule");
      issues.push(
        issueAt(
          source,
          [...at, "valueFromReadWriteSplitting", "name"],
          `no readWriteSplittingGroup is called "${group}"`,
          remedy,
          { rule: "unresolved-reference" },
        ),
      );
    }
    if (rule.actualDatanodes.valueSource.expression !== undefined) {
      const at = [...valueSource, "expression"];
      issues.push(
        issueAt(source, at, "is not evaluated", "list the nodes", {
          severity: "warning",
          rule: "field-without-effect",
        }),
      );
    }
    for (const [place, group] of rule.readWriteSplittingGroup.entries()) {
      if (group.rules.length === 0) continue;
      const at = [...path, "readWriteSplittingGroup", place, "rules"];
      const remedy = "write them in loadBalance.readWriteSplitting of the TrafficStrategy";
      issues.push(
        issueAt(source, at, "has no effect: the proxy's configuration has no place for a group's own rules", remedy, {
          severity: "warning",
          rule: "field-without-effect",
        }),
      );
    }
  }
  return endpoints;
}

/** The shard's groups, filled from `members` by role. A group needs somebody who takes writes. */
export function newNodeGroups(
  shard: ManifestOf<"DataShard">,
  members: readonly ManifestOf<"DatabaseEndpoint">[],
  issues: Issue[],
): NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  const namesOf = (role: string) =>
    members.filter((endpoint) => endpoint.annotations[ROLE_ANNOTATION] === role).map((endpoint) => endpoint.name);
  const [readwrite] = namesOf("readwrite");
  for (const [index, rule] of shard.spec.rules.entries()) {
    for (const [place, { name }] of rule.readWriteSplittingGroup.entries()) {
      if (readwrite !== undefined) {
        groups.set(name, { name, readwrite, reads: namesOf("read") });
        continue;
      }
      const path = [...shard.path, "spec", "rules", index, "readWriteSplittingGroup", place];
      const remedy = `set the annotation ${ROLE_ANNOTATION}: readwrite on one of its DatabaseEndpoints`;
      const message = `no endpoint of group "${name}" takes writes`;
      issues.push(issueAt(shard.source, path, message, remedy, { rule: "nobody-takes-writes" }));
    }
  }
  return [...groups.values()];
}
