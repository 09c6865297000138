/**
 * Tables and actions, checked by somebody who knows better: an account that has exactly the privileges that the facts name
 * may run a statement, and one that lacks any of them is refused for that table.
 */
import { expect, test } from "bun:test";
import type { Connection } from "mysql2/promise";
import type { ServerAddress } from "../testkit/servers/address.ts";
import type { ServerName } from "../testkit/servers/kind.ts";
import { realServers } from "../testkit/servers.ts";
import { openJudge, run, type Verdict } from "../testkit/sql-judge.ts";
import { ACTION_NAMES, NONE, newFacts } from "./facts.ts";
import { lex } from "./lexer.ts";
import { nameText } from "./names.ts";
import { readFacts } from "./read-facts.ts";
import { newTokens } from "./tokens.ts";
import { FAILURE_NONE, newTree } from "./tree.ts";

const SCHEMA = "facts_here";
const OTHER = "facts_there";
const ACCOUNT = { user: "facts_judged", password: "judged" };
/** A privilege that lets an account enter a schema and no more. */
const ENTRY = "EVENT";
const ER_DBACCESS_DENIED = 1044;
const ER_TABLEACCESS_DENIED = 1142;
const ER_COLUMNACCESS_DENIED = 1143;
const REFUSALS = [ER_DBACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_COLUMNACCESS_DENIED, 1370, 1227];
/** Privileges that are granted for a whole schema. */
const OF_SCHEMAS = ["LOCK TABLES", "CREATE TEMPORARY TABLES"];

const SETUP = [
  `DROP DATABASE IF EXISTS ${SCHEMA}`,
  `DROP DATABASE IF EXISTS ${OTHER}`,
  `CREATE DATABASE ${SCHEMA}`,
  `CREATE DATABASE ${OTHER}`,
  ...["t", "u", "v"].map((name) => `CREATE TABLE ${SCHEMA}.${name} (id INT PRIMARY KEY, a INT, b INT, j JSON)`),
  `CREATE TABLE ${OTHER}.w (id INT PRIMARY KEY, a INT, b INT)`,
];

const BOTH = [
  "SELECT * FROM t",
  "SELECT a FROM t WHERE id IN (SELECT id FROM u WHERE u.a = t.a)",
  `SELECT t.a, w.b FROM t LEFT JOIN ${OTHER}.w USING (id) ORDER BY w.b LIMIT 1`,
  "SELECT (SELECT MAX(a) FROM u), COUNT(*) FROM t GROUP BY b HAVING COUNT(*) > (SELECT MIN(b) FROM v)",
  "SELECT * FROM (SELECT a FROM t UNION SELECT b FROM u) d WHERE EXISTS (SELECT 1 FROM v WHERE v.a = d.a)",
  "WITH c AS (SELECT * FROM t), v AS (SELECT * FROM c JOIN u USING (id)) SELECT * FROM v",
  "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n JOIN t ON t.id = n.i",
  "(SELECT a FROM t) UNION ALL (SELECT a FROM u) EXCEPT SELECT b FROM v",
  "SELECT j.a FROM t, JSON_TABLE(t.j, '$[*]' COLUMNS (a INT PATH '$')) AS j",
  "SELECT SUM(a) OVER (PARTITION BY b ORDER BY id) FROM t",
  "SELECT x.a FROM t x JOIN t y ON x.id = y.id NATURAL JOIN u",
  "SELECT /* u */ 'v' FROM t -- w",
  "SELECT 1 FROM /*! t, */ u",
  "EXPLAIN SELECT * FROM t JOIN u USING (id)",

  "INSERT INTO t (id, a) VALUES (1, 2)",
  "INSERT INTO t SELECT id, a, b, NULL FROM u",
  "INSERT INTO t (id, a) SELECT w.id, (SELECT MAX(v.a) FROM v) FROM facts_there.w",
  "INSERT INTO t (id, a) VALUES (1, (SELECT MAX(a) FROM u))",
  "INSERT INTO t SET id = 1, a = 2",
  "INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = a + 1",
  "REPLACE INTO t (id, a) VALUES (1, 2)",
  "REPLACE INTO t (id) SELECT id FROM u",
  "UPDATE t SET a = 1",
  "UPDATE t SET a = b",
  "UPDATE t SET a = 1 WHERE id = 2",
  "UPDATE t SET a = 1 ORDER BY b LIMIT 1",
  "UPDATE t SET a = (SELECT MAX(b) FROM u)",
  "UPDATE t SET a = (SELECT MAX(b) FROM u WHERE u.id = t.id)",
  "UPDATE t x JOIN u y ON x.id = y.id SET x.a = y.b",
  "UPDATE t, u, v SET t.a = 1, v.b = u.a WHERE t.id = u.id AND u.id = v.id",
  "UPDATE t JOIN (SELECT MAX(a) m FROM u) d SET t.a = d.m",
  "DELETE FROM t",
  "DELETE FROM t WHERE a = 1",
  "DELETE FROM t LIMIT 1",
  "DELETE FROM t WHERE id IN (SELECT id FROM u)",
  "DELETE x FROM t x JOIN u ON x.id = u.id",
  "DELETE t, y FROM t JOIN u AS y ON t.id = y.id JOIN v ON v.id = t.id",
  `DELETE FROM t, ${OTHER}.w USING t JOIN ${OTHER}.w USING (id)`,
  "DO (SELECT MAX(a) FROM t)",
  "SET @a = (SELECT MAX(a) FROM t)",

  "CREATE TABLE n (id INT)",
  "CREATE TABLE IF NOT EXISTS facts_there.n (id INT)",
  "CREATE TABLE n LIKE t",
  "CREATE TABLE n SELECT t.* FROM t JOIN u USING (id)",
  "CREATE TABLE n (id INT, FOREIGN KEY (id) REFERENCES t (id))",
  "CREATE TEMPORARY TABLE n (id INT)",
  "DROP TABLE t",
  "DROP TABLE IF EXISTS t, u",
  "DROP TEMPORARY TABLE IF EXISTS t",
  "TRUNCATE TABLE t",
  "ALTER TABLE t ADD c INT",
  "ALTER TABLE t RENAME TO n",
  "ALTER TABLE t RENAME TO facts_there.n, ADD c INT",
  "RENAME TABLE t TO n, u TO facts_there.m",
  "CREATE INDEX i ON t (a)",
  "DROP INDEX `PRIMARY` ON t",
  "CREATE VIEW n AS SELECT t.* FROM t JOIN u USING (id)",
  "CREATE OR REPLACE VIEW n AS SELECT a FROM t",
  "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.a = (SELECT MAX(a) FROM u)",
  "LOCK TABLES t READ, u AS x WRITE",
  "ANALYZE TABLE t, u",
  "CHECK TABLE t",
  "CHECKSUM TABLE t",
  "OPTIMIZE TABLE t",
  "HANDLER t OPEN",
  "SHOW COLUMNS FROM t",
  "SHOW INDEX FROM u",
  "DESCRIBE t",
];

