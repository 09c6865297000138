/** Statements that leave something on their connection that no server can be told again: temporary tables, locks, handlers, roles, SQL's own PREPARE. */
import { type Answer, errAnswer, okAnswer, rowsAnswer } from "./answer.ts";
import { isKeptOut } from "./database.ts";
import { NO_OUTCOME, type Operation } from "./operation.ts";
import { endTransaction, type ModelSession, touchTables } from "./session.ts";

const TEMPORARY = "tmp";

function noTemporary(session: ModelSession): Answer {
  return errAnswer(session, 1146, "Table 'test.tmp' doesn't exist", "42S02");
}

export const LOCKS: readonly Operation[] = [
  {
    name: "create temporary",
    text: () => "CREATE TEMPORARY TABLE tmp (v TEXT)",
    run: (session) => {
      if (session.temporaryTables.has(TEMPORARY)) {
        return errAnswer(session, 1050, "Table 'tmp' already exists", "42S01");
      }
      session.temporaryTables.set(TEMPORARY, []);
      session.report.hasStateChange = true;
      return okAnswer(session);
    },
  },
  {
    name: "fill temporary",
    isWrite: true,
    text: ({ nonce }) => `INSERT INTO tmp VALUES ('${nonce}')`,
    run: (session, { nonce }) => {
      const rows = session.temporaryTables.get(TEMPORARY);
      if (rows === undefined) return noTemporary(session);
      rows.push(nonce);
      return okAnswer(session, { affected: 1 });
    },
  },
  {
    name: "read temporary",
    text: () => "SELECT v FROM tmp",
    run: (session) => {
      const rows = session.temporaryTables.get(TEMPORARY);
      if (rows === undefined) return noTemporary(session);
      return rowsAnswer(
        session,
        ["v"],
        rows.map((row) => [row]),
      );
    },
  },
  {
    name: "drop temporary",
    text: () => "DROP TEMPORARY TABLE tmp",
    run: (session) => {
      if (!session.temporaryTables.delete(TEMPORARY))
        return errAnswer(session, 1051, "Unknown table 'test.tmp'", "42S02");
      session.report.hasStateChange = true;
      return okAnswer(session);
    },
  },
  {
    name: "lock tables",
    text: () => "LOCK TABLES kv WRITE, seq WRITE, big READ",
    decide: (database, party) => {
      const isRowLocked = [...database.rowLocks.values()].some((owner) => owner !== party);
      if (isRowLocked || isKeptOut(database, party, null)) return null;
      database.tableLock = party;
      return NO_OUTCOME;
    },
    run: (session) => {
      endTransaction(session, "commit");
      session.hasTableLock = true;
      return okAnswer(session);
    },
  },
  {
    name: "unlock tables",
    text: () => "UNLOCK TABLES",
    run: (session) => {
      if (session.hasTableLock) endTransaction(session, "commit");
      session.hasTableLock = false;
      return okAnswer(session);
    },
  },
  {
    name: "get lock",
    text: ({ key }) => `SELECT GET_LOCK('${key}', 0)`,
    decide: ({ namedLocks }, party, { key }) => {
      const owner = namedLocks.get(key);
      if (owner !== undefined && owner !== party) return { rows: [["0"]] };
      namedLocks.set(key, party);
      return { rows: [["1"]] };
    },
    run: (session, { key }, { rows = [] }) => {
      if (rows[0]?.[0] === "1") session.namedLocks.add(key);
      return rowsAnswer(session, ["locked"], rows, { hasNoTable: true });
    },
  },
  {
    name: "release lock",
    text: ({ key }) => `SELECT RELEASE_LOCK('${key}')`,
    run: (session, { key }) => {
      const released = session.namedLocks.delete(key) ? "1" : "0";
      return rowsAnswer(session, ["released"], [[released]], { hasNoTable: true });
    },
  },
  {
    name: "open handler",
    text: () => "HANDLER kv OPEN",
    run: (session) => {
      if (session.hasHandler) return errAnswer(session, 1066, "Not unique table/alias: 'kv'", "42000");
      touchTables(session);
      session.hasHandler = true;
      return okAnswer(session);
    },
  },
  {
    name: "read handler",
    text: () => "HANDLER kv READ FIRST",
    run: (session, { nonce }) => {
      if (!session.hasHandler) return errAnswer(session, 1109, "Unknown table 'kv' in HANDLER", "42S02");
      return rowsAnswer(session, ["k"], [[nonce]]);
    },
  },
  {
    name: "close handler",
    text: () => "HANDLER kv CLOSE",
    run: (session) => {
      if (!session.hasHandler) return errAnswer(session, 1109, "Unknown table 'kv' in HANDLER", "42S02");
      session.hasHandler = false;
      return okAnswer(session);
    },
  },
  {
    name: "prepare in SQL",
    text: ({ value }) => `PREPARE s FROM 'SELECT ''${value}'''`,
    run: (session, { value }) => {
      session.named.set("s", value);
      session.report.hasStateChange = true;
      return okAnswer(session, { info: "Statement prepared" });
    },
  },
  {
    name: "execute in SQL",
    text: () => "EXECUTE s",
    run: (session) => {
      const value = session.named.get("s");
      if (value === undefined) {
        return errAnswer(session, 1243, "Unknown prepared statement handler (s) given to EXECUTE");
      }
      return rowsAnswer(session, ["v"], [[value]], { hasNoTable: true });
    },
  },
  {
    name: "deallocate",
    text: () => "DEALLOCATE PREPARE s",
    run: (session) => {
      if (!session.named.delete("s")) {
        return errAnswer(session, 1243, "Unknown prepared statement handler (s) given to DEALLOCATE PREPARE");
      }
      session.report.hasStateChange = true;
      return okAnswer(session);
    },
  },
  {
    name: "call",
    text: ({ value }) => `CALL remember('${value}')`,
    run: (session, { value }) => {
      // What a routine does is not in its text.
      session.userVariables.set("c", value);
      return okAnswer(session);
    },
  },
  {
    name: "call with rows",
    text: ({ nonce }) => `CALL told('${nonce}')`,
    run: (session, { nonce }) => {
      const rows = rowsAnswer(session, ["v"], [[nonce]], { flags: MORE_RESULTS });
      return [...rows, ...okAnswer(session)];
    },
  },
];

const MORE_RESULTS = 0x0008;
