/** PSX4001: simple balancing beside read/write splitting. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const twoLoadBalancers: Rule = {
  id: "PSX4001",
  name: "two-load-balancers",
  level: "warning",
  title: "simpleLoadBalance has no effect beside readWriteSplitting",
  explanation: `A strategy balances in one of two ways. With both written read/write splitting wins, as in the original; the other one
only looks as if it did something.`,
  remedy: "Remove one of the two.",
  example: {
    bad: aStrategy(`
loadBalance:
  simpleLoadBalance: { kind: roundrobin }
  readWriteSplitting:
    static:
      rules: [ { name: by-kind, type: generic, algorithmName: random } ]`),
    good: aStrategy(`
loadBalance:
  readWriteSplitting:
    static:
      rules: [ { name: by-kind, type: generic, algorithmName: random } ]`),
  },
  *check({ strategies }) {
    for (const { manifest } of strategies) {
      const { simpleLoadBalance, readWriteSplitting } = manifest.spec.loadBalance;
      if (simpleLoadBalance === undefined || readWriteSplitting === undefined) continue;
      const message = "has no effect: readWriteSplitting decides where statements go";
      yield* found(manifest, ["spec", "loadBalance", "simpleLoadBalance"], message, "remove one of the two", "key");
    }
  },
};
