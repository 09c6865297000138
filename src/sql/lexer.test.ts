import { describe, expect, test } from "bun:test";
import { nextToken } from "./lexer.ts";
import { SQL_MODE_ANSI_QUOTES, SQL_MODE_NO_BACKSLASH_ESCAPES } from "./sql-mode.ts";
import {
  newLexer,
  startLexer,
  TOKEN_ASSIGN,
  TOKEN_DOT,
  TOKEN_END,
  TOKEN_EQUALS,
  TOKEN_NUMBER,
  TOKEN_OPERATOR,
  TOKEN_PARAMETER,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_QUOTED_NAME,
  TOKEN_SEMICOLON,
  TOKEN_STRING,
  TOKEN_SYSTEM_VARIABLE,
  TOKEN_USER_VARIABLE,
  TOKEN_WORD,
} from "./token.ts";

const NAMES: Record<number, string> = {
  [TOKEN_WORD]: "word",
  [TOKEN_QUOTED_NAME]: "name",
  [TOKEN_STRING]: "string",
  [TOKEN_NUMBER]: "number",
  [TOKEN_USER_VARIABLE]: "@",
  [TOKEN_SYSTEM_VARIABLE]: "@@",
  [TOKEN_PARAMETER]: "?",
  [TOKEN_PAREN_OPEN]: "(",
  [TOKEN_PAREN_CLOSE]: ")",
  [TOKEN_SEMICOLON]: ";",
  [TOKEN_ASSIGN]: ":=",
  [TOKEN_EQUALS]: "=",
  [TOKEN_DOT]: ".",
  [TOKEN_OPERATOR]: "operator",
};

/** The tokens of `sql` as "kind text", read from the middle of a larger buffer. */
function tokensOf(sql: string, sqlMode = 0): string[] {
  const text = new TextEncoder().encode(sql);
  const bytes = new Uint8Array(text.length + 6).fill("'".charCodeAt(0));
  bytes.set(text, 3);
  const lexer = newLexer();
  startLexer(lexer, bytes, 3, 3 + text.length, sqlMode);
  const tokens: string[] = [];
  for (let token = nextToken(lexer); token !== TOKEN_END; token = nextToken(lexer)) {
    const spelling = new TextDecoder().decode(bytes.subarray(lexer.start, lexer.position));
    tokens.push(NAMES[token] === spelling ? spelling : `${NAMES[token]} ${spelling}`);
  }
  expect(nextToken(lexer)).toBe(TOKEN_END);
  return tokens;
}

describe("nextToken() strings", () => {
  test.each([
    [`'abc'`],
    [`"abc"`],
    [`''`],
    [`'it''s'`],
    [`"say ""x"""`],
    [String.raw`'\''`],
    [String.raw`'\\'`],
    [String.raw`"\"; DROP"`],
    [`'/* no comment */ -- none'`],
    [`'üñí'`],
  ])("reads %s as one string", (sql) => {
    expect(tokensOf(`${sql} x`)).toEqual([`string ${sql}`, "word x"]);
  });

  test("reads a string without an end to the end of the text", () => {
    expect(tokensOf("select 'abc; drop")).toEqual(["word select", "string 'abc; drop"]);
    expect(tokensOf(String.raw`'abc\'`)).toEqual([String.raw`string 'abc\'`]);
    expect(tokensOf("'abc\\")).toEqual(["string 'abc\\"]);
  });

  test("does not let a backslash escape under NO_BACKSLASH_ESCAPES", () => {
    expect(tokensOf(String.raw`'\' x '\'`, SQL_MODE_NO_BACKSLASH_ESCAPES)).toEqual([
      String.raw`string '\'`,
      "word x",
      String.raw`string '\'`,
    ]);
  });

  test("reads double quotes as a name under ANSI_QUOTES, in which a backslash is a character", () => {
    expect(tokensOf(String.raw`"a\" "b""c"`, SQL_MODE_ANSI_QUOTES)).toEqual([String.raw`name "a\"`, 'name "b""c"']);
  });
});

