import { describe, expect, test } from "bun:test";
import { digestOf } from "./facts-of.ts";
import { newStatement, readStatement } from "./read-statement.ts";

const COM_QUERY = 3;

function digest(sql: string): { id: string; text: string } {
  const statement = newStatement();
  statement.version = 90704;
  const bytes = new TextEncoder().encode(sql);
  readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
  return digestOf(statement);
}

/** As MySQL 9.7's STATEMENT_DIGEST_TEXT() has them. */
const DIGESTS: [sql: string, text: string][] = [
  ["select 1", "SELECT ?"],
  ["select a from t where b = 'x' and c in (1, 2, 3)", "SELECT `a` FROM `t` WHERE `b` = ? AND `c` IN (...)"],
  ["select a from t where c in (1)", "SELECT `a` FROM `t` WHERE `c` IN (...)"],
  ["select 1, 2, 3", "SELECT ?, ..."],
  ["insert into t values (1)", "INSERT INTO `t` VALUES (?)"],
  ["insert into t values (1), (2)", "INSERT INTO `t` VALUES (?) /* , ... */"],
  ["insert into t values (1, 2)", "INSERT INTO `t` VALUES (...)"],
  ["insert into t values (1, 2), (3, 4)", "INSERT INTO `t` VALUES (...) /* , ... */"],
  ["select -1, + 2.5, a - 1", "SELECT ?, ... , `a` - ?"],
  ["select null, a is null, b is not null, true", "SELECT ? , `a` IS NULL , `b` IS NOT NULL , TRUE"],
  ["select a from t order by 2, a + 1, b desc", "SELECT `a` FROM `t` ORDER BY 2 , `a` + ? , `b` DESC"],
  ["select a from t group by 1 limit 10", "SELECT `a` FROM `t` GROUP BY 1 LIMIT ?"],
  ["select * from t limit 5, 10;", "SELECT * FROM `t` LIMIT ?, ..."],
  ['select `a b`, "x" from `t``u`', "SELECT `a b` , ? FROM `t`u`"],
  ["select @a, @@sql_mode, @@global.max_connections", "SELECT @? , @@`sql_mode` , @@GLOBAL . `max_connections`"],
  ["select j->'$.a', j->>'$.b' from t", "SELECT `j` -> ? , `j` ->> ? FROM `t`"],
  ["select _utf8mb4'x', n'y', x'1f', b'1'", "SELECT (_charset) ?, ..."],
  ["select /*+ bka(t1, t2) no_icp(t3) */ 1", "SELECT /*+ BKA ( `t1` , `t2` ) NO_ICP ( `t3` ) */ ?"],
  ["select /* a comment */ 1 -- and another", "SELECT ?"],
  ["select count(*) from t where a <> 1 or a != 2", "SELECT COUNT ( * ) FROM `t` WHERE `a` != ? OR `a` != ?"],
  ["call p(?, ?)", "CALL `p` (...)"],
  ["select ?, null, 5, a, 6, x'1f', -8", "SELECT ?, ... , `a` , ?, ..."],
  ["select a from t order by 1, 2, 3 limit ?, 7", "SELECT `a` FROM `t` ORDER BY 1 , 2 , 3 LIMIT ?, ..."],
  ["select 1; select 2", "SELECT ? ; SELECT ?"],
];

describe("digestOf()", () => {
  test.each(DIGESTS)("of %j is %j", (sql, text) => {
    expect(digest(sql).text).toBe(text);
  });

  test("has the same id for the same text, another one for another", () => {
    expect(digest("select 1").id).toBe(digest("SELECT 'x'").id);
    expect(digest("select 1").id).not.toBe(digest("select a").id);
    expect(digest("select 1").id).toMatch(/^[0-9a-f]{16}$/);
  });

  test("has ids that stay what they are, because people write them down", () => {
    expect(digest("select 1").id).toBe("5973633e8fbfc7a4");
  });

  test("has ids that differ where texts do", () => {
    const ids = new Set<string>();
    for (let i = 0; i < 20_000; i++) ids.add(digest(`select c${i} from t${i % 100}`).id);
    expect(ids.size).toBe(20_000);
  });

  test("ends where the server's memory for it does", () => {
    const { text } = digest(`select ${"a, ".repeat(1000)} a from t`);
    expect(text.length).toBeLessThan(3000);
    expect(text).toStartWith("SELECT `a` , `a` , ");
  });

  test("has no list where the server has no room for its comma", () => {
    const endOf = (name: string) =>
      digest(`select ${name}, ${"a, ".repeat(144)} 1, 2, 3`)
        .text.split("`a`")
        .at(-1);
    expect(["bbb", "bbbb", "bbbbb"].map(endOf)).toEqual([" , ?, ...", " , ?, ...", " , ?"]);
  });
});
