/** How the time for a text grows with it: texts of one shape in several sizes. */
import { digestOf, factsOf } from "../../sql/facts-of.ts";
import { newStatement, readStatement } from "../../sql/read-statement.ts";

const COM_QUERY = 3;

/** Shapes that a careless reader takes too long for: what is repeated, between what stands before it and behind it. */
export const SHAPES: readonly (readonly [before: string, repeated: string, behind: string])[] = [
  ["select ", "(", ""],
  ["select ", "((((((((1))))))))+", "1"],
  ["select ", "a.b,", "c from t"],
  ["select 1 from t where ", "a=1 and ", "b=2"],
  ["select 1 from t where ", "a=1 or ", "b=2"],
  ["select 1 from t where ", "(a=1 and ", "b=2"],
  ["select 1 from t where a in (", "1,", "1)"],
  ["insert into t values ", "(1,'abc'),", "(2,'def')"],
  ["select 1", " union select 1", ""],
  ["select 1", " union (select 1 order by 1)", " order by 1"],
  ["select * from t", " join u on t.a=u.a", ""],
  ["with a as (select 1)", ", a as (select * from a)", " select 1"],
  ["", "select 1;", ""],
  ["select '", "\\'", "'"],
  ["select ", "'a' ", ""],
  ["", "/*", ""],
  ["", "/*!", ""],
  ["", "/* a='b' */", ""],
  ["", "-- \n", ""],
  ["", "1e", ""],
  ["", "@", ""],
  ["", "@@a.", ""],
  ["", "`a`.", ""],
  ["", "$a", ""],
  ["", "$a$", ""],
  ["", "with (", ""],
  ["select ", "case when 1 then ", ""],
  ["select ", "-", "1"],
  ["select ", "not ", "1"],
  ["select sum(a) over (order by ", "b,", "c)"],
  ["set ", "@a=1,", "@b=2"],
];

/** A text of the shape of about `length` bytes. */
export function textOfShape([before, repeated, behind]: (typeof SHAPES)[number], length: number): Uint8Array {
  const times = Math.max(1, Math.ceil((length - before.length - behind.length) / repeated.length));
  return new TextEncoder().encode(`${before}${repeated.repeat(times)}${behind}`);
}

const statement = newStatement();

/** CPU time a byte for all that can be read of the text, in nanoseconds, the least of `runs` times. */
export function nanosecondsPerByte(bytes: Uint8Array, runs: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    // A text that is known would not be read again.
    statement.sqlMode = run & 1 ? 4 : 0;
    statement.version = 80000 + ((run * 7919 + bytes.length) % 9973);
    const start = process.cpuUsage();
    readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
    factsOf(statement);
    digestOf(statement);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) * 1000);
  }
  return best / bytes.length;
}
