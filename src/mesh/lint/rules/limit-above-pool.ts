/** PSX6002: limits that the pool reaches first. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const strategy = (max: number) =>
  aStrategy(`
concurrencyControls:
  - { name: reports, regex: '(?i)from report', duration: 10s, maxConcurrency: ${max} }`);

export const limitAbovePool: Rule = {
  id: "PSX6002",
  name: "limit-above-pool",
  level: "warning",
  title: "a concurrency limit allows as many statements as the pool has connections",
  explanation: `poolSize is the most connections to each endpoint. A limit that is not below it lets the statements that it is meant to hold
back take every connection, and all others wait in line behind them until timeoutPoolWaitMs.`,
  remedy: "Lower maxConcurrency, or raise poolSize.",
  example: {
    bad: documents(aDatabase("poolSize: 8"), strategy(8), anEndpoint()),
    good: documents(aDatabase("poolSize: 8"), strategy(4), anEndpoint()),
  },
  *check({ strategies }) {
    for (const { manifest, services } of strategies) {
      const smallest = services.reduce<(typeof services)[number] | null>((least, use) => {
        return least !== null && sizeOf(least) <= sizeOf(use) ? least : use;
      }, null);
      if (smallest === null) continue;
      const size = sizeOf(smallest);
      for (const [index, { maxConcurrency }] of manifest.spec.concurrencyControls.entries()) {
        if (maxConcurrency < size) continue;
        const message = `${maxConcurrency} matching statements can take all ${size} connections of service "${smallest.service.spec.name}" to an endpoint`;
        const path = ["spec", "concurrencyControls", index, "maxConcurrency"];
        yield* found(manifest, path, message, `write less than ${size}, or raise poolSize`);
      }
    }
  },
};

function sizeOf(use: { service: { spec: { databaseMySQL: { poolSize: number } } } }): number {
  return use.service.spec.databaseMySQL.poolSize;
}
