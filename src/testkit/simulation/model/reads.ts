/** Statements that read: rows, settings, and what the last statement left. */
import { errAnswer, okAnswer, rowsAnswer } from "./answer.ts";
import { isKeptOut } from "./database.ts";
import type { Operation } from "./operation.ts";
import { type Diagnostic, type ModelSession, touchTables } from "./session.ts";
import { ISOLATION } from "./variables.ts";

/** Bytes of the second column of a large result's rows. */
const PAD = "x".repeat(500);

const MISSING = (args: { nonce: string }) => `Table 'test.missing_${args.nonce}' doesn't exist`;

/** MySQL warns of what it is going to lose. */
function deprecated(session: ModelSession, what: string): Diagnostic[] {
  return session.flavour === "mysql" ? [["Warning", "1287", `${what} is deprecated`]] : [];
}

export const READS: readonly Operation[] = [
  {
    name: "nonce",
    text: ({ nonce }) => `SELECT '${nonce}' AS nonce`,
    hasNoTable: true,
    run: (session, { nonce }) => rowsAnswer(session, ["nonce"], [[nonce]], { hasNoTable: true }),
  },
  {
    name: "slow",
    text: ({ nonce, count }) => `SELECT '${nonce}' AS nonce, SLEEP(${count})`,
    hasNoTable: true,
    takesMs: 1_000,
    run: (session, { nonce }) => rowsAnswer(session, ["nonce", "slept"], [[nonce, "0"]], { hasNoTable: true }),
  },
  {
    name: "row",
    text: ({ key }) => `SELECT k, v FROM kv WHERE k = '${key}'`,
    decide: ({ rows }, _party, { key }) => ({ rows: [[key, rows.get(key) ?? null]] }),
    run: (session, _args, { rows = [] }) => {
      touchTables(session);
      return rowsAnswer(session, ["k", "v"], rows);
    },
  },
  {
    name: "row for update",
    text: ({ key }) => `SELECT k, v FROM kv WHERE k = '${key}' FOR UPDATE`,
    decide: (database, party, { key }) => {
      if (isKeptOut(database, party, key)) return null;
      database.rowLocks.set(key, party);
      return { rows: [[key, database.rows.get(key) ?? null]] };
    },
    run: (session, _args, { rows = [] }) => {
      touchTables(session);
      return rowsAnswer(session, ["k", "v"], rows);
    },
  },
  {
    name: "many rows",
    text: ({ count }) => `SELECT n, pad FROM big LIMIT ${count * 40}`,
    run: (session, { nonce, count }) => {
      touchTables(session);
      const rows = Array.from({ length: count * 40 }, (_, i) => [`${nonce}.${i}`, PAD]);
      return rowsAnswer(session, ["n", "pad"], rows);
    },
  },
  {
    name: "no rows",
    text: () => "SELECT k FROM kv WHERE 1 = 0",
    run: (session) => {
      touchTables(session);
      return rowsAnswer(session, ["k"], []);
    },
  },
  {
    name: "counted rows",
    text: () => "SELECT SQL_CALC_FOUND_ROWS k FROM kv LIMIT 1",
    run: (session) => {
      touchTables(session);
      const warnings = deprecated(session, "SQL_CALC_FOUND_ROWS");
      return rowsAnswer(session, ["k"], [["k0"]], { warnings, foundRows: 3 });
    },
  },
  {
    name: "settings",
    text: () => "SELECT @@autocommit, @@sql_mode, @@time_zone, @@sql_safe_updates, @@lock_wait_timeout, @@profiling",
    hasNoTable: true,
    run: (session) => {
      const names = ["autocommit", "sql_mode", "time_zone", "sql_safe_updates", "lock_wait_timeout", "profiling"];
      const values = names.map((name) => session.variables.get(name) ?? null);
      return rowsAnswer(session, names, [values], { hasNoTable: true });
    },
  },
  {
    name: "isolation",
    only: "mysql",
    text: () => "SELECT @@transaction_isolation",
    hasNoTable: true,
    run: (session) => {
      const value = session.variables.get(ISOLATION.mysql) ?? null;
      return rowsAnswer(session, ["isolation"], [[value]], { hasNoTable: true });
    },
  },
  {
    name: "character sets",
    text: () => "SELECT @@character_set_client, @@character_set_results, @@collation_connection",
    hasNoTable: true,
    run: (session) => {
      const names = ["character_set_client", "character_set_results", "collation_connection"];
      const values = names.map((name) => session.variables.get(name) ?? null);
      return rowsAnswer(session, names, [values], { hasNoTable: true });
    },
  },
  {
    name: "user variables",
    text: () => "SELECT @a, @b, @c",
    hasNoTable: true,
    run: (session) => {
      const values = ["a", "b", "c"].map((name) => session.userVariables.get(name) ?? null);
      return rowsAnswer(session, ["@a", "@b", "@c"], [values], { hasNoTable: true });
    },
  },
  {
    name: "schema",
    text: () => "SELECT DATABASE()",
    hasNoTable: true,
    run: (session) => rowsAnswer(session, ["DATABASE()"], [[session.schema || null]], { hasNoTable: true }),
  },
  {
    name: "role",
    text: () => "SELECT CURRENT_ROLE()",
    hasNoTable: true,
    run: (session) => rowsAnswer(session, ["role"], [[session.role || null]], { hasNoTable: true }),
  },
  {
    name: "last insert id",
    text: () => "SELECT LAST_INSERT_ID()",
    hasNoTable: true,
    run: (session) => rowsAnswer(session, ["id"], [[String(session.lastInsertId)]], { hasNoTable: true }),
  },
  {
    name: "row count",
    text: () => "SELECT ROW_COUNT()",
    hasNoTable: true,
    run: (session) => rowsAnswer(session, ["n"], [[String(session.rowCount)]], { hasNoTable: true }),
  },
  {
    name: "found rows",
    text: () => "SELECT FOUND_ROWS()",
    hasNoTable: true,
    run: (session) => {
      const warnings = deprecated(session, "FOUND_ROWS()");
      return rowsAnswer(session, ["n"], [[String(session.foundRows)]], { hasNoTable: true, warnings });
    },
  },
  {
    name: "warnings",
    text: () => "SHOW WARNINGS",
    run: (session) => {
      const { diagnostics } = session;
      const { foundRows } = session;
      const answer = rowsAnswer(session, ["Level", "Code", "Message"], diagnostics, { foundRows });
      session.diagnostics = diagnostics; // who looks at them does not end them
      return answer;
    },
  },
  {
    name: "warning count",
    text: () => "SELECT @@warning_count",
    hasNoTable: true,
    run: (session) => rowsAnswer(session, ["n"], [[String(session.diagnostics.length)]], { hasNoTable: true }),
  },
  {
    name: "warned",
    text: ({ nonce }) => `SELECT CAST('${nonce}' AS SIGNED)`,
    hasNoTable: true,
    run: (session, { nonce }) => {
      const warnings: Diagnostic[] = [["Warning", "1292", `Truncated incorrect INTEGER value: '${nonce}'`]];
      return rowsAnswer(session, ["n"], [["0"]], { warnings, hasNoTable: true });
    },
  },
  {
    name: "missing table",
    text: (args) => `SELECT * FROM missing_${args.nonce}`,
    run: (session, args) => errAnswer(session, 1146, MISSING(args), "42S02"),
  },
  {
    name: "nonsense",
    text: ({ nonce }) => `SELEC ${nonce}`,
    run: (session, { nonce }) => {
      return errAnswer(session, 1064, `You have an error in your SQL syntax near 'SELEC ${nonce}'`, "42000");
    },
  },
  {
    name: "do",
    text: ({ count }) => `DO ${count}`,
    hasNoTable: true,
    run: (session) => {
      if (session.flavour === "mysql") session.foundRows = 1;
      return okAnswer(session);
    },
  },
];
