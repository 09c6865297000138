/** Statements of the binary protocol: prepared, executed with parameters, fetched from. Their first parameter is the nonce. */
import { CLIENT_DEPRECATE_EOF } from "../../../mysql/capabilities.ts";
import { SERVER_STATUS_CURSOR_EXISTS, SERVER_STATUS_LAST_ROW_SENT } from "../../../mysql/status-flags.ts";
import { eof, prepareOk } from "../../answers.ts";
import {
  type Answer,
  binaryTextRow,
  columnDefinition,
  endOf,
  errAnswer,
  headOf,
  okAnswer,
  rowsAnswer,
} from "./answer.ts";
import { type Database, isKeptOut, type Party } from "./database.ts";
import type { Outcome } from "./operation.ts";
import { type ModelSession, type PreparedModel, statusOf, touchTables } from "./session.ts";

/** A text that clients prepare. */
export interface Template {
  readonly text: string;
  readonly parameters: number;
  readonly columns: readonly string[];
  readonly isWrite?: boolean;
  readonly hasNoTable?: boolean;
  readonly decide?: (database: Database, party: Party, values: readonly string[]) => Outcome | null;
  /** Its rows; null for a statement that has none, which then is done by `run`. */
  readonly rows:
    | ((session: ModelSession, values: readonly string[], outcome: Outcome) => Array<Array<string | null>>)
    | null;
  readonly run?: (session: ModelSession, values: readonly string[], outcome: Outcome) => Answer;
}

export const TEMPLATES: readonly Template[] = [
  {
    text: "SELECT ? AS nonce",
    parameters: 1,
    columns: ["nonce"],
    hasNoTable: true,
    rows: (_session, [nonce = ""]) => [[nonce]],
  },
  {
    text: "SELECT k, v, ? FROM kv WHERE k = ?",
    parameters: 2,
    columns: ["k", "v", "?"],
    decide: ({ rows }, _party, [, key = ""]) => ({ rows: [[rows.get(key) ?? null]] }),
    rows: (_session, [nonce = "", key = ""], { rows = [] }) => [[key, rows[0]?.[0] ?? null, nonce]],
  },
  {
    text: "SELECT n, ? FROM big LIMIT 9",
    parameters: 1,
    columns: ["n", "?"],
    rows: (_session, [nonce = ""]) => Array.from({ length: 9 }, (_, i) => [String(i), nonce]),
  },
  {
    text: "SELECT ?, LAST_INSERT_ID(), @a",
    parameters: 1,
    columns: ["?", "id", "@a"],
    hasNoTable: true,
    rows: (session, [nonce = ""]) => [[nonce, String(session.lastInsertId), session.userVariables.get("a") ?? null]],
  },
  {
    text: "INSERT INTO seq (v) VALUES (?)",
    parameters: 1,
    columns: [],
    isWrite: true,
    decide: (database, party, [nonce = ""]) => {
      if (isKeptOut(database, party, null)) return null;
      const id = database.nextId++;
      database.inserted.set(id, nonce);
      party.undo.push(() => void database.inserted.delete(id));
      return { id };
    },
    rows: null,
    run: (session, _values, { id = 0 }) => {
      touchTables(session);
      return okAnswer(session, { affected: 1, insertId: id });
    },
  },
  {
    text: "SET @a = ?",
    parameters: 1,
    columns: [],
    hasNoTable: true,
    rows: null,
    run: (session, [nonce = ""]) => {
      session.userVariables.set("a", nonce);
      session.report.hasStateChange = true;
      return okAnswer(session);
    },
  },
];

const MISSING = "SELECT ? FROM missing";

/** Texts to prepare, one of which no server takes. */
export const PREPARABLE: readonly string[] = [...TEMPLATES.map(({ text }) => text), MISSING];

/** What is known of `text`; undefined for another one. */
export function templateOf(text: string): Template | undefined {
  return TEMPLATES.find((each) => each.text === text);
}

/** COM_STMT_PREPARE. The statement is `id` of the session. */
export function answerPrepare(session: ModelSession, text: string, id: number): Answer {
  const template = templateOf(text);
  if (template === undefined) return errAnswer(session, 1146, "Table 'test.missing' doesn't exist", "42S02");
  session.prepared.set(id, { text, types: [], long: new Map(), cursor: null, isStale: false });
  session.diagnostics = [];
  const { parameters, columns } = template;
  const isEofDeprecated = (session.capabilities & CLIENT_DEPRECATE_EOF) !== 0;
  const [head = new Uint8Array(0)] = prepareOk(session.capabilities, id, columns.length, parameters);
  const definitions = (names: readonly string[]) => {
    const all = names.map((name) => columnDefinition(name, session.names.id));
    return isEofDeprecated || names.length === 0 ? all : [...all, eof(statusOf(session))];
  };
  return [head, ...definitions(new Array<string>(parameters).fill("?")), ...definitions(columns)];
}

/** COM_STMT_EXECUTE of a statement that the session has. */
export function answerExecute(
  session: ModelSession,
  prepared: PreparedModel,
  values: readonly string[],
  outcome: Outcome,
  wantsCursor: boolean,
): Answer {
  const template = templateOf(prepared.text) as Template;
  prepared.long.clear();
  prepared.cursor = null;
  if (outcome.error !== undefined) return errAnswer(session, ...outcome.error);
  if (template.rows === null) return template.run?.(session, values, outcome) ?? [];
  const { hasNoTable = false } = template;
  if (!hasNoTable) touchTables(session);
  const rows = template.rows(session, values, outcome);
  if (!wantsCursor) return rowsAnswer(session, template.columns, rows, { isBinary: true, hasNoTable });
  session.rowCount = -1;
  session.foundRows = rows.length;
  session.diagnostics = [];
  prepared.cursor = rows.map((row) => JSON.stringify(row));
  const head = headOf(session, template.columns);
  if ((session.capabilities & CLIENT_DEPRECATE_EOF) === 0) head.pop(); // the flag is in this one
  return [...head, endOf(session, 0, SERVER_STATUS_CURSOR_EXISTS)];
}

/** COM_STMT_FETCH of at most `count` rows. */
export function answerFetch(
  session: ModelSession,
  prepared: PreparedModel | undefined,
  id: number,
  count: number,
): Answer {
  if (prepared?.cursor === undefined || prepared.cursor === null) {
    const end = session.flavour === "mysql" ? "." : "";
    return errAnswer(session, 1421, `The statement (${id}) has no open cursor${end}`);
  }
  const rows = prepared.cursor.splice(0, count);
  const isLast = prepared.cursor.length === 0;
  if (isLast) prepared.cursor = null;
  const packets = rows.map((row) => binaryTextRow(JSON.parse(row) as Array<string | null>));
  return [...packets, endOf(session, 0, isLast ? SERVER_STATUS_LAST_ROW_SENT : SERVER_STATUS_CURSOR_EXISTS)];
}
