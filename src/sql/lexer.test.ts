import { describe, expect, test } from "bun:test";
import { CHARSET_BIG5, CHARSET_GB18030, CHARSET_GBK, CHARSET_PLAIN, CHARSET_SJIS } from "./charset.ts";
import * as grammar from "./grammar.ts";
import { lex } from "./lexer.ts";
import {
  SQL_MODE_ANSI_QUOTES,
  SQL_MODE_HIGH_NOT_PRECEDENCE,
  SQL_MODE_IGNORE_SPACE,
  SQL_MODE_NO_BACKSLASH_ESCAPES,
  SQL_MODE_PIPES_AS_CONCAT,
} from "./sql-mode.ts";
import { type Dialect, newTokens, trimTokens } from "./tokens.ts";

const NAMES = new Map<unknown, string>();
for (const [name, value] of Object.entries(grammar)) if (name.startsWith("TOKEN_")) NAMES.set(value, name.slice(6));

const MYSQL: Dialect = { sqlMode: 0, charset: CHARSET_PLAIN, isMariaDb: false, version: 90704 };
const MARIADB: Dialect = { ...MYSQL, isMariaDb: true, version: 101118 };

/** The tokens of a text as "KIND text", a word that is its own kind and punctuation as they are. */
function tokensOf(sql: string | Uint8Array, dialect: Partial<Dialect> = {}): string[] {
  const text = typeof sql === "string" ? new TextEncoder().encode(sql) : sql;
  // Read from the middle of a larger buffer.
  const bytes = new Uint8Array(text.length + 6).fill("'".charCodeAt(0));
  bytes.set(text, 3);
  const tokens = newTokens();
  lex(tokens, bytes, 3, 3 + text.length, { ...MYSQL, ...dialect });
  expect(tokens.kinds[tokens.count]).toBe(grammar.TOKEN_END_OF_TEXT);
  return Array.from({ length: tokens.count }, (_, i) => {
    const spelling = new TextDecoder("latin1").decode(bytes.subarray(tokens.starts[i], tokens.ends[i]));
    const name = NAMES.get(tokens.kinds[i])!;
    if (name === spelling.toUpperCase()) return name;
    return /^[^\w'"`@.]+$/.test(spelling) ? spelling : `${name} ${spelling}`;
  });
}

describe("lex() strings", () => {
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
    [`'a\nb'`],
  ])("reads %s as one string", (sql) => {
    expect(tokensOf(`${sql} x`)).toEqual([`STRING ${sql}`, "IDENT x"]);
  });

  test("takes \\N for NULL as MariaDB does, and only that", () => {
    expect(tokensOf("\\N,\\n", MARIADB)).toEqual(["NULL \\N", ",", "\\", "IDENT n"]);
    expect(tokensOf("\\N")).toEqual(["\\", "IDENT N"]);
  });

  test("refuses a string without an end", () => {
    expect(tokensOf("select 'abc; drop")).toEqual(["SELECT", "INVALID 'abc; drop"]);
    expect(tokensOf(String.raw`'abc\'`)).toEqual([String.raw`INVALID 'abc\'`]);
    expect(tokensOf("'abc\\")).toEqual(["INVALID 'abc\\"]);
  });

  test("does not let a backslash escape under NO_BACKSLASH_ESCAPES", () => {
    expect(tokensOf(String.raw`'\' x '\'`, { sqlMode: SQL_MODE_NO_BACKSLASH_ESCAPES })).toEqual([
      String.raw`STRING '\'`,
      "IDENT x",
      String.raw`STRING '\'`,
    ]);
  });

  test("reads double quotes as a name under ANSI_QUOTES, in which a backslash is a character", () => {
    const names = tokensOf(String.raw`"a\" "b""c"`, { sqlMode: SQL_MODE_ANSI_QUOTES });
    expect(names).toEqual([String.raw`IDENT "a\"`, 'IDENT "b""c"']);
  });

  test("knows the strings that begin with a letter or a character set", () => {
    expect(tokensOf("n'a' N'b' x'1f' X'1F' b'101' _utf8mb4'a' _latin1 'b' _foo'a'")).toEqual([
      "NATIONAL_STRING n'a'",
      "NATIONAL_STRING N'b'",
      "HEX_NUMBER x'1f'",
      "HEX_NUMBER X'1F'",
      "BIT_NUMBER b'101'",
      "CHARSET_MARK _utf8mb4",
      "STRING 'a'",
      "CHARSET_MARK _latin1",
      "STRING 'b'",
      "IDENT _foo",
      "STRING 'a'",
    ]);
    expect(tokensOf("x'1' x'zz' b'2'")).toEqual(["INVALID x'1'", "INVALID x'zz'", "INVALID b'2'"]);
  });

  test("knows MySQL's strings in dollar signs", () => {
    expect(tokensOf("$$a'b$$ $x$ $$ $x$ $y")).toEqual([
      "DOLLAR_STRING $$a'b$$",
      "DOLLAR_STRING $x$ $$ $x$",
      "IDENT $y",
    ]);
    expect(tokensOf("$$a", { isMariaDb: true })).toEqual(["IDENT $$a"]);
    expect(tokensOf("$x$ open")).toEqual(["INVALID $x$ open"]);
  });
});

