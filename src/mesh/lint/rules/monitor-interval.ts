/** PSX8002: the other name of monitorPeriod. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const strategy = (field: string) =>
  aStrategy(`
loadBalance:
  readWriteSplitting:
    dynamic:
      rules: [ { name: by-kind, type: generic, algorithmName: random } ]
      discovery:
        masterHighAvailability:
          user: monitor
          passwordSecretRef: { name: monitor }
          ${field}: 1000`);

export const monitorInterval: Rule = {
  id: "PSX8002",
  name: "monitor-interval",
  level: "notice",
  title: "monitorInterval is the older name of monitorPeriod",
  explanation: `The original's documentation says monitorPeriod, its code read monitorInterval and took a documented monitorPeriod for 0. Here
both mean the same.`,
  remedy: "Write monitorPeriod.",
  example: { bad: strategy("monitorInterval"), good: strategy("monitorPeriod") },
  *check({ strategies }) {
    const place = ["spec", "loadBalance", "readWriteSplitting", "dynamic", "discovery", "masterHighAvailability"];
    for (const { manifest } of strategies) {
      const path = [...place, "monitorInterval"];
      if (!manifest.source.isWritten([...manifest.path, ...path])) continue;
      yield* found(manifest, path, "is the older name of monitorPeriod", "write monitorPeriod", "key");
    }
  },
};
