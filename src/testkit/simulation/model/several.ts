/** Several statements in one text: each has an answer of its own, and the first that fails is the last. */
import { SERVER_MORE_RESULTS_EXISTS } from "../../../mysql/status-flags.ts";
import { errAnswer, okAnswer, rowsAnswer } from "./answer.ts";
import type { Operation } from "./operation.ts";
import { beginStatement, touchTables } from "./session.ts";
import { runSet } from "./set.ts";

const flags = SERVER_MORE_RESULTS_EXISTS;

export const SEVERAL: readonly Operation[] = [
  {
    name: "two selects",
    text: ({ nonce }) => `SELECT '${nonce}' AS a; SELECT '${nonce}' AS b`,
    hasNoTable: true,
    run: (session, { nonce }) => [
      ...rowsAnswer(session, ["a"], [[nonce]], { hasNoTable: true, flags }),
      ...rowsAnswer(session, ["b"], [[nonce]], { hasNoTable: true }),
    ],
  },
  {
    name: "insert and id",
    isWrite: true,
    text: ({ nonce }) => `INSERT INTO seq (v) VALUES ('${nonce}'); SELECT LAST_INSERT_ID()`,
    decide: (database, party, { nonce }) => {
      if (database.tableLock !== null && database.tableLock !== party) return null;
      const id = database.nextId++;
      database.inserted.set(id, nonce);
      party.undo.push(() => void database.inserted.delete(id));
      return { id };
    },
    run: (session, _args, { id = 0 }) => {
      touchTables(session);
      const inserted = okAnswer(session, { affected: 1, insertId: id, flags });
      return [...inserted, ...rowsAnswer(session, ["id"], [[String(session.lastInsertId)]], { hasNoTable: true })];
    },
  },
  {
    name: "second fails",
    text: ({ nonce }) => `SELECT '${nonce}' AS a; SELECT * FROM missing_${nonce}`,
    run: (session, { nonce }) => [
      ...rowsAnswer(session, ["a"], [[nonce]], { hasNoTable: true, flags }),
      ...errAnswer(session, 1146, `Table 'test.missing_${nonce}' doesn't exist`, "42S02"),
    ],
  },
  {
    name: "set and look",
    text: ({ value }) => `SET @b = '${value}', time_zone = '+03:00'; SELECT @b, @@time_zone`,
    run: (session, { value }) => {
      const [set = new Uint8Array(0)] = withMore(runSet(session, `@b = '${value}', time_zone = '+03:00'`));
      beginStatement(session);
      return [set, ...rowsAnswer(session, ["b", "zone"], [[value, "+03:00"]], { hasNoTable: true })];
    },
  },
];

/** The OK with the flag that another answer follows. */
function withMore(answer: Uint8Array[]): Uint8Array[] {
  const [packet] = answer;
  if (packet === undefined) return answer;
  // Header, affected rows 0, last insert id 0, then the status flags.
  packet[3] = (packet[3] as number) | SERVER_MORE_RESULTS_EXISTS;
  return answer;
}