describe("lex() under client character sets whose second bytes look like ASCII", () => {
  const bytesOf = (...parts: (string | number)[]): Uint8Array => {
    return Uint8Array.from(
      parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [part])),
    );
  };

  for (const [name, charset, lead] of [
    ["gbk", CHARSET_GBK, 0xbf],
    ["big5", CHARSET_BIG5, 0xa5],
    ["sjis", CHARSET_SJIS, 0x95],
    ["gb18030", CHARSET_GB18030, 0xbf],
  ] as const) {
    test(`takes 0x5C behind a lead byte for half a character of ${name}`, () => {
      // What addslashes() makes of the lead byte and a quote: the quote ends the string there.
      const attack = bytesOf("'", lead, 0x5c, "' or 1=1 -- '");
      expect(tokensOf(attack, { charset }).slice(1)).toEqual(["OR", "INTEGER 1", "=", "INTEGER 1"]);
      // In any other character set the backslash escapes the quote, and all of it is a string.
      expect(tokensOf(attack)).toHaveLength(1);
      expect(tokensOf(attack, { charset: CHARSET_PLAIN })[0]).toStartWith("STRING ");
    });
  }

  test("takes a back quote behind a lead byte for half a character of a name", () => {
    const name = bytesOf("`", 0x95, 0x60, "` x");
    expect(tokensOf(name, { charset: CHARSET_SJIS })).toHaveLength(2);
    // In any other character set these are two quotes, which stand for one, and the name goes on.
    expect(tokensOf(name)[0]).toStartWith("INVALID");
  });

  test("reads four bytes of gb18030 as one character", () => {
    const text = bytesOf("'", 0x81, 0x30, 0x81, 0x30, "' x");
    expect(tokensOf(text, { charset: CHARSET_GB18030 })[1]).toBe("IDENT x");
  });

  test("takes a lead byte before a quote that is no second byte for a character by itself", () => {
    expect(tokensOf(bytesOf("'", 0xbf, "' x"), { charset: CHARSET_GBK })).toHaveLength(2);
  });
});

describe("lex() names", () => {
  test("reads back-quoted names, doubled quotes and backslashes in them", () => {
    expect(tokensOf("```aaa`")).toEqual(["IDENT ```aaa`"]);
    expect(tokensOf("select '\\xc6\\\\' from `\\xab`")).toEqual([
      "SELECT",
      "STRING '\\xc6\\\\'",
      "FROM",
      "IDENT `\\xab`",
    ]);
  });

  test("lets names begin with a digit", () => {
    expect(tokensOf("select * from 1db.1table")).toEqual(["SELECT", "*", "FROM", "IDENT 1db", "DOT .", "IDENT 1table"]);
    expect(tokensOf("test.1test t.123 0xzz 0Xff 0b12 1e5x 1a")).toEqual([
      "IDENT test",
      "DOT .",
      "IDENT 1test",
      "IDENT t",
      "DOT .",
      "IDENT 123",
      "IDENT 0xzz",
      "IDENT 0Xff",
      "IDENT 0b12",
      "IDENT 1e5x",
      "IDENT 1a",
    ]);
  });

  test("takes $, _ and what is not ASCII for letters", () => {
    const bytes = new TextEncoder().encode("größe");
    expect(tokensOf("_a$1")).toEqual(["IDENT _a$1"]);
    expect(tokensOf(bytes)).toEqual([`IDENT ${new TextDecoder("latin1").decode(bytes)}`]);
  });

  test("takes no word for a keyword behind a dot or before one", () => {
    expect(tokensOf("a.select select.a")).toEqual([
      "IDENT a",
      "DOT .",
      "IDENT select",
      "IDENT select",
      "DOT .",
      "IDENT a",
    ]);
    expect(tokensOf("a. select")).toEqual(["IDENT a", "DOT .", "SELECT"]);
  });

  test("takes the name of a built-in function for one only right before its parenthesis", () => {
    expect(tokensOf("count(1) count (1) count")).toEqual([
      ...["COUNT", "(", "INTEGER 1", ")"],
      ...["IDENT count", "(", "INTEGER 1", ")", "IDENT count"],
    ]);
    expect(tokensOf("count (1)", { sqlMode: SQL_MODE_IGNORE_SPACE })).toEqual(["COUNT", "(", "INTEGER 1", ")"]);
  });

  test("has other keywords for MariaDB", () => {
    expect(tokensOf("returning lateral")).toEqual(["RETURNING", "LATERAL"]);
    expect(tokensOf("lateral", MARIADB)).toEqual(["IDENT lateral"]);
  });
});

