/** What is in the packets: large ones, files, character sets. */
import type { Scenario, Step } from "../scenario.ts";

/** The largest payload of one packet; a longer one goes on in the next, and this one is followed by an empty one. */
const PAYLOAD_MAX = 0xff_ffff;
const MEGABYTE = 1 << 20;

/** A statement whose COM_QUERY is `bytes` long, the command's byte included. */
function sized(bytes: number): Step {
  const sql = "SELECT LENGTH('{pad}') + 1";
  return { do: "query", sql, pad: bytes - 1 - (sql.length - "{pad}".length) };
}

/** A row whose packet is `bytes` long: one value and its length in front of it. */
function row(bytes: number): Step {
  const prefix = bytes - 4 < 0x100_0000 ? 4 : 9;
  return { do: "query", sql: `SELECT REPEAT('r', ${bytes - prefix})` };
}

const LETTERS = [
  ["utf8mb4", "Grüße 🧦 日本"],
  ["latin1", "Grüße ÿ"],
  ["gbk", "中文 \\ 测试"],
  ["sjis", "表示 ソース"],
] as const;

export const CONTENT: readonly Scenario[] = [
  {
    name: "statements of 16 MiB",
    isHeavy: true,
    steps: [sized(PAYLOAD_MAX - 1), sized(PAYLOAD_MAX), sized(PAYLOAD_MAX + 1), { do: "ping" }],
  },
  {
    name: "rows of 16 MiB",
    isHeavy: true,
    steps: [row(PAYLOAD_MAX - 1), row(PAYLOAD_MAX), row(PAYLOAD_MAX + 1), { do: "ping" }],
  },
  {
    name: "64 MiB, both ways",
    isHeavy: true,
    steps: [
      { do: "query", sql: "SELECT LENGTH('{pad}')", pad: 64 * MEGABYTE },
      { do: "query", sql: `SELECT REPEAT('r', ${64 * MEGABYTE})` },
      { do: "ping" },
    ],
  },
  {
    name: "a parameter of 20 MiB",
    isHeavy: true,
    setup: ["CREATE TABLE d_large (v longblob)"],
    steps: [
      { do: "execute", sql: "INSERT INTO d_large VALUES (?)", rows: [[{ repeat: "L", times: 20 * MEGABYTE }]] },
      { do: "query", sql: "SELECT LENGTH(v), SHA2(v, 256) FROM d_large" },
      { do: "execute", sql: "SELECT v FROM d_large WHERE ? = 1", rows: [[1]] },
    ],
  },
  {
    name: "larger than the server takes",
    isHeavy: true,
    steps: [
      { do: "query", sql: "SELECT REPEAT('r', 200 * 1024 * 1024)" },
      { do: "query", sql: "SHOW WARNINGS" },
    ],
  },
  {
    name: "a local file",
    login: { localInfile: true },
    setup: [
      "CREATE TABLE d_file (id int PRIMARY KEY, v varchar(100))",
      "CREATE TABLE d_file_large (id int, v varchar(200))",
    ],
    steps: [
      { do: "infile", file: "rows", table: "d_file" },
      { do: "query", sql: "SELECT * FROM d_file ORDER BY id" },
      { do: "infile", file: "empty", table: "d_file" },
      { do: "infile", file: "rows", table: "d_file" },
      { do: "query", sql: "SHOW WARNINGS" },
      { do: "infile", file: "large", table: "d_file_large" },
      { do: "query", sql: "SELECT COUNT(*), SUM(id), MIN(LENGTH(v)) FROM d_file_large" },
      { do: "infile", file: "rows", table: "d_no_such_file_table", expect: { error: 1146 } },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "a local file that is not there",
    login: { localInfile: true },
    setup: ["CREATE TABLE d_missing (id int PRIMARY KEY, v varchar(100))"],
    steps: [
      { do: "infile", file: "missing", table: "d_missing", expect: { error: "any" } },
      { do: "query", sql: "SELECT COUNT(*) FROM d_missing" },
    ],
  },
  {
    name: "a local file, refused by the client",
    login: { localInfile: false },
    setup: ["CREATE TABLE d_refused (id int PRIMARY KEY, v varchar(100))"],
    steps: [{ do: "infile", file: "rows", table: "d_refused", expect: { error: "any" } }],
  },
  ...LETTERS.map(
    ([charset, text], index): Scenario => ({
      name: `letters of ${charset}`,
      login: { charset },
      setup: [`CREATE TABLE d_letters_${charset} (v varchar(50)) CHARACTER SET ${charset}`],
      steps: [
        {
          do: "query",
          sql: "SELECT @@character_set_client, @@character_set_results, @@character_set_connection, @@collation_connection",
        },
        { do: "execute", sql: `INSERT INTO d_letters_${charset} VALUES (?)`, rows: [[text]] },
        { do: "query", sql: `SELECT v, HEX(v), CHAR_LENGTH(v), COLLATION(v), CHARSET('x') FROM d_letters_${charset}` },
        { do: "query", sql: `SET NAMES ${LETTERS[(index + 1) % LETTERS.length]?.[0]}` },
        { do: "query", sql: `SELECT HEX(v), CHARSET('x') FROM d_letters_${charset}` },
      ],
    }),
  ),
  {
    name: "collations",
    steps: [
      { do: "query", sql: "SET NAMES utf8mb4 COLLATE utf8mb4_bin" },
      { do: "query", sql: "SELECT 'a' = 'A', COLLATION('a'), @@collation_connection" },
      { do: "query", sql: "SET CHARACTER SET latin1" },
      { do: "query", sql: "SELECT @@character_set_client, @@character_set_results, @@collation_connection" },
      { do: "query", sql: "SET character_set_results = NULL" },
      { do: "query", sql: "SELECT @@character_set_results, 'x'" },
    ],
  },
];
