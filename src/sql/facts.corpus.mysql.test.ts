/**
 * The tables of statements that we did not write: a server refuses an account without rights for each table that the facts
 * name, and for no other. It checks that before it looks whether the tables are there, so none has to be.
 */
import { expect, test } from "bun:test";
import type { Connection } from "mysql2/promise";
import { realServers } from "../testkit/servers.ts";
import { corpusStatements, hasCorpus } from "../testkit/sql-corpus.ts";
import { openJudge, prepare, run } from "../testkit/sql-judge.ts";
import { ACTION_DELETE, ACTION_INSERT, ACTION_SELECT, ACTION_UPDATE, NONE, newFacts } from "./facts.ts";
import { lex } from "./lexer.ts";
import { nameText } from "./names.ts";
import { readFacts } from "./read-facts.ts";
import { type Dialect, newTokens } from "./tokens.ts";
import { FAILURE_NONE, newTree } from "./tree.ts";

const SCHEMA = "facts_corpus";
const ACCOUNT = { user: "facts_corpus", password: "judged" };
/** What the servers put names of tables in. */
const QUOTES = ["'", "`"];
/** What only MySQL has: syntax, character sets, system variables, ROLLUP with ORDER BY, collations, more parameters of functions. */
const FOREIGN = [1064, 1115, 1193, 1221, 1273, 1582];
const ER_TABLEACCESS_DENIED = 1142;
const SAMPLES = { select: 1200, insert: 300, update: 300, delete: 300 };
/** Accounts have rights in these by their own rules. */
const SYSTEM_SCHEMA = /^(information_schema|performance_schema|mysql|sys|ndbinfo)$/i;
const PRIVILEGES = [
  ["SELECT", ACTION_SELECT],
  ["INSERT", ACTION_INSERT],
  ["UPDATE", ACTION_UPDATE],
  ["DELETE", ACTION_DELETE],
] as const;
const NAME_SHOWN_MIN = 16;
/** A few statements fail for another reason first: a table that is not there, a derived table as the one to delete from. */
const MISSES_MAX = 0.002;

const isMissing = !hasCorpus();
const tokens = newTokens();
const tree = newTree();
const facts = newFacts();
const dialect: Dialect = { sqlMode: 0, charset: 0, isMariaDb: false, version: 0 };

test.skipIf(isMissing).each(["mysql", "mariadb"] as const)(
  "the tables of the corpus are those that %s wants privileges for",
  async (name) => {
    const server = realServers()[name];
    dialect.isMariaDb = name === "mariadb";
    dialect.version = dialect.isMariaDb ? 101118 : 90704;
    const root = await openJudge(server);
    for (const statement of [
      `DROP DATABASE IF EXISTS ${SCHEMA}`,
      `CREATE DATABASE ${SCHEMA}`,
      `DROP USER IF EXISTS ${ACCOUNT.user}@'%'`,
      `CREATE USER ${ACCOUNT.user}@'%' IDENTIFIED BY '${ACCOUNT.password}'`,
      `GRANT EVENT ON ${SCHEMA}.* TO ${ACCOUNT.user}@'%'`,
    ]) {
      await root.query(statement);
    }
    const judged = await openJudge(server, ACCOUNT);
    await judged.query(`USE ${SCHEMA}`);
    const misses: string[] = [];
    let statements = 0;
    let tables = 0;
    for (const [file, wanted] of Object.entries(SAMPLES)) {
      for (const sql of sampleOf(file, wanted)) {
        const grants = grantsOf(sql);
        if (grants === null) continue;
        const missed = await missesOf(root, judged, sql, grants);
        if (missed === null) continue;
        statements += 1;
        tables += grants.size;
        misses.push(...missed);
      }
    }
    await judged.end();
    await root.query(`DROP USER ${ACCOUNT.user}@'%'`);
    await root.query(`DROP DATABASE ${SCHEMA}`);
    await root.end();
    process.stderr.write(
      `${name}: ${statements} statements of the corpus, ${tables} tables, ${misses.length} misses\n`,
    );
    expect(statements).toBeGreaterThan(100);
    expect(misses.length / statements, misses.join("\n")).toBeLessThanOrEqual(MISSES_MAX);
  },
  120_000,
);

/** Statements from all over the file. */
function sampleOf(name: string, wanted: number): string[] {
  const all = corpusStatements(name).filter(({ strict }) => strict);
  const step = Math.floor(all.length / wanted);
  return all.filter((_, i) => i % step === 0).map(({ sql }) => sql);
}

/** The privileges by table, as `schema`.`table`; null where a rule of another sort would get in between. */
function grantsOf(sql: string): Map<string, string> | null {
  const bytes = new TextEncoder().encode(sql);
  lex(tokens, bytes, 0, bytes.length, dialect);
  readFacts(facts, tree, tokens);
  // For a file the server wants another privilege first.
  if (facts.failure !== FAILURE_NONE || facts.statements !== 1 || facts.writesFile) return null;
  const actions = new Map<string, number>();
  for (const table of facts.tables.items.slice(0, facts.tables.count)) {
    if (table.isCommonTable) continue;
    const schema = table.schema === NONE ? SCHEMA : nameText(tokens, table.schema);
    const name = nameText(tokens, table.name);
    if (SYSTEM_SCHEMA.test(schema) || name.includes("`")) return null;
    const place = `\`${schema}\`.\`${name}\``;
    actions.set(place, (actions.get(place) ?? 0) | table.actions);
  }
  return new Map(
    [...actions].map(([place, bits]) => {
      return [
        place,
        PRIVILEGES.filter(([, bit]) => (bits & bit) !== 0)
          .map(([privilege]) => privilege)
          .join(", "),
      ];
    }),
  );
}

/** What the server says otherwise; null where it does not have the statement. */
async function missesOf(
  root: Connection,
  judged: Connection,
  sql: string,
  grants: Map<string, string>,
): Promise<string[] | null> {
  const misses: string[] = [];
  const account = `${ACCOUNT.user}@'%'`;
  // What is not there can be granted together with the right to make it only.
  for (const [place, privileges] of grants) await root.query(`GRANT ${privileges}, CREATE ON ${place} TO ${account}`);
  const verdict = await prepare(judged, sql);
  if (FOREIGN.includes(verdict.code)) return null;
  if (isRefused(verdict.code, verdict.message)) misses.push(`with all: ${verdict.message} <- ${sql}`);
  for (const [place, privileges] of grants) {
    await root.query(`REVOKE ${privileges}, CREATE ON ${place} FROM ${account}`);
    const { code, message } = await prepare(judged, sql);
    // A message cuts long names off.
    const name = place.slice(place.indexOf("`.`") + 3, -1).slice(0, NAME_SHOWN_MIN);
    if (code !== ER_TABLEACCESS_DENIED || !QUOTES.some((quote) => message.includes(quote + name))) {
      misses.push(`without ${privileges} on ${place}: ${code} ${message} <- ${sql}`);
    }
    await root.query(`GRANT ${privileges}, CREATE ON ${place} TO ${account}`);
  }
  for (const [place, privileges] of grants) await run(root, `REVOKE ${privileges}, CREATE ON ${place} FROM ${account}`);
  return misses;
}

/** Locking reads want UPDATE, DELETE or LOCK TABLES besides, whichever it is. */
function isRefused(code: number, message: string): boolean {
  return code === ER_TABLEACCESS_DENIED && !message.includes("locking clause");
}