test("lex() reads numbers", () => {
  const kinds: Record<string, string> = {
    INTEGER: "1 0 007 18446744073709551616",
    DECIMAL_NUMBER: ".1 12. 3.14 0.0",
    FLOAT_NUMBER: ".1e-3 0.1e+3 1e5 1E+10 1.e5",
    HEX_NUMBER: "0x123 0xAF",
    BIT_NUMBER: "0b101",
  };
  for (const [kind, numbers] of Object.entries(kinds)) {
    for (const number of numbers.split(" ")) expect(tokensOf(`${number} x`)).toEqual([`${kind} ${number}`, "IDENT x"]);
  }
  expect(tokensOf("a-1.5+.5")).toEqual(["IDENT a", "-", "DECIMAL_NUMBER 1.5", "+", "DECIMAL_NUMBER .5"]);
});

test("lex() reads over what MySQL reads over", () => {
  expect(tokensOf("select(1)from 1.e.t")).toEqual(["SELECT", "(", "INTEGER 1", ")", "FROM", "DOT .", "IDENT t"]);
});

test("lex() reads variables", () => {
  expect(tokensOf("@abc, @@session.sss")).toEqual([
    "USER_VARIABLE @abc",
    ",",
    "AT_AT @@",
    "SESSION",
    "DOT .",
    "IDENT sss",
  ]);
  expect(tokensOf("@a.b @'x y' @\"q\" @`z` @@`a` . `b`=1")).toEqual([
    "USER_VARIABLE @a.b",
    "USER_VARIABLE @'x y'",
    'USER_VARIABLE @"q"',
    "USER_VARIABLE @`z`",
    "AT_AT @@",
    "IDENT `a`",
    "DOT .",
    "IDENT `b`",
    "=",
    "INTEGER 1",
  ]);
  expect(tokensOf("select@a:=1")).toEqual(["SELECT", "USER_VARIABLE @a", ":=", "INTEGER 1"]);
  expect(tokensOf("@ a @@ a")).toEqual(["AT_SIGN @", "IDENT a", "INVALID @@", "IDENT a"]);
});

test("lex() reads operators", () => {
  expect(tokensOf("f(?,a) <=> b;:x >= <> != << >> -> ->> && || ! ~ ^ | & {}")).toEqual(
    "IDENT f|(|?|,|IDENT a|)|<=>|IDENT b|;|:|IDENT x|>=|<>|!=|<<|>>|->|->>|&&|OR|!|~|^|BAR|&|{|}"
      .split("|")
      .map((token) => (token === "OR" ? "||" : token === "BAR" ? "|" : token)),
  );
  const concat = newTokens();
  const bytes = new TextEncoder().encode("a || b not");
  lex(concat, bytes, 0, bytes.length, { ...MYSQL, sqlMode: SQL_MODE_PIPES_AS_CONCAT | SQL_MODE_HIGH_NOT_PRECEDENCE });
  expect([...concat.kinds.slice(1, 4)]).toEqual([
    grammar.TOKEN_CONCAT_PIPES,
    grammar.TOKEN_IDENT,
    grammar.TOKEN_NOT_HIGH,
  ]);
});

