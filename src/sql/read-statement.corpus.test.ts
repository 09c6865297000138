/** Statements of MySQL's own test suite, judged by a server. They are test data of another licence and live outside of this repository. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StatementKind } from "./kind.ts";
import { newStatement, readStatement } from "./read-statement.ts";

const CORPUS = join(import.meta.dir, "../../../shared/corpus");

const KINDS: Record<string, readonly StatementKind[]> = {
  select: ["SELECT"],
  insert: ["INSERT", "REPLACE"],
  update: ["UPDATE"],
  delete: ["DELETE"],
  set: ["SET"],
  prepare: ["PREPARE", "EXECUTE", "DEALLOCATE"],
  tcl: ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "XA", "LOCK", "UNLOCK"],
  show: ["SHOW", "EXPLAIN"],
  ddl: ["CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME"],
};

const isMissing = !existsSync(CORPUS);
if (isMissing) process.stderr.write(`skipped: the statement corpus is not at ${CORPUS}\n`);

for (const [name, kinds] of Object.entries(KINDS)) {
  test.skipIf(isMissing)(`readStatement() gives every valid statement of ${name}.jsonl its kind`, () => {
    const statement = newStatement();
    const wrong: string[] = [];
    let count = 0;
    for (const line of readFileSync(join(CORPUS, `${name}.jsonl`), "utf8").split("\n")) {
      if (line === "") continue;
      const { sql, valid } = JSON.parse(line) as { sql: string; valid: boolean };
      if (!valid) continue;
      const bytes = new TextEncoder().encode(sql);
      readStatement(statement, 3, bytes, 0, bytes.length);
      if (!kinds.includes(statement.kind)) wrong.push(`${statement.kind}: ${sql}`);
      count += 1;
    }
    expect(count).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
}
