/** Whether a text is a statement: our grammar and the servers have to say the same. */
import { expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import type { ServerAddress } from "../testkit/servers/address.ts";
import { realServers } from "../testkit/servers.ts";
import { openJudge, prepare } from "../testkit/sql-judge.ts";
import { mutate, tokenTexts } from "../testkit/statements/mutate.ts";
import { MARIADB_OTHERS, MYSQL_OTHERS, NO_OTHERS, OTHERS } from "../testkit/statements/others.ts";
import { MARIADB_QUERIES, MYSQL_QUERIES, NO_QUERIES, QUERIES } from "../testkit/statements/queries.ts";
import { lex } from "./lexer.ts";
import { parse } from "./parser.ts";
import { type Dialect, newTokens } from "./tokens.ts";
import { FAILURE_NONE, newTree } from "./tree.ts";

const ER_PARSE_ERROR = 1064;
const ER_SYNTAX_ERROR = 1149;
const ER_DERIVED_MUST_HAVE_ALIAS = 1248;
/** MariaDB 10.11 ends the connection when a HELP is prepared. */
const BOTH = [...QUERIES, ...OTHERS].filter((sql) => !sql.startsWith("HELP"));
const MYSQL = [...MYSQL_QUERIES, ...MYSQL_OTHERS];
const MARIADB = [...MARIADB_QUERIES, ...MARIADB_OTHERS];
const NONE = [...NO_QUERIES, ...NO_OTHERS];
const MUTANTS_EACH = 8;
/** Of the mutants that a server refuses, how many % we may take; of those that it takes, how many % we may refuse. */
const TAKEN_MAX = 1;
const REFUSED_MAX = 0.5;

const tokens = newTokens();
const tree = newTree();

function dialectOf(server: ServerAddress): Dialect {
  const isMariaDb = server.name === "mariadb";
  return { sqlMode: 0, charset: 0, isMariaDb, version: isMariaDb ? 101118 : 90704 };
}

function isStatement(sql: string, dialect: Dialect): boolean {
  const bytes = new TextEncoder().encode(sql);
  lex(tokens, bytes, 0, bytes.length, dialect);
  parse(tree, tokens, 0);
  return tree.failure === FAILURE_NONE && tree.stop === tokens.count;
}

/** Whether the server has the statement in its grammar; null where it refuses before it has read all of it. */
function isKnown(code: number): boolean | null {
  if (code === ER_PARSE_ERROR || code === ER_SYNTAX_ERROR || code === ER_DERIVED_MUST_HAVE_ALIAS) return false;
  // Columns that are not there, tables that are not, and what cannot be prepared are looked for afterwards.
  return code === 0 || code === 1146 || code === 1054 || code === 1295 || code === 1305 ? true : null;
}

for (const server of Object.values(realServers())) {
  test(`${server.name} and the grammar take the same statements`, async () => {
    const judge = await openJudge(server);
    await judge.query("USE test");
    const dialect = dialectOf(server);
    const own = server.name === "mysql" ? MYSQL : MARIADB;
    const wrong: string[] = [];
    for (const [isOurs, list] of [
      [true, BOTH],
      [true, own],
      [false, NONE],
    ] as const) {
      for (const sql of list) {
        const { code, message } = await prepare(judge, sql);
        const isTheirs = code !== ER_PARSE_ERROR && code !== ER_SYNTAX_ERROR;
        if (isTheirs !== isOurs) wrong.push(`the server says ${message || "yes"} <- ${sql}`);
        if (isStatement(sql, dialect) !== isOurs) wrong.push(`the grammar says ${!isOurs} <- ${sql}`);
      }
    }
    await judge.end();
    expect(wrong).toEqual([]);
  }, 60_000);

  test(`the grammar takes next to nothing that ${server.name} refuses`, async () => {
    const judge = await openJudge(server);
    await judge.query("USE test");
    const dialect = dialectOf(server);
    const random = seededRandom(5);
    const statements = [...BOTH, ...(server.name === "mysql" ? MYSQL : MARIADB)];
    const others = statements.flatMap((sql) => tokenTexts(sql, dialect)).filter((text) => !/^help$/i.test(text));
    const counts = { refused: 0, taken: 0 };
    const taken: string[] = [];
    const refused: string[] = [];
    for (const sql of statements) {
      for (let i = 0; i < MUTANTS_EACH; i++) {
        const mutant = mutate(sql, others, dialect, random);
        const { code } = await prepare(judge, mutant);
        const known = isKnown(code);
        if (known === null) continue;
        const ours = isStatement(mutant, dialect);
        counts[known ? "taken" : "refused"] += 1;
        if (ours && !known) taken.push(mutant);
        if (!ours && known && code !== 1054) refused.push(`${code} ${mutant}`);
      }
    }
    await judge.end();
    const rate = (wrong: readonly string[], all: number): string =>
      `${wrong.length} of ${all}, ${((wrong.length / all) * 100).toFixed(2)} %`;
    process.stderr.write(`${server.name}: refused mutants that we take: ${rate(taken, counts.refused)}\n`);
    process.stderr.write(`${server.name}: taken mutants that we refuse: ${rate(refused, counts.taken)}\n`);
    expect((taken.length / counts.refused) * 100, taken.join("\n")).toBeLessThanOrEqual(TAKEN_MAX);
    expect((refused.length / counts.taken) * 100, refused.join("\n")).toBeLessThanOrEqual(REFUSED_MAX);
  }, 120_000);
}
