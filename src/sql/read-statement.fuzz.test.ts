import { expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { corpusStatements, hasCorpus } from "../testkit/sql-corpus.ts";
import { fuzz } from "../testkit/statements/fuzz.ts";
import { MARIADB_OTHERS, MYSQL_OTHERS, OTHERS } from "../testkit/statements/others.ts";
import { MARIADB_QUERIES, MYSQL_QUERIES, QUERIES } from "../testkit/statements/queries.ts";
import { nanosecondsPerByte, SHAPES, textOfShape } from "../testkit/statements/scale.ts";
import { factsOf } from "./facts-of.ts";
import { newStatement, readStatement } from "./read-statement.ts";
import { FAILURE_NONE, FAILURE_SYNTAX, FAILURE_TOO_DEEP } from "./tree.ts";

const COM_QUERY = 3;
const OWN = [...QUERIES, ...MYSQL_QUERIES, ...MARIADB_QUERIES, ...OTHERS, ...MYSQL_OTHERS, ...MARIADB_OTHERS];
const isMissing = !hasCorpus();

test("any text is read without an exception, and all that is found in it is there", () => {
  const counts = fuzz(seededRandom(20261123), OWN, 20_000);
  expect(counts.texts).toBe(20_000);
  expect(counts.understood).toBeGreaterThan(100);
});

test.skipIf(isMissing)("changed statements of the corpus are read without an exception", () => {
  const corpus = ["select", "insert", "update", "delete", "set", "show", "ddl", "other"].flatMap((name) => {
    return corpusStatements(name).map(({ sql }) => sql);
  });
  expect(fuzz(seededRandom(9), corpus, 20_000).texts).toBe(20_000);
});

test("a text of 16 MB is read, and its memory given back", () => {
  const statement = newStatement();
  const rows = "(1,'abc',2.5),".repeat(1 << 20);
  const bytes = new TextEncoder().encode(`insert into t values ${rows}(1,'abc',2.5)`);
  expect(bytes.length).toBeGreaterThan(14 << 20);
  readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
  expect(statement.kind).toBe("INSERT");
  expect([factsOf(statement).failure, factsOf(statement).rows]).toEqual([FAILURE_NONE, (1 << 20) + 1]);
  for (const text of ["(".repeat(16 << 20), `select '${"a".repeat(16 << 20)}`, "\0".repeat(16 << 20)]) {
    const large = new TextEncoder().encode(text);
    readStatement(statement, COM_QUERY, large, 0, large.length);
    expect(factsOf(statement).failure).not.toBe(FAILURE_NONE);
  }
}, 60_000);

test("100,000 nested parentheses end in a clean failure", () => {
  const statement = newStatement();
  const nested = (open: string, close: string): number => {
    const bytes = new TextEncoder().encode(`select ${open.repeat(100_000)}1${close.repeat(100_000)}`);
    readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
    return factsOf(statement).failure;
  };
  expect(nested("(", ")")).toBe(FAILURE_TOO_DEEP);
  expect(nested("(select ", ")")).toBe(FAILURE_TOO_DEEP);
  expect(nested("f(", ")")).toBe(FAILURE_TOO_DEEP);
  expect(nested("not ", "")).toBe(FAILURE_TOO_DEEP);
  expect(nested("(", "")).toBe(FAILURE_TOO_DEEP);
  expect(nested(")", "(")).toBe(FAILURE_SYNTAX);
});

test("time is linear in the text, whatever is repeated", () => {
  for (const shape of SHAPES) {
    nanosecondsPerByte(textOfShape(shape, 20_000), 3);
    const small = nanosecondsPerByte(textOfShape(shape, 20_000), 5);
    // A quadratic reader would need 32 times as long for each byte; memory that is asked for anew costs some.
    const large = nanosecondsPerByte(textOfShape(shape, 640_000), 3);
    expect(large, shape.join("")).toBeLessThan(Math.max(small, 2) * 16);
  }
}, 60_000);
