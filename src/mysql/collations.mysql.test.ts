import { expect, test } from "bun:test";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { realServer } from "../testkit/servers.ts";
import { charsetOfName, isLargeOfMysql, mariadbCollation, wideCharsetOf } from "./collations.ts";

const IDS = [...Array(4096).keys()];
const WIDE = ["ucs2", "utf16", "utf16le", "utf32"];

async function collationsOf(name: "mysql" | "mariadb", text: string): Promise<Map<number, string>> {
  const { host, port, user, password } = realServer(name);
  const connection = await createConnection({ host, port, user, password });
  const [rows] = await connection.query<RowDataPacket[]>(text);
  await connection.end();
  return new Map(rows.map(({ id, name: collation }) => [Number(id), String(collation)]));
}

test("the ids of MySQL's collations are those that MySQL has", async () => {
  const all = await collationsOf("mysql", "SELECT ID AS id, COLLATION_NAME AS name FROM information_schema.COLLATIONS");
  expect(IDS.filter(isLargeOfMysql)).toEqual(IDS.filter((id) => id > 255 && all.has(id)));
  const refused = IDS.filter((id) => wideCharsetOf(id, false) !== "");
  expect(refused).toEqual(IDS.filter((id) => WIDE.includes(charsetOfName(all.get(id) ?? ""))));
});

test("the ids and names of MariaDB's collations are those that MariaDB has", async () => {
  const all = await collationsOf(
    "mariadb",
    "SELECT ID AS id, FULL_COLLATION_NAME AS name FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY",
  );
  const large = IDS.filter((id) => id > 255);
  expect(large.map((id) => [id, mariadbCollation(id)])).toEqual(large.map((id) => [id, all.get(id) ?? ""]));
  for (const id of IDS) {
    const charset = charsetOfName(all.get(id) ?? "");
    expect([id, wideCharsetOf(id, true)]).toEqual([id, WIDE.includes(charset) ? charset : ""]);
  }
});
