/** PSX3007: a pattern that SQL in neither case matches. */
import { isFoundIn, machineOf } from "../../pattern/machine.ts";
import { aStrategy } from "../example.ts";
import { patternsOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

export const regexMixedCase: Rule = {
  id: "PSX3007",
  name: "regex-mixed-case",
  level: "warning",
  title: "the pattern cannot match, because of case",
  explanation: `The pattern matches neither statements in lower case nor in upper case, only those in just its own mixture. Hardly any
application writes \`Delete From orders\`.`,
  remedy: "Begin the pattern with (?i), or set caseInsensitive: true.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-delete
    regex: ['^Delete']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-delete
    regex: ['(?i)^delete']`),
  },
  *check(mesh) {
    for (const { manifest, rule, source, path } of patternsOf(mesh)) {
      const machine = machineOf(source, rule.caseInsensitive);
      const verb =
        /(?<![\\\w[?])(?:Select|Insert|Update|Delete|Replace|Truncate|Drop|Alter|Create|Call|Set|Show|From|Into)(?!\w)/;
      if (machine === null || machine.sample === null || !verb.test(source)) continue;
      const { sample } = machine;
      if (isFoundIn(machine, sample.toLowerCase()) || isFoundIn(machine, sample.toUpperCase())) continue;
      const message = `matches ${JSON.stringify(sample)}, but neither lower-case nor upper-case SQL`;
      const switchable = rule.list === "readWriteSplitting" ? "" : ", or set caseInsensitive: true";
      yield* found(manifest, path, message, `begin it with (?i)${switchable}`);
    }
  },
};
