/** PSX3004: a pattern that every statement matches. */
import { shortestText } from "../../pattern/compare.ts";
import { machineOf } from "../../pattern/machine.ts";
import { aStrategy } from "../example.ts";
import { patternsOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const CONSEQUENCES = {
  circuitBreaks: "every statement is refused",
  concurrencyControls: "every statement is counted, and later rules of the list are never asked",
  readWriteSplitting: "every statement goes by this rule, and later ones are never asked",
};

export const regexMatchesEverything: Rule = {
  id: "PSX3004",
  name: "regex-matches-everything",
  level: "warning",
  title: "the pattern matches every statement",
  explanation: `A pattern is searched for anywhere in the text, so \`.*\`, \`^\`, \`(select)?\` and an alternative that is empty, as in
\`insert|\`, are found in all of them. For a circuit break that refuses the whole traffic of the service.`,
  remedy: "Write what the statements have in common.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-writes
    regex: ['(?i)^(insert|update|delete|)']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-writes
    regex: ['(?i)^(insert|update|delete)']`),
  },
  *check(mesh) {
    for (const { manifest, rule, source, path } of patternsOf(mesh)) {
      const machine = machineOf(source, rule.caseInsensitive);
      if (machine === null || shortestText([], [machine]).kind !== "none") continue;
      const message = `matches every statement: ${CONSEQUENCES[rule.list]}`;
      yield* found(manifest, path, message, "write what the statements that are meant have in common");
    }
  },
};
