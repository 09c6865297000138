/** Statements that write, and those around them: transactions, savepoints, what commits by itself. */
import { errAnswer, okAnswer, rowsAnswer } from "./answer.ts";
import { isKeptOut } from "./database.ts";
import type { Operation } from "./operation.ts";
import { beginTransaction, endTransaction, type ModelSession, touchTables } from "./session.ts";

/** What DDL and LOCK do before anything else. */
function commitImplicitly(session: ModelSession): void {
  endTransaction(session, "commit");
}

/** COMMIT or ROLLBACK. */
function end(session: ModelSession, kind: "commit" | "rollback", isChained = false) {
  const { isolation } = session;
  endTransaction(session, kind);
  if (isChained) {
    session.nextIsolation = isolation;
    beginTransaction(session);
  }
  return okAnswer(session);
}

function begin(session: ModelSession) {
  commitImplicitly(session);
  session.hasTableLock = false;
  beginTransaction(session);
  return okAnswer(session);
}

export const WRITES: readonly Operation[] = [
  {
    name: "insert",
    isWrite: true,
    text: ({ nonce }) => `INSERT INTO seq (v) VALUES ('${nonce}')`,
    decide: (database, party, { nonce }) => {
      if (isKeptOut(database, party, null)) return null;
      const id = database.nextId++;
      database.inserted.set(id, nonce);
      party.undo.push(() => void database.inserted.delete(id));
      return { id, affected: 1 };
    },
    run: (session, _args, { id = 0, affected = 0 }) => {
      touchTables(session);
      return okAnswer(session, { affected, insertId: id });
    },
  },
  {
    name: "insert many",
    isWrite: true,
    text: ({ nonce, count }) => {
      const rows = Array.from({ length: count + 1 }, (_, i) => `('${nonce}.${i}')`);
      return `INSERT INTO seq (v) VALUES ${rows.join(", ")}`;
    },
    decide: (database, party, { nonce, count }) => {
      if (isKeptOut(database, party, null)) return null;
      const id = database.nextId;
      for (let i = 0; i <= count; i++) {
        const each = database.nextId++;
        database.inserted.set(each, `${nonce}.${i}`);
        party.undo.push(() => void database.inserted.delete(each));
      }
      return { id, affected: count + 1 };
    },
    run: (session, { count }, { id = 0, affected = 0 }) => {
      touchTables(session);
      return okAnswer(session, { affected, insertId: id, info: `Records: ${count + 1}  Duplicates: 0  Warnings: 0` });
    },
  },
  {
    name: "insert twice",
    isWrite: true,
    text: ({ key }) => `INSERT INTO kv VALUES ('${key}', 'twice')`,
    run: (session, { key }) => {
      touchTables(session);
      return errAnswer(session, 1062, `Duplicate entry '${key}' for key 'kv.PRIMARY'`, "23000");
    },
  },
  {
    name: "update",
    isWrite: true,
    text: ({ nonce, key }) => `UPDATE kv SET v = '${nonce}' WHERE k = '${key}'`,
    decide: (database, party, { nonce, key }) => {
      if (isKeptOut(database, party, key)) return null;
      const before = database.rows.get(key) ?? "";
      database.rowLocks.set(key, party);
      database.rows.set(key, nonce);
      party.undo.push(() => void database.rows.set(key, before));
      return { affected: 1 };
    },
    run: (session, _args, { affected = 0 }) => {
      touchTables(session);
      if (session.flavour === "mysql") session.foundRows = 1;
      return okAnswer(session, { affected, info: "Rows matched: 1  Changed: 1  Warnings: 0" });
    },
  },
  {
    name: "delete nothing",
    isWrite: true,
    text: () => "DELETE FROM kv WHERE 1 = 0",
    run: (session) => {
      touchTables(session);
      return okAnswer(session);
    },
  },
  { name: "begin", text: () => "BEGIN", run: begin },
  { name: "start transaction", text: () => "START TRANSACTION", run: begin },
  { name: "commit", text: () => "COMMIT", run: (session) => end(session, "commit") },
  { name: "rollback", text: () => "ROLLBACK", run: (session) => end(session, "rollback") },
  { name: "commit and chain", text: () => "COMMIT AND CHAIN", run: (session) => end(session, "commit", true) },
  {
    name: "savepoint",
    text: () => "SAVEPOINT s",
    run: (session) => {
      if (session.isInTransaction && !session.savepoints.includes("s")) session.savepoints.push("s");
      if (session.isInTransaction) session.endings.push({ kind: "savepoint", name: "s" });
      return okAnswer(session);
    },
  },
  {
    name: "rollback to savepoint",
    text: () => "ROLLBACK TO SAVEPOINT s",
    run: (session) => {
      if (!session.savepoints.includes("s")) return errAnswer(session, 1305, "SAVEPOINT s does not exist", "42000");
      session.endings.push({ kind: "rollback-to", name: "s" });
      return okAnswer(session);
    },
  },
  {
    name: "ddl",
    isWrite: true,
    text: () => "CREATE OR REPLACE VIEW seen AS SELECT 1",
    run: (session) => {
      commitImplicitly(session);
      return okAnswer(session);
    },
  },
  {
    name: "isolation of the transaction",
    // A table of the simulated servers: real ones show it by what is read.
    text: () => "SELECT level FROM own_transaction",
    run: (session) => {
      touchTables(session);
      return rowsAnswer(session, ["level"], [[session.isolation]]);
    },
  },
];
