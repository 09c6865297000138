/** PSX3003: slashes around a pattern, which belong to it. */
import { quoted } from "../../../lib/pattern-advice.ts";
import { aStrategy } from "../example.ts";
import { patternsOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

export const regexInSlashes: Rule = {
  id: "PSX3003",
  name: "regex-in-slashes",
  level: "warning",
  title: "the pattern stands between slashes, which are part of it",
  explanation: `JavaScript, Perl and sed put patterns between slashes; here a slash is a character like any other. The pattern only
matches statements that have both slashes in them, which is hardly ever meant.`,
  remedy: "Remove the slashes; write flags as (?i) at the beginning of the pattern.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-delete
    regex: ['/^delete/i']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-delete
    regex: ['(?i)^delete']`),
  },
  *check(mesh) {
    for (const { manifest, source, path } of patternsOf(mesh)) {
      const parts = /^\/(.+)\/([a-z]*)$/s.exec(source);
      // `/* ... */` is a comment that somebody looks for.
      if (parts === null || parts[1]?.startsWith("\\*") || parts[1]?.startsWith("*")) continue;
      const flags = (parts[2] ?? "").replace(/[^imsx]/g, "");
      const meant = `${flags === "" ? "" : `(?${flags})`}${parts[1]}`;
      yield* found(manifest, path, "the slashes are part of the pattern", `write ${quoted(meant)}`);
    }
  },
};
