/** Reading SQL, through the doors that the rest of the proxy uses. */
import type { Random } from "../../../lib/random.ts";
import { COM_QUERY } from "../../../mysql/commands.ts";
import { copyFacts } from "../../../sql/facts.ts";
import { digestOf, factsOf } from "../../../sql/facts-of.ts";
import { readKillTarget } from "../../../sql/kill-target.ts";
import { STATEMENT_KINDS } from "../../../sql/kind.ts";
import { newStatement, readStatement, textOf } from "../../../sql/read-statement.ts";
import { readSetTargets } from "../../../sql/set-targets.ts";
import { isUnderstood } from "../../../sql/understood.ts";
import { checkText } from "../../statements/fuzz.ts";
import { QUERIES } from "../../statements/queries.ts";
import { between, isLucky, noise, pick } from "../chance.ts";
import { must, mustEqual, readGuarded } from "../oracle.ts";
import { refused, type Target, words } from "../target.ts";

const DICTIONARY = words(
  ..."'|\"|`|\\|-- |#|/*|*/|/*!|/*!50000|/*M!|@|@@|@@session.|:=|=|.|(|)|;|,|?|{fn |0x1F|1e5|b'01'|N'a'|_utf8mb4'a'".split(
    "|",
  ),
  ..." SELECT | FROM | INTO | UNION | WITH RECURSIVE | INSERT | UPDATE | SET | KILL | USE | BEGIN | END | CALL ".split(
    "|",
  ),
  ..." GLOBAL | NAMES | TRANSACTION | GET_LOCK(| LAST_INSERT_ID()| FOR UPDATE | DELIMITER | \u00e9 | NULL ".split("|"),
  "\0",
  "\n",
);

const STATEMENTS = [
  "SELECT a, `b` FROM t WHERE c = 'it''s' AND d > 1.5e3 /* why */ FOR UPDATE",
  "INSERT INTO t (a, b) VALUES (1, _utf8mb4'x'), (?, @v)",
  "WITH c AS (SELECT 1) UPDATE t, c SET a = b",
  "/*!50000 SET */ SESSION sql_mode = 'ANSI', @@global.x = 1",
  "CREATE TEMPORARY TABLE t SELECT GET_LOCK('a', 1)",
  "SELECT 1; CALL p(); -- end",
  "KILL QUERY 17",
  "USE `shop`",
];

const SETS = [
  "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
  "SET @a = 1, @`b c` = 'x''y', @c := NULL",
  "SET SESSION sql_mode = 'ANSI', time_zone = '+00:00', autocommit = 0",
  "SET @@session.wait_timeout = 10, @@local.sql_select_limit = DEFAULT",
  "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET SESSION TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE",
  "SET CHARACTER SET latin1",
  "set @x = -1.5, @y = b'01', @z = 0x41",
];

/** One byte of SQL modes, then a text. */
function someText(random: Random, texts: readonly string[]): Uint8Array {
  const parts = Array.from({ length: isLucky(random, 0.8) ? 1 : between(random, 2, 3) }, () => pick(random, texts));
  const text = new TextEncoder().encode(parts.join(pick(random, [";", " ", "/*", ""])));
  return new Uint8Array(Buffer.concat([noise(random, 1), isLucky(random, 0.1) ? noise(random, 40) : text]));
}

const sqlModeOf = (input: Uint8Array) => (input[0] ?? 0) & 3;

const statement: Target = {
  name: "statement",
  dictionary: DICTIONARY,
  generate: (random) => someText(random, [...STATEMENTS, ...SETS]),
  run(input) {
    const outcome = readGuarded(input.subarray(1), ({ bytes, at, end }) => {
      const read = newStatement();
      read.sqlMode = sqlModeOf(input);
      readStatement(read, COM_QUERY, bytes, at, end);
      return { kind: read.kind, effects: read.effects, text: textOf(read) };
    });
    must(outcome.kind === "read", "a text is read, whatever it is");
    const { kind, text } = outcome.value;
    must(STATEMENT_KINDS.includes(kind), `no kind is called ${kind}`);
    mustEqual(text, Buffer.from(input.subarray(1)).toString("utf8"), "the text");
    return kind;
  },
};

