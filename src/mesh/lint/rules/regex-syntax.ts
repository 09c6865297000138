/** PSX3001: a pattern that does not compile. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const regexSyntax: Rule = {
  id: "PSX3001",
  name: "regex-syntax",
  level: "error",
  title: "the pattern does not compile",
  explanation: `Patterns are in the dialect of Rust's \`regex\` crate. A pattern that does not compile keeps the whole configuration from
being served.`,
  remedy:
    "Correct the pattern at the character shown. Escape characters that are meant literally with \\, and put patterns in single quotes.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-count
    regex: ['(?i)count(']`),
    good: aStrategy(String.raw`
circuitBreaks:
  - name: no-count
    regex: ['(?i)count\(']`),
  },
};
