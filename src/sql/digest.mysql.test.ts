/** Digests, beside those that a server makes of the same texts at this moment. */
import { expect, test } from "bun:test";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { realServers } from "../testkit/servers.ts";
import { corpusStatements, hasCorpus } from "../testkit/sql-corpus.ts";
import { openJudge } from "../testkit/sql-judge.ts";
import { MYSQL_OTHERS, OTHERS } from "../testkit/statements/others.ts";
import { MYSQL_QUERIES, QUERIES } from "../testkit/statements/queries.ts";
import { digestOf } from "./facts-of.ts";
import { newStatement, readStatement } from "./read-statement.ts";

const COM_QUERY = 3;
const LEAST = 99.5;
const FILES = ["select", "insert", "update", "delete", "set", "prepare", "tcl", "show", "ddl", "other"];
const SAMPLE_EACH = 300;

const isMissing = !hasCorpus();
const statement = newStatement();
statement.version = 90704;

/** The texts that the server and we make different digests of; `null` for those that it makes none of. */
async function differences(
  judge: Connection,
  statements: readonly string[],
): Promise<{ count: number; wrong: string[] }> {
  const wrong: string[] = [];
  let count = 0;
  for (const sql of statements) {
    const theirs = await serverDigest(judge, sql);
    if (theirs === null) continue;
    const bytes = new TextEncoder().encode(sql);
    readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
    const { text } = digestOf(statement);
    if (text !== theirs) wrong.push(`${sql}\n  server: ${theirs}\n  ours:   ${text}`);
    count += 1;
  }
  return { count, wrong };
}

/** The server makes no digest of what it cannot parse, nor of what has parameters. */
async function serverDigest(judge: Connection, sql: string): Promise<string | null> {
  try {
    const query = `SELECT STATEMENT_DIGEST_TEXT(${judge.escape(sql)}) AS digest`;
    const [rows] = await judge.query<(RowDataPacket & { digest: string | null })[]>(query);
    return rows[0]?.digest ?? null;
  } catch (error) {
    const ER_PARSE_ERROR_IN_DIGEST_FN = 3676;
    if ((error as { errno?: number }).errno === ER_PARSE_ERROR_IN_DIGEST_FN) return null;
    throw error;
  }
}

test("digests of our own statements are those of the server", async () => {
  const judge = await openJudge(realServers().mysql);
  const { count, wrong } = await differences(judge, [...QUERIES, ...MYSQL_QUERIES, ...OTHERS, ...MYSQL_OTHERS]);
  await judge.end();
  expect(count).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
}, 60_000);

test.skipIf(isMissing)(
  "digests of the corpus are those of the server",
  async () => {
    const judge = await openJudge(realServers().mysql);
    const sample = FILES.flatMap((name) => {
      const all = corpusStatements(name).filter(({ strict }) => strict);
      const step = Math.max(1, Math.floor(all.length / SAMPLE_EACH));
      return all.filter((_, i) => i % step === 0).map(({ sql }) => sql);
    });
    const { count, wrong } = await differences(judge, sample);
    await judge.end();
    const rate = ((count - wrong.length) / count) * 100;
    process.stderr.write(`live digests: ${count - wrong.length} of ${count} equal, ${rate.toFixed(2)} %\n`);
    expect(count).toBeGreaterThan(1000);
    expect(rate, wrong.slice(0, 10).join("\n")).toBeGreaterThanOrEqual(LEAST);
  },
  60_000,
);