/** Texts longer than this are not made by repeating. */
const REPEATED_BYTES_MAX = 64 * 1024;

/**
 * Two bytes of a dialect, one that says how often the text is repeated, and the text: facts and digest through every door,
 * and the same when they come from what is kept of texts and digests. Repetition shows what takes longer than in proportion.
 */
const facts: Target = {
  name: "facts",
  dictionary: DICTIONARY,
  bytesMax: 4_000,
  generate: (random) =>
    new Uint8Array(Buffer.concat([noise(random, 2), someText(random, [...STATEMENTS, ...SETS, ...QUERIES])])),
  run(input) {
    const [modes = 0, others = 0, times = 0] = input;
    const text = repeated(input.subarray(3), times);
    const read = newStatement();
    const dialect = {
      sqlMode: modes & 31,
      charset: others % 5,
      isMariaDb: (others & 64) !== 0,
      version: (others & 128) !== 0 ? 101_118 : 90_704,
    };
    Object.assign(read, dialect);
    checkText(read, text, 0);
    const first = copyFacts(factsOf(read));
    const digest = { ...digestOf(read) };
    for (const source of ["the digest's", "the text's"]) {
      readStatement(read, COM_QUERY, text, 0, text.length);
      mustEqual(copyFacts(factsOf(read)), first, `facts that are ${source}`);
      mustEqual({ ...digestOf(read) }, digest, `the digest that is ${source}`);
    }
    if (!isUnderstood(read)) return refused(new Error(`failure ${first.failure}`));
    return `${read.kind} ${first.isTruncated ? "truncated" : ""}`;
  },
};

/** `text` as long as may be when `times` is large, which one in eight is. */
function repeated(text: Uint8Array, times: number): Uint8Array {
  if (times < 224 || text.length === 0) return text;
  const most = Math.floor(REPEATED_BYTES_MAX / text.length);
  return new Uint8Array(Buffer.concat(Array.from({ length: Math.max(1, most) }, () => text)));
}

const setTargets: Target = {
  name: "set-targets",
  dictionary: DICTIONARY,
  generate: (random) => someText(random, SETS),
  run(input) {
    const outcome = readGuarded(input.subarray(1), ({ bytes, at, end }) =>
      readSetTargets(bytes, at, end, sqlModeOf(input)),
    );
    must(outcome.kind === "read", "targets are told, not thrown");
    const targets = outcome.value;
    if (targets === null) return refused(new Error("no SET that can be replayed"));
    return [...new Set(targets.map(({ kind }) => kind))].sort().join(" ");
  },
};

const killTarget: Target = {
  name: "kill-target",
  dictionary: words(
    "KILL ",
    "QUERY ",
    "CONNECTION ",
    "HARD ",
    "SOFT ",
    "17",
    "4294967296",
    ";",
    "/**/",
    "-1",
    "1e3",
    "ID ",
  ),
  generate: (random) =>
    someText(random, ["KILL 17", "KILL QUERY 4294967295", "kill hard connection 3;", "KILL USER root"]),
  run(input) {
    const outcome = readGuarded(input.subarray(1), ({ bytes, at, end }) =>
      readKillTarget(bytes, at, end, sqlModeOf(input)),
    );
    must(outcome.kind === "read", "a target is told, not thrown");
    const target = outcome.value;
    if (target === null) return refused(new Error("no KILL of a number"));
    must(Number.isInteger(target.connectionId) && target.connectionId >= 0, "an id that is none");
    return target.isQueryOnly ? "query" : "connection";
  },
};

/** Readers of SQL. */
export const SQL_TARGETS: readonly Target[] = [statement, facts, setTargets, killTarget];
