/** How much of MySQL's own test suite is understood, as a server judged it. */
import { expect, test } from "bun:test";
import { corpusStatements, hasCorpus } from "../testkit/sql-corpus.ts";
import { EFFECT_FUNCTION } from "./effects.ts";
import { newFacts } from "./facts.ts";
import type { StatementKind } from "./kind.ts";
import { readFacts } from "./read-facts.ts";
import { newStatement, readStatement } from "./read-statement.ts";
import { tokensOf } from "./reading.ts";
import { FAILURE_NONE, newTree } from "./tree.ts";

const COM_QUERY = 3;
/** The kinds that statements of a file may have, and the least part of them that has to be understood, in %. */
const FILES: Record<string, { kinds: readonly StatementKind[] | null; least: number }> = {
  select: { kinds: ["SELECT"], least: 99.9 },
  insert: { kinds: ["INSERT", "REPLACE"], least: 99.9 },
  update: { kinds: ["UPDATE"], least: 99.9 },
  delete: { kinds: ["DELETE"], least: 99.9 },
  set: { kinds: ["SET"], least: 99.9 },
  prepare: { kinds: ["PREPARE", "EXECUTE", "DEALLOCATE"], least: 99.9 },
  tcl: { kinds: ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "XA", "LOCK", "UNLOCK"], least: 99.9 },
  show: { kinds: ["SHOW", "EXPLAIN"], least: 99.5 },
  ddl: { kinds: ["CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"], least: 99 },
  other: { kinds: null, least: 99.5 },
};

const isMissing = !hasCorpus();

for (const [name, { kinds, least }] of Object.entries(FILES)) {
  test.skipIf(isMissing)(`${name}.jsonl is understood`, () => {
    const statement = newStatement();
    statement.version = 90704;
    const tree = newTree();
    const facts = newFacts();
    const refused: string[] = [];
    const wrongKind: string[] = [];
    const missedEffects: string[] = [];
    let count = 0;
    for (const { sql, valid, strict } of corpusStatements(name)) {
      if (!valid) continue;
      const bytes = new TextEncoder().encode(sql);
      readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
      if (kinds !== null && !kinds.includes(statement.kind)) wrongKind.push(`${statement.kind}: ${sql}`);
      if (!strict) continue;
      count += 1;
      readFacts(facts, tree, tokensOf(statement));
      if (facts.failure !== FAILURE_NONE) refused.push(sql);
      // What the parse knows better is only that a sign is no variable, or that a function is not built in.
      else if ((facts.effects & ~statement.effects & ~EFFECT_FUNCTION) !== 0) missedEffects.push(sql);
    }
    const rate = ((count - refused.length) / count) * 100;
    process.stderr.write(`${name}: ${count - refused.length} of ${count} understood, ${rate.toFixed(2)} %\n`);
    expect(wrongKind).toEqual([]);
    expect(missedEffects).toEqual([]);
    expect(rate, refused.slice(0, 10).join("\n")).toBeGreaterThanOrEqual(least);
  });
}
