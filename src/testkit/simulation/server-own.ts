/** What the proxy says to a simulated server of its own accord. */
import { errAnswer, okAnswer, rowsAnswer } from "./model/answer.ts";
import { NO_OUTCOME } from "./model/operation.ts";
import { runSet } from "./model/set.ts";
import type { Plan } from "./server-execute.ts";
import { endSession } from "./server-life.ts";
import type { ServerConnection, SimulatedServer } from "./server-types.ts";

/** `text` has no nonce. */
export function planOwn(connection: ServerConnection, text: string): Plan {
  return { what: `own ${text.slice(0, 100)}`, decide: () => NO_OUTCOME, run: () => runOwn(connection, text) };
}

function runOwn(connection: ServerConnection, text: string): Uint8Array[] {
  const { session, server } = connection;
  if (text.startsWith("SET ")) return runSet(session, text.slice(4));
  if (text.startsWith("SHOW SESSION VARIABLES WHERE Variable_name IN")) return showVariables(connection, text);
  if (text.startsWith("SHOW GLOBAL VARIABLES WHERE Variable_name IN")) return showVariables(connection, text);
  if (text.startsWith("SELECT CONCAT_WS(0x1f, ")) return rowsAnswer(session, ["globals"], [["as ever"]]);
  if (text === "SELECT LAST_INSERT_ID()") return rowsAnswer(session, ["id"], [[String(session.lastInsertId)]]);
  if (text === "DO 0") return okAnswer(session);
  if (text === "SELECT CURRENT_ROLE()") return rowsAnswer(session, ["role"], [[session.role || null]]);
  const rows = rowsWanted(text);
  if (rows >= 0)
    return rowsAnswer(
      session,
      ["1"],
      Array.from({ length: rows }, () => ["1"]),
    );
  if (text.startsWith("CREATE TEMPORARY TABLE _pisanix_counted")) {
    if (session.temporaryTables.has("_pisanix_counted"))
      return errAnswer(session, 1050, "Table already exists", "42S01");
    session.temporaryTables.set("_pisanix_counted", []);
    session.report.hasStateChange = true;
    return okAnswer(session);
  }
  if (text.startsWith("INSERT INTO _pisanix_counted VALUES")) {
    return okAnswer(session, { affected: text.split("(").length - 1 });
  }
  const kill = /^KILL (QUERY|CONNECTION) (\d+)$/.exec(text);
  if (kill !== null) return runKill(connection, kill[1] === "QUERY", Number(kill[2]));
  server.world.fail(`the simulated server cannot read ${text}`);
  return okAnswer(session);
}

function showVariables({ session }: ServerConnection, text: string): Uint8Array[] {
  const wanted = new Set([...text.matchAll(/'(\w+)'/g)].map((match) => match[1]));
  const known = [...session.variables];
  if (session.flavour === "mysql") known.push(["activate_all_roles_on_login", "OFF"]);
  const rows = known.filter(([name]) => wanted.has(name));
  return rowsAnswer(session, ["Variable_name", "Value"], rows);
}

/** How many rows the proxy wants, so that FOUND_ROWS() says so; -1 for another text. */
function rowsWanted(text: string): number {
  if (!text.startsWith("SELECT 1 FROM (SELECT")) return -1;
  if (text.endsWith("LIMIT 0")) return 0;
  return Number(/ < (\d+)$/.exec(text)?.[1] ?? 1);
}

function runKill({ session, server }: ServerConnection, isQueryOnly: boolean, id: number): Uint8Array[] {
  const victim = connectionOf(server, id);
  if (victim === undefined) return errAnswer(session, 1094, `Unknown thread id: ${id}`);
  if (isQueryOnly) victim.running?.end({ error: [1317, "Query execution was interrupted", "70100"] });
  else endSession(victim, "kill");
  return okAnswer(session);
}

function connectionOf(server: SimulatedServer, id: number): ServerConnection | undefined {
  return [...server.connections].find((connection) => connection.id === id);
}
