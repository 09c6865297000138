/** Digests of MySQL's own test suite, as a server 9.7.4 made them. */
import { expect, test } from "bun:test";
import { corpusDigests, hasCorpus } from "../testkit/sql-corpus.ts";
import { digestOf } from "./facts-of.ts";
import { newStatement, readStatement } from "./read-statement.ts";

const COM_QUERY = 3;
const FILES = ["select", "insert", "update", "delete", "set", "prepare", "tcl", "show", "ddl", "other"];
const LEAST = 99.5;

const isMissing = !hasCorpus();

test.skipIf(isMissing)("digests are those of the server", () => {
  const statement = newStatement();
  statement.version = 90704;
  const wrong: string[] = [];
  let count = 0;
  for (const name of FILES) {
    for (const { sql, digest_text } of corpusDigests(name)) {
      const bytes = new TextEncoder().encode(sql);
      readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
      const { text } = digestOf(statement);
      if (text !== digest_text) wrong.push(`${sql}\n  server: ${digest_text}\n  ours:   ${text}`);
      count += 1;
    }
  }
  const rate = ((count - wrong.length) / count) * 100;
  process.stderr.write(`digests: ${count - wrong.length} of ${count} equal, ${rate.toFixed(2)} %\n`);
  expect(rate, wrong.slice(0, 10).join("\n")).toBeGreaterThanOrEqual(LEAST);
});
