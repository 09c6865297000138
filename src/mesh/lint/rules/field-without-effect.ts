/** PSX4007: fields that are accepted and change nothing. */
import { anEndpoint, aShard, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const rule = (source: string) =>
  aShard(`
- tableName: orders
  tableStrategy: { tableShardingAlgorithmName: mod, tableShardingColumn: id, shardingCount: 4 }
  actualDatanodes: { valueSource: ${source} }`);

const PROBES = ["connectionProbe", "pingProbe", "readOnlyProbe", "replicationLagProbe"] as const;

export const fieldWithoutEffect: Rule = {
  id: "PSX4007",
  name: "field-without-effect",
  level: "warning",
  title: "the field is accepted, but has no effect",
  explanation: `The original's schema has a few fields that its proxy's configuration has no place for: expressions of data nodes, rules of
a DataShard's groups, successThreshold of probes. They are accepted, so that existing manifests stay valid.`,
  remedy: "Say it in the field that the finding names, or remove it.",
  example: {
    bad: documents(rule("{ nodes: [ { value: primary } ], expression: ds_0..1 }"), anEndpoint()),
    good: documents(rule("{ nodes: [ { value: primary } ] }"), anEndpoint()),
  },
  *check({ strategies }) {
    const place = ["spec", "loadBalance", "readWriteSplitting", "dynamic", "discovery", "masterHighAvailability"];
    for (const { manifest } of strategies) {
      const watch = manifest.spec.loadBalance.readWriteSplitting?.dynamic?.discovery.masterHighAvailability;
      for (const probe of PROBES) {
        if (watch?.[probe].successThreshold === undefined) continue;
        const message = "has no effect: an endpoint is up again after one good probe";
        yield* found(manifest, [...place, probe, "successThreshold"], message, "remove it");
      }
    }
  },
};
