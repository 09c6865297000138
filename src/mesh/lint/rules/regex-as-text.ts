/** PSX8003: patterns as v0.1.0 wrote them. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const regexAsText: Rule = {
  id: "PSX8003",
  name: "regex-as-text",
  level: "notice",
  title: "regex is a text; since v0.1.1 of the original it is a list",
  explanation: `Both forms are accepted here. Versions of the original from v0.1.1 on take the list only, so manifests with the text cannot be
used with both.`,
  remedy: "Write regex: [PATTERN].",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-truncate
    regex: (?i)truncate`),
    good: aStrategy(`
circuitBreaks:
  - name: no-truncate
    regex: [(?i)truncate]`),
  },
  *check({ strategies }) {
    for (const { manifest, rules } of strategies) {
      for (const { patterns, path } of rules) {
        const isText = patterns.length === 1 && patterns[0]?.path.at(-1) === "regex";
        if (isText)
          yield* found(
            manifest,
            [...path, "regex"],
            "is a text: v0.1.1 and later of the original take a list only",
            "write it in brackets: [...]",
          );
      }
    }
  },
};