describe("lex() comments", () => {
  test.each([
    ["/* c */ select", 1],
    ["--", 0],
    ["-- a", 0],
    ["--\nselect", 1],
    ["--\tx\nselect", 1],
    ["# a ' b\nselect", 1],
    ["#", 0],
    ["/**/select/***/1", 2],
    ["/* ' */ select", 1],
    ["", 0],
    [" \t\n\v\f\r", 0],
    ["/*! select user() */", 4],
    ["/*!40101 select user() */", 4],
    ["/*!50101select user() */", 4],
    ["/*+ MAX_EXECUTION_TIME(1) */ 1", 1],
    ["/*! select /* x */ 1 */ + 2", 4],
    ["/*!99999 select */ 1", 1],
    ["/*!99999 select /* in */ 2 */ 1", 1],
    ["/*M! select */ 1", 1],
    ["/*M!100100 select */ 1", 1],
  ])("reads %j as %i tokens", (sql, count) => {
    expect(tokensOf(sql)).toHaveLength(count);
  });

  test("executes what the server executes", () => {
    expect(tokensOf("/*M! select */ 1", MARIADB)).toHaveLength(2);
    expect(tokensOf("/*M!100100 select */ 1", MARIADB)).toHaveLength(2);
    expect(tokensOf("/*M!110000 select */ 1", MARIADB)).toHaveLength(1);
    // Versions of MySQL that MariaDB parted from.
    expect(tokensOf("/*!50699 select */ 1", MARIADB)).toHaveLength(2);
    expect(tokensOf("/*!80000 select */ 1", MARIADB)).toHaveLength(1);
    expect(tokensOf("/*!100100 select */ 1", MARIADB)).toHaveLength(2);
  });

  test("executes all where the version is not known: a second witness may see too much, not too little", () => {
    for (const sql of ["/*!99999 select */ 1", "/*M! select */ 1", "/*M!999999 select */ 1"]) {
      expect(tokensOf(sql, { version: 0 })).toHaveLength(2);
    }
  });

  test("refuses a comment without an end", () => {
    expect(tokensOf("/* open select")).toEqual(["INVALID "]);
    expect(tokensOf("/*! select 1")).toEqual(["SELECT", "INTEGER 1", "INVALID "]);
  });

  test("reads -- without white space as arithmetic", () => {
    expect(tokensOf("5--1")).toEqual(["INTEGER 5", "-", "-", "INTEGER 1"]);
  });

  test("reads */ outside of an executable comment as operators", () => {
    expect(tokensOf("a*/b")).toEqual(["IDENT a", "*", "/", "IDENT b"]);
    expect(tokensOf("/*! '*/' */ x")).toEqual(["STRING '*/'", "IDENT x"]);
  });

  test("keeps plain comments and the hints behind a verb", () => {
    const tokens = newTokens();
    const bytes = new TextEncoder().encode("/* a */ select /*+ bka(t) */ 1 /*+ none */");
    lex(tokens, bytes, 0, bytes.length, MYSQL);
    expect([...tokens.comments.slice(0, tokens.commentCount * 2)]).toEqual([0, 7, 31, 42]);
    expect([...tokens.hints.slice(0, tokens.hintCount * 3)]).toEqual([15, 28, 1]);
  });
});

test("lex() joins words of which the first alone decides nothing", () => {
  const sql = "with rollup with x for system_time";
  const joined = ["WITH_ROLLUP with rollup", "WITH", "IDENT x"];
  expect(tokensOf(sql)).toEqual([...joined, "FOR", "IDENT system_time"]);
  expect(tokensOf(sql, MARIADB)).toEqual([...joined, "FOR_SYSTEM_TIME for system_time"]);
});

test("lex() refuses a range outside of the buffer", () => {
  expect(() => lex(newTokens(), new Uint8Array(3), 2, 4, MYSQL)).toThrow("invariant broken");
});

test.each(["IDENT x", "USER_VARIABLE @x", "HEX_NUMBER x'1f'"])(
  "lex() makes room for %s wherever the columns end",
  (token) => {
    const text = token.slice(token.indexOf(" ") + 1);
    for (let before = 1018; before < 1028; before++) {
      const tokens = tokensOf(`${"1 ".repeat(before)}${text};`);
      expect(tokens.slice(before - 1)).toEqual(["INTEGER 1", token, ";"]);
      expect(tokens.length).toBe(before + 2);
    }
  },
);

test("trimTokens() gives back what an unusually long text needed", () => {
  const tokens = newTokens();
  const bytes = new TextEncoder().encode("x ".repeat(100_000));
  lex(tokens, bytes, 0, bytes.length, MYSQL);
  expect(tokens.count).toBe(100_000);
  trimTokens(tokens);
  expect([tokens.count, tokens.kinds.length, tokens.kinds[0]]).toEqual([0, 1024, grammar.TOKEN_END_OF_TEXT]);
});
