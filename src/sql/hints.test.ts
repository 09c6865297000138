import { describe, expect, test } from "bun:test";
import { HINTS_MAX, hintKey, hintsOf, hintValue } from "./hints.ts";
import { newStatement, readStatement } from "./read-statement.ts";

const COM_QUERY = 3;

/** The hints in `sql` as "pisanix key=value" or "tag key=value", read from the middle of a larger buffer. */
function hints(sql: string): string[] {
  const statement = newStatement();
  const bytes = new TextEncoder().encode(`xx${sql}/* pisanix: behind=1 */`);
  readStatement(statement, COM_QUERY, bytes, 2, 2 + new TextEncoder().encode(sql).length);
  const list = hintsOf(statement);
  return list.items.slice(0, list.count).map((hint) => {
    return `${hint.isOwn ? "pisanix" : "tag"} ${hintKey(statement, hint)}=${hintValue(statement, hint)}`;
  });
}

describe("hintsOf()", () => {
  test.each<[string, string[]]>([
    ["/* pisanix: route=primary */ select 1", ["pisanix route=primary"]],
    ["/*pisanix:route=primary,shard = 3*/ select 1", []],
    ["/*pisanix:route=primary,shard=3*/ select 1", ["pisanix route=primary", "pisanix shard=3"]],
    ["select /* pisanix: a=1 b=2 ,c='it\\'s, 100%' */ 1", ["pisanix a=1", "pisanix b=2", "pisanix c=it's, 100%"]],
    ["select 1 /* pisanix: a=1, */", ["pisanix a=1"]],
    ["select 1 /* pisanix: */", []],
    ["select 1 /* pisanix: read this */", []],
    ["select 1 /* a=1 */", []],
    [
      "select 1 /*action='%2Fparam*d',controller='index',framework='spring',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/",
      [
        "tag action=/param*d",
        "tag controller=index",
        "tag framework=spring",
        "tag traceparent=00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01",
      ],
    ],
    ["select 1 /* my%20key='it\\'s', b='%zz' */", ["tag my key=it's", "tag b=%zz"]],
    ["select 1 /*a='open*/", []],
    ["select 1 /*a='1' and more*/", []],
    ["select 1 /* db.name='a' */ + /* pisanix: b=2 */ 2", ["tag db.name=a", "pisanix b=2"]],
    ["select '/* pisanix: a=1 */', \"/*a='1'*/\" -- /* pisanix: a=1 */", []],
    ["select /*! 1 /* pisanix: a=1 */ */", ["pisanix a=1"]],
    ["select /*+ pisanix:a=1 */ 1 from t", []],
    ["select 1 /* pisanix: größe=1 */", []],
    ["select 1 /* pisanix: a=größe */", ["pisanix a=größe"]],
  ])("of %j are %j", (sql, expected) => {
    expect(hints(sql)).toEqual(expected);
  });

  test("are no more than HINTS_MAX", () => {
    const pairs = Array.from({ length: HINTS_MAX + 10 }, (_, i) => `k${i}=${i}`).join(",");
    expect(hints(`/* pisanix: ${pairs} */ select 1`)).toHaveLength(HINTS_MAX);
  });
});
