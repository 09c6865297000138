/** Statements of MySQL's own test suite with one token changed: what a server refuses, the grammar refuses. */
import { expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { realServers } from "../testkit/servers.ts";
import { corpusStatements, hasCorpus } from "../testkit/sql-corpus.ts";
import { openJudge, prepare } from "../testkit/sql-judge.ts";
import { mutate, tokenTexts } from "../testkit/statements/mutate.ts";
import { lex } from "./lexer.ts";
import { parse } from "./parser.ts";
import { type Dialect, newTokens } from "./tokens.ts";
import { FAILURE_NONE, newTree } from "./tree.ts";

const ER_PARSE_ERROR = 1064;
const FILES = ["select", "insert", "update", "delete", "set", "prepare", "tcl", "show", "ddl", "other"];
const MUTANTS_EACH = 400;
/** A longer one has more places where a changed token changes nothing. */
const LENGTH_MAX = 600;
/** Of the mutants that the server refuses, how many % we may take. */
const TAKEN_MAX = 1;
const DIALECT: Dialect = { sqlMode: 0, charset: 0, isMariaDb: false, version: 90704 };

const isMissing = !hasCorpus();

test.skipIf(isMissing)(
  "the grammar takes next to nothing that MySQL refuses",
  async () => {
    const judge = await openJudge(realServers().mysql);
    await judge.query("USE test");
    const random = seededRandom(7);
    const tokens = newTokens();
    const tree = newTree();
    const taken: string[] = [];
    let refused = 0;
    for (const name of FILES) {
      const all = corpusStatements(name).filter(({ strict, sql }) => strict && sql.length < LENGTH_MAX);
      const others = all.slice(0, 500).flatMap(({ sql }) => tokenTexts(sql, DIALECT));
      for (let i = 0; i < MUTANTS_EACH; i++) {
        const { sql } = all[Math.floor(random() * all.length)]!;
        const mutant = mutate(sql, others, DIALECT, random);
        const { code } = await prepare(judge, mutant);
        if (code !== ER_PARSE_ERROR) continue;
        refused += 1;
        const bytes = new TextEncoder().encode(mutant);
        lex(tokens, bytes, 0, bytes.length, DIALECT);
        parse(tree, tokens, 0);
        if (tree.failure === FAILURE_NONE && tree.stop === tokens.count) taken.push(mutant);
      }
    }
    await judge.end();
    const rate = (taken.length / refused) * 100;
    process.stderr.write(
      `mysql: refused mutants of the corpus that we take: ${taken.length} of ${refused}, ${rate.toFixed(2)} %\n`,
    );
    expect(refused).toBeGreaterThan(2000);
    expect(rate, taken.join("\n")).toBeLessThanOrEqual(TAKEN_MAX);
  },
  120_000,
);