describe("nextToken() names", () => {
  test("reads back-quoted names, doubled quotes and backslashes in them", () => {
    expect(tokensOf("```aaa`")).toEqual(["name ```aaa`"]);
    expect(tokensOf("select '\\xc6\\\\' from `\\xab`")).toEqual([
      "word select",
      "string '\\xc6\\\\'",
      "word from",
      "name `\\xab`",
    ]);
  });

  test("lets names begin with a digit", () => {
    expect(tokensOf("select * from 1db.1table")).toEqual([
      "word select",
      "operator *",
      "word from",
      "word 1db",
      ".",
      "word 1table",
    ]);
    expect(tokensOf("test.1test t.123 0xzz 0Xff 0b12 1e 1e5x")).toEqual([
      "word test",
      ".",
      "word 1test",
      "word t",
      ".",
      "word 123",
      "word 0xzz",
      "word 0Xff",
      "word 0b12",
      "word 1e",
      "word 1e5x",
    ]);
  });

  test("takes $, _ and what is not ASCII for letters", () => {
    expect(tokensOf("_a$1 größe 名")).toEqual(["word _a$1", "word größe", "word 名"]);
  });
});

test("nextToken() reads numbers", () => {
  for (const number of ["1", "0", ".1", ".1e-3", "0.1e+3", "0x123", "0b101", "1e5", "1E+10", "12.", "3.14"]) {
    expect(tokensOf(`${number} x`)).toEqual([`number ${number}`, "word x"]);
  }
  expect(tokensOf("a-1.5+.5")).toEqual(["word a", "operator -", "number 1.5", "operator +", "number .5"]);
});

test("nextToken() reads variables", () => {
  expect(tokensOf("@abc, @@session.sss")).toEqual(["@ @abc", "operator ,", "@@ @@session.sss"]);
  expect(tokensOf("@a.b @'x y' @\"q\" @`z` @@`a` . `b`=1")).toEqual([
    "@ @a.b",
    "@ @'x y'",
    '@ @"q"',
    "@ @`z`",
    "@@ @@`a` . `b`",
    "=",
    "number 1",
  ]);
  expect(tokensOf("select@a:=1")).toEqual(["word select", "@ @a", ":=", "number 1"]);
});

test("nextToken() reads punctuation", () => {
  expect(tokensOf("f(?,a) = b;:x")).toEqual([
    "word f",
    "(",
    "?",
    "operator ,",
    "word a",
    ")",
    "=",
    "word b",
    ";",
    "operator :",
    "word x",
  ]);
});

describe("nextToken() comments", () => {
  test.each([
    ["/* c */ select", 1],
    ["--", 0],
    ["-- a", 0],
    ["--\nselect", 1],
    ["--\tx\nselect", 1],
    ["# a ' b\nselect", 1],
    ["#", 0],
    ["/* open select", 0],
    ["/**/select/***/1", 2],
    ["/* ' */ select", 1],
    ["", 0],
    [" \t\n\v\f\r", 0],
    ["/*! select user() */", 4],
    ["/*!40101 select user() */", 4],
    ["/*!080400 select user() */", 4],
    ["/*!50101select user() */", 4],
    ["/*M! select user() */", 4],
    ["/*M!100100 select user() */", 4],
    ["/*+ MAX_EXECUTION_TIME(1) */ 1", 1],
    ["/*! select /* x */ 1 */ + 2", 4],
  ])("reads %j as %i tokens", (sql, count) => {
    expect(tokensOf(sql)).toHaveLength(count);
  });

  test("reads -- without white space as arithmetic", () => {
    expect(tokensOf("5--1")).toEqual(["number 5", "operator -", "operator -", "number 1"]);
  });

  test("reads */ outside of an executable comment as operators", () => {
    expect(tokensOf("a*/b")).toEqual(["word a", "operator *", "operator /", "word b"]);
    expect(tokensOf("/*! '*/' */ x")).toEqual(["string '*/'", "word x"]);
  });
});

test("startLexer() refuses a range outside of the buffer", () => {
  expect(() => startLexer(newLexer(), new Uint8Array(3), 2, 4, 0)).toThrow("invariant broken");
});
