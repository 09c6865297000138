/** PSX1002: a key twice in one mapping. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const duplicateKey: Rule = {
  id: "PSX1002",
  name: "duplicate-key",
  level: "warning",
  title: "a key is written twice in one mapping",
  explanation: `Readers of YAML differ: kubectl's takes the later value without a word, others refuse the file. Whoever reads
the manifest sees the first one and believes it.`,
  remedy: "Delete one of the two.",
  example: {
    bad: aStrategy(`
loadBalance:
  simpleLoadBalance:
    kind: roundrobin
    kind: random`),
    good: aStrategy(`
loadBalance:
  simpleLoadBalance:
    kind: random`),
  },
};
