/** Logging in, and being turned away. */
import type { Scenario } from "../scenario.ts";

const WHO = { do: "query", sql: "SELECT CURRENT_USER(), DATABASE(), @@autocommit, @@sql_mode" } as const;

function logIn(name: string, account: string, servers: Scenario["servers"]): Scenario {
  const who = { ...WHO, sql: "SELECT CURRENT_USER(), DATABASE()" };
  return { name, ...(servers === undefined ? {} : { servers }), login: { account }, steps: [who, { do: "ping" }] };
}

export const CONNECT: readonly Scenario[] = [
  { name: "log in", steps: [WHO, { do: "info" }, { do: "close" }] },
  logIn("log in, native", "native", ["mariadb"]),
  logIn("log in, ed25519", "ed25519", ["mariadb"]),
  logIn("log in, sha2", "sha2", ["mysql"]),
  {
    name: "log in, sha2, nobody cached it",
    servers: ["mysql"],
    steps: [{ do: "ask", act: "forget passwords" }, { do: "connect", account: "sha2" }, WHO],
  },
  logIn("log in, sha256", "sha256", ["mysql"]),
  logIn("log in, empty password", "empty", undefined),
  {
    name: "log in without a schema",
    login: { database: "" },
    steps: [
      { do: "query", sql: "SELECT DATABASE()" },
      { do: "query", sql: "SELECT * FROM sock", expect: { error: 1046 } },
      { do: "useSchema", database: "socksdb" },
      { do: "query", sql: "SELECT DATABASE()" },
    ],
  },
  { name: "wrong password", steps: [{ do: "connect", password: "wrong", expect: { error: 1045 } }] },
  { name: "no password", steps: [{ do: "connect", password: "", expect: { error: 1045 } }] },
  { name: "unknown user", steps: [{ do: "connect", user: "drivers_nobody", expect: { error: 1045 } }] },
  { name: "unknown schema", steps: [{ do: "connect", database: "drivers_nowhere", expect: { error: 1049 } }] },
  {
    name: "connection attributes",
    servers: ["mysql"],
    login: { attributes: { drivers_a: "first", drivers_b: "zweiter Wert" } },
    steps: [
      {
        do: "query",
        sql: `SELECT ATTR_NAME, ATTR_VALUE FROM performance_schema.session_connect_attrs WHERE PROCESSLIST_ID = CONNECTION_ID()
                AND (ATTR_NAME LIKE 'drivers%' OR ATTR_NAME LIKE '\\_client\\_%') ORDER BY ATTR_NAME`,
      },
    ],
  },
  {
    name: "statement at connect",
    login: { initStatement: "SET @drivers_first = 7" },
    steps: [{ do: "query", sql: "SELECT @drivers_first" }],
  },
  {
    name: "many connections",
    steps: [{ do: "storm", count: 40, sql: "SELECT 1 + 1" }],
  },
  {
    name: "a pool of connections",
    steps: [{ do: "pool", size: 4, rounds: 30, sql: "SELECT 6 * 7" }],
  },
  ...(["zlib", "zstd"] as const).map(
    (compress): Scenario => ({
      name: `compressed, ${compress}`,
      login: { compress },
      steps: [
        { do: "query", sql: "SELECT REPEAT('compress me ', 20000)" },
        { do: "query", sql: "SELECT LENGTH('{pad}')", pad: 500_000 },
        {
          do: "execute",
          sql: "SELECT ?, REPEAT('x', ?)",
          rows: [
            ["short", 3],
            [{ repeat: "y", times: 200_000 }, 70_000],
          ],
        },
        { do: "ping" },
      ],
    }),
  ),
];
