/** Texts that nobody would write, from a seed, and what has to hold for every text. */
import type { Random } from "../../lib/random.ts";
import { accessOf } from "../../sql/access.ts";
import type { Facts } from "../../sql/facts.ts";
import { digestOf, factsOf } from "../../sql/facts-of.ts";
import { hintsOf } from "../../sql/hints.ts";
import { readKillTarget } from "../../sql/kill-target.ts";
import { STATEMENT_KINDS } from "../../sql/kind.ts";
import { newStatement, readStatement } from "../../sql/read-statement.ts";
import { tokensOf } from "../../sql/reading.ts";
import { readSetTargets } from "../../sql/set-targets.ts";
import type { Statement } from "../../sql/statement.ts";
import type { Dialect, Tokens } from "../../sql/tokens.ts";
import { isUnderstood } from "../../sql/understood.ts";
import { mutate } from "./mutate.ts";

const COM_QUERY = 3;
/** All bits of sql_mode and all character sets that make a difference. */
const SQL_MODES = 32;
const CHARSETS = 5;
const VERSIONS = [0, 80036, 90704, 101118];

const PIECES = [
  ..."'\"`\\-#/*!@.(){};:=?0129xbeE+ \n\t\0$",
  ..."--,/*,*/,/*!,/*!50000,/*M!,/*+,@@,:=,get_lock(,for update,select,with,set,0x,1e,`a`.,é,\xff,$$,insert into t values ".split(
    ",",
  ),
  ..."join,order by,group by,over (,case when,end,and,or,not,in (,between,union,limit,as,interval,cast(,json_table(".split(
    ",",
  ),
];

/** What a run did. */
export interface FuzzCounts {
  texts: number;
  bytes: number;
  /** Texts that the grammar has. */
  understood: number;
}

const statement = newStatement();

/**
 * Reads `count` texts made of random bytes, of pieces of SQL and of changed statements, in random dialects.
 * @throws Error that names the text for which something does not hold; anything else that reading throws.
 */
export function fuzz(random: Random, statements: readonly string[], count: number): FuzzCounts {
  const counts: FuzzCounts = { texts: 0, bytes: 0, understood: 0 };
  for (let i = 0; i < count; i++) {
    const dialect = randomDialect(random);
    const text = randomText(random, statements, dialect);
    const start = Math.floor(random() * (text.length + 1)) & -(random() < 0.2 ? 1 : 0);
    Object.assign(statement, dialect);
    try {
      checkText(statement, text, start);
    } catch (error) {
      throw new Error(
        `${JSON.stringify(dialect)}, from ${start}: ${JSON.stringify(new TextDecoder("latin1").decode(text))}`,
        {
          cause: error,
        },
      );
    }
    counts.texts += 1;
    counts.bytes += text.length - start;
    if (isUnderstood(statement)) counts.understood += 1;
  }
  return counts;
}

function randomDialect(random: Random): Dialect {
  return {
    sqlMode: Math.floor(random() * SQL_MODES),
    charset: Math.floor(random() * CHARSETS),
    isMariaDb: random() < 0.5,
    version: VERSIONS[Math.floor(random() * VERSIONS.length)]!,
  };
}

function randomText(random: Random, statements: readonly string[], dialect: Dialect): Uint8Array {
  const length = Math.floor(random() * 60);
  const sort = random();
  if (sort < 0.2) return Uint8Array.from({ length }, () => Math.floor(random() * 256));
  if (sort < 0.5) {
    const pieces = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]);
    return new TextEncoder().encode(pieces.join(random() < 0.5 ? "" : " "));
  }
  const sql = statements[Math.floor(random() * statements.length)]!;
  const mutant = new TextEncoder().encode(mutate(sql, PIECES, dialect, random));
  // Bytes that are no character of any set.
  if (random() < 0.2 && mutant.length > 0) mutant[Math.floor(random() * mutant.length)] = Math.floor(random() * 256);
  return mutant;
}

/** Reads the text from `start` on in the dialect of `statement`, through every door. @throws Error that says what does not hold. */
export function checkText(statement: Statement, bytes: Uint8Array, start: number): void {
  readStatement(statement, COM_QUERY, bytes, start, bytes.length);
  require(STATEMENT_KINDS.includes(statement.kind), "the kind is one of the list");
  checkTokens(tokensOf(statement), start, bytes.length);
  checkFacts(factsOf(statement), tokensOf(statement).count);
  accessOf(statement.kind, factsOf(statement));
  require(/^[0-9a-f]{16}$/.test(digestOf(statement).id), "the id of a digest has sixteen digits");
  const hints = hintsOf(statement);
  for (const hint of hints.items.slice(0, hints.count)) {
    require(start <= hint.keyStart &&
      hint.keyEnd <= hint.valueStart &&
      hint.valueEnd <= bytes.length, "a hint lies inside");
  }
  readSetTargets(bytes, start, bytes.length, statement.sqlMode);
  readKillTarget(bytes, start, bytes.length, statement.sqlMode);
}

function checkTokens(tokens: Tokens, start: number, end: number): void {
  let last = start;
  for (let i = 0; i < tokens.count; i++) {
    const isForward = tokens.starts[i]! >= last && tokens.ends[i]! >= tokens.starts[i]! && tokens.ends[i]! <= end;
    require(isForward, `token ${i} comes behind the one before it`);
    last = tokens.ends[i]!;
  }
}

function checkFacts(facts: Facts, count: number): void {
  const isPlace = (first: number, last: number): boolean => first >= -1 && first <= last && last <= count;
  const lists = [
    facts.columns,
    facts.calls,
    facts.orders,
    facts.limits,
    facts.comparisons,
    facts.variables,
    facts.blocks,
  ];
  for (const list of lists) {
    for (let i = 0; i < list.count; i++) {
      const { first, end } = list.items[i]!;
      require(isPlace(first, end), `the tokens ${first} to ${end} are there`);
    }
  }
  for (let i = 0; i < facts.tables.count; i++) {
    const { first, name, end, alias, block } = facts.tables.items[i]!;
    require(0 <= first && first <= name && name < end && end <= count, "the name of a table is there");
    require(alias < count && block < facts.blocks.count, "the alias and the block of a table are there");
  }
  for (let i = 0; i < facts.columns.count; i++) {
    const { table, block } = facts.columns.items[i]!;
    require(table >= -1 &&
      table < facts.tables.count &&
      block >= 0 &&
      block < facts.blocks.count, "a column's table is there");
  }
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}