const ONLY: Record<ServerName, readonly string[]> = {
  mysql: [
    "TABLE t ORDER BY a LIMIT 1",
    "SELECT * FROM t, LATERAL (SELECT a FROM u WHERE u.id = t.id) d",
    "WITH c AS (SELECT id FROM u) UPDATE t JOIN c USING (id) SET t.a = 1",
    "WITH c AS (SELECT id FROM u) DELETE FROM t WHERE id IN (SELECT id FROM c)",
    "INSERT INTO t TABLE u",
    "INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 3",
    "INSERT INTO t (id, a) VALUES (1, 2) AS new ON DUPLICATE KEY UPDATE a = new.a",
    "SHOW CREATE TABLE t",
  ],
  mariadb: [
    "INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 3",
    "INSERT INTO t (id, a) VALUES (1, 2) RETURNING id",
    "REPLACE INTO t (id, a) VALUES (1, 2) RETURNING 1",
    "DELETE FROM t WHERE id = 1 RETURNING a",
    "CREATE OR REPLACE TABLE t (id INT)",
    "WITH RECURSIVE c AS (SELECT * FROM v), v AS (SELECT 1 AS id) SELECT * FROM C JOIN t USING (id)",
    "SELECT * FROM (VALUES (1), (2)) d JOIN t",
    "EXPLAIN UPDATE t SET a = 1 WHERE id = 2",
    "ANALYZE DELETE FROM t WHERE id = 2",
  ],
};

/** A table and what is done with it. */
interface Right {
  schema: string;
  table: string;
  privilege: string;
}

interface Judge {
  readonly server: ServerAddress;
  readonly root: Connection;
  judged: Connection;
  /** What the account has been granted, as GRANT and REVOKE have it. */
  granted: ReadonlySet<string>;
}

async function openServer(server: ServerAddress): Promise<Judge> {
  const root = await openJudge(server);
  for (const statement of SETUP) await root.query(statement);
  await root.query(`DROP USER IF EXISTS ${ACCOUNT.user}@'%'`);
  await root.query(`CREATE USER ${ACCOUNT.user}@'%' IDENTIFIED BY '${ACCOUNT.password}'`);
  for (const schema of [SCHEMA, OTHER]) await root.query(`GRANT ${ENTRY} ON ${schema}.* TO ${ACCOUNT.user}@'%'`);
  return { server, root, judged: await openJudge(server, ACCOUNT), granted: new Set() };
}

async function closeServer({ root, judged }: Judge): Promise<void> {
  await judged.end();
  await root.query(`DROP USER ${ACCOUNT.user}@'%'`);
  for (const schema of [SCHEMA, OTHER]) await root.query(`DROP DATABASE ${schema}`);
  await root.end();
}

