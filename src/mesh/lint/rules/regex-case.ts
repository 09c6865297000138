/** PSX3006: a pattern that knows SQL in one case only. */
import { isFoundIn, machineOf } from "../../pattern/machine.ts";
import { aStrategy } from "../example.ts";
import { patternsOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";
import { words } from "../words.ts";

export const regexCase: Rule = {
  id: "PSX3006",
  name: "regex-case",
  level: "warning",
  title: "the pattern matches statements of one case only",
  explanation: `SQL does not care about case, patterns do. \`^delete\` lets \`DELETE FROM orders\` through, and what an application sends
depends on its driver and its ORM. The original compares case, too; so existing strategies have this gap.`,
  remedy: "Begin the pattern with (?i), or, in a circuit break or concurrency control, set caseInsensitive: true.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-delete
    regex: ['^delete']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-delete
    caseInsensitive: true
    regex: ['^delete']`),
  },
  *check(mesh) {
    for (const { manifest, rule, source, path } of patternsOf(mesh)) {
      const machine = machineOf(source, rule.caseInsensitive);
      const sample = machine?.sample;
      if (machine === null || sample === undefined || sample === null || !words(source).some(isOfSql)) continue;
      const [lower, upper] = [sample.toLowerCase(), sample.toUpperCase()];
      const [matchesLower, matchesUpper] = [isFoundIn(machine, lower), isFoundIn(machine, upper)];
      if (matchesLower === matchesUpper) continue;
      const [is, isNot] = matchesLower ? [lower, upper] : [upper, lower];
      const message = `matches ${JSON.stringify(is)}, but not ${JSON.stringify(isNot)}`;
      const switchable = rule.list === "readWriteSplitting" ? "" : ", or set caseInsensitive: true";
      yield* found(manifest, path, message, `begin it with (?i)${switchable}`);
    }
  },
};

/** Names of tables may well be meant in one case. */
function isOfSql(word: string): boolean {
  return SQL_WORDS.has(word.toLowerCase());
}

const SQL_WORDS = new Set(
  `select insert update delete replace truncate drop alter create call load grant revoke lock set show use begin commit
rollback from into where join union values table limit order group having like between exists count sum avg min max
sleep benchmark for`.split(/\s+/),
);
