/** PSX2009: an endpoint under two strategies. */
import { anEndpoint, aStrategy, documents } from "../example.ts";
import type { Strategy } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const reports = aStrategy("", "{ matchLabels: { app: shop } }").replace("name: shop }", "name: shop-reports }");

export const endpointShared: Rule = {
  id: "PSX2009",
  name: "endpoint-shared",
  level: "notice",
  title: "two TrafficStrategies select the same DatabaseEndpoint",
  explanation: `Each strategy refuses and limits only the statements of its own services. What one of them forbids the other may let
through to the same database, and their concurrency limits do not add up to one.`,
  remedy: "Let the services share one strategy, or give each strategy endpoints of its own.",
  example: {
    bad: documents(aStrategy("circuitBreaks: [ { name: no-delete, regex: (?i)^delete } ]"), reports, anEndpoint()),
    good: documents(aStrategy("circuitBreaks: [ { name: no-delete, regex: (?i)^delete } ]"), anEndpoint()),
  },
  *check({ strategies }) {
    const owner = new Map<object, Strategy>();
    for (const { manifest, endpoints, rules } of strategies) {
      for (const endpoint of endpoints) {
        const other = owner.get(endpoint);
        if (other === undefined) owner.set(endpoint, manifest);
        const limits = other === undefined ? 0 : rules.length + rulesIn(other);
        if (other === undefined || limits === 0) continue;
        const message = `selects DatabaseEndpoint ${endpoint.name}, which TrafficStrategy ${other.name} selects, too`;
        const remedy =
          "rules of one do not hold for statements of the other: share one strategy, or split the endpoints";
        yield* found(manifest, ["spec", "selector"], message, remedy);
        break;
      }
    }
  },
};

function rulesIn({ spec }: Strategy): number {
  return spec.circuitBreaks.length + spec.concurrencyControls.length;
}
