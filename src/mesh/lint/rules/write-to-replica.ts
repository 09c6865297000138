/** PSX4002: writes that splitting sends to replicas. */
import type { NodeRole } from "../../../api/proxy-config.ts";
import { shortestText } from "../../pattern/compare.ts";
import { isFoundIn, type Machine, machineOf } from "../../pattern/machine.ts";
import { machinesOf } from "../coverage.ts";
import { aStrategy } from "../example.ts";
import type { PatternRule, StrategyUse } from "../lint-mesh.ts";
import { type Found, found, type Rule } from "../rule.ts";

const splitting = (lines: string) =>
  aStrategy(`
loadBalance:
  readWriteSplitting:
    static:
${lines
  .trim()
  .split("\n")
  .map((line) => `      ${line}`)
  .join("\n")}`);

export const writeToReplica: Rule = {
  id: "PSX4002",
  name: "write-to-replica",
  level: "warning",
  title: "read/write splitting sends writes to endpoints that only read",
  explanation: `Regex rules look at the text alone. \`select\` without ^ is also found in \`insert into a select * from b\`; a default target
of \`read\` gets every write that no rule matches, such as one in upper case. A replica refuses the write, or, worse, accepts it.
Transactions, locking reads and the like go to readwrite endpoints whatever the rules say; plain writes do not.`,
  remedy:
    "Anchor the pattern with ^ (after white space), leave the default target readwrite, or use a rule of type generic, which knows what a statement does.",
  example: {
    bad: splitting(`
defaultTarget: readwrite
rules:
  - { name: reads, type: regex, regex: ['(?i)select'], target: read, algorithmName: random }`),
    good: splitting(`
defaultTarget: readwrite
rules:
  - { name: reads, type: generic, algorithmName: random }`),
  },
  *check({ strategies }) {
    for (const use of strategies) {
      for (const mode of ["static", "dynamic"] as const) {
        const written = use.manifest.spec.loadBalance.readWriteSplitting?.[mode];
        if (written !== undefined) yield* checkSplitting(use, mode, written);
      }
    }
  },
};

interface Splitting {
  readonly defaultTarget: NodeRole;
  readonly rules: readonly { readonly type: string }[];
}

function* checkSplitting({ manifest, rules }: StrategyUse, mode: string, written: Splitting): Iterable<Found> {
  const own = rules.filter((rule) => rule.list === "readWriteSplitting");
  const before: Machine[] = [];
  let isKnown = true;
  for (const rule of own) {
    const machines = machinesOf(rule);
    for (const [index, machine] of (machines ?? []).entries()) {
      if (rule.target !== "read" || !isKnown) continue;
      const write = writeFor(machine, before);
      if (write === null) continue;
      const message = `sends writes to read endpoints, such as ${JSON.stringify(write)}`;
      const remedy = "begin the pattern with ^\\s*, or make it a rule of type generic";
      yield* found(manifest, patternPath(rule, index), message, remedy);
    }
    if (machines === null) isKnown = false;
    else before.push(...machines);
  }
  const isGeneric = written.rules.some((rule) => rule.type === "generic");
  if (written.defaultTarget !== "read" || isGeneric || !isKnown) return;
  const left = writeFor(null, before);
  if (left === null) return;
  const message = `is read, so writes that no rule matches go to read endpoints, such as ${JSON.stringify(left)}`;
  const path = ["spec", "loadBalance", "readWriteSplitting", mode, "defaultTarget"];
  yield* found(manifest, path, message, "write readwrite, or add a rule of type generic");
}

function patternPath(rule: PatternRule, index: number) {
  return rule.patterns[index]?.path ?? rule.path;
}

const WRITE = "(?i)^\\s*(insert|update|delete|replace|load|create|alter|drop|truncate|rename|grant|revoke)\\b.*\\w";

/** A write that `machine` (any, for null) matches and none of `before` does, one that people write where possible. */
function writeFor(machine: Machine | null, before: readonly Machine[]): string | null {
  const write = machineOf(WRITE, false);
  if (write === null) return null;
  const sample = machine?.sample?.trim() ?? "";
  const usual = [
    "insert into t select * from s",
    "update t set a = 1",
    "delete from t where a in (select a from s)",
    `insert into ${sample} values (1)`,
    `update ${sample} set a = 1`,
    `delete from ${sample}`,
  ].flatMap((text) => [text, text.toUpperCase()]);
  const isHit = (text: string) => {
    const isMatched = machine === null || isFoundIn(machine, text);
    return isMatched && isFoundIn(write, text) && !before.some((earlier) => isFoundIn(earlier, text));
  };
  const found = usual.find(isHit);
  if (found !== undefined) return found;
  const answer = shortestText(machine === null ? [write] : [machine, write], before);
  return answer.kind === "text" ? answer.text : null;
}