for (const server of Object.values(realServers())) {
  test(`the tables and actions of statements are those that ${server.name} wants privileges for`, async () => {
    const judge = await openServer(server);
    const misses: string[] = [];
    let rights = 0;
    const statements = [...BOTH, ...ONLY[server.name]];
    for (const sql of statements) {
      const wanted = rightsOf(sql, server.name === "mariadb");
      rights += wanted.length;
      misses.push(...(await missesOf(judge, sql, wanted)));
    }
    await closeServer(judge);
    process.stderr.write(
      `${server.name}: ${statements.length} statements, ${rights} privileges, ${misses.length} misses\n`,
    );
    expect(misses).toEqual([]);
  }, 120_000);
}

const tokens = newTokens();
const tree = newTree();
const facts = newFacts();

/** The privileges that the facts of the statement say it needs. */
function rightsOf(sql: string, isMariaDb: boolean): Right[] {
  const bytes = new TextEncoder().encode(sql);
  lex(tokens, bytes, 0, bytes.length, { sqlMode: 0, charset: 0, isMariaDb, version: 0 });
  readFacts(facts, tree, tokens);
  if (facts.failure !== FAILURE_NONE) throw new Error(`not understood: ${sql}`);
  const rights = new Map<string, Right>();
  for (const table of facts.tables.items.slice(0, facts.tables.count)) {
    if (table.isCommonTable) continue;
    const schema = table.schema === NONE ? SCHEMA : nameText(tokens, table.schema);
    for (const [bit, action] of ACTION_NAMES.entries()) {
      if ((table.actions & (1 << bit)) === 0 || action === "NAME") continue;
      const privilege = action === "SHOW" ? "SELECT" : action;
      const name = OF_SCHEMAS.includes(privilege) ? "*" : nameText(tokens, table.name);
      rights.set(`${privilege} ${schema}.${name}`, { schema, table: name, privilege });
    }
  }
  return [...rights.values()];
}

/** What the server sees otherwise: it refuses the account that has all rights, or lets one run that lacks one. */
async function missesOf(judge: Judge, sql: string, rights: readonly Right[]): Promise<string[]> {
  const misses: string[] = [];
  for (const missing of rights) {
    const verdict = await runWith(
      judge,
      sql,
      rights.filter((right) => right !== missing),
    );
    if (!isRefusedFor(verdict, missing)) {
      misses.push(`without ${missing.privilege} on ${missing.table}: ${verdict.code} ${verdict.message} <- ${sql}`);
    }
  }
  const verdict = await runWith(judge, sql, rights);
  if (REFUSALS.includes(verdict.code)) misses.push(`with all: ${verdict.message} <- ${sql}`);
  return misses;
}

function isRefusedFor(verdict: Verdict, { schema, table, privilege }: Right): boolean {
  if (OF_SCHEMAS.includes(privilege))
    return verdict.code === ER_DBACCESS_DENIED && verdict.message.includes(`'${schema}'`);
  if (verdict.code !== ER_TABLEACCESS_DENIED && verdict.code !== ER_COLUMNACCESS_DENIED) return false;
  const [, named] = /(?:for|in) table [`']?(?:\w+`?\.`?)?(\w+)[`']/.exec(verdict.message) ?? [];
  return named === table;
}

/** Runs the statement as an account that has these rights and no others. */
async function runWith(judge: Judge, sql: string, rights: readonly Right[]): Promise<Verdict> {
  const { root, granted, judged } = judge;
  const wanted = new Map(rights.map((right) => [`${right.privilege} ON ${right.schema}.${right.table}`, right]));
  for (const right of granted) {
    if (!wanted.has(right)) await root.query(`REVOKE ${right} FROM ${ACCOUNT.user}@'%'`);
  }
  for (const [name, right] of wanted) if (!granted.has(name)) await grant(root, right, rights);
  judge.granted = new Set(wanted.keys());
  // The rights in a schema are those that were there when it was entered.
  await judged.query(`USE ${SCHEMA}`);
  const verdict = await run(judged, sql);
  if (verdict.code === 0) await restore(judge, sql);
  return verdict;
}

async function grant(root: Connection, { privilege, schema, table }: Right, rights: readonly Right[]): Promise<void> {
  const place = `${schema}.${table}`;
  const verdict = await run(root, `GRANT ${privilege} ON ${place} TO ${ACCOUNT.user}@'%'`);
  if (verdict.code === 0) return;
  // On a table that is not there nothing can be granted but together with the right to make it.
  await root.query(`GRANT ${privilege}, CREATE ON ${place} TO ${ACCOUNT.user}@'%'`);
  const mayCreate = rights.some((right) => right.privilege === "CREATE" && right.table === table);
  if (!mayCreate) await root.query(`REVOKE CREATE ON ${place} FROM ${ACCOUNT.user}@'%'`);
}

/** Makes the tables anew, and gives up what the account may hold of the old ones. */
async function restore(judge: Judge, sql: string): Promise<void> {
  if (/^(SELECT|\(|TABLE|EXPLAIN|SHOW|DESCRIBE|DO|SET|CHECK)/.test(sql)) return;
  await judge.judged.end();
  for (const statement of SETUP) await judge.root.query(statement);
  judge.judged = await openJudge(judge.server, ACCOUNT);
}
