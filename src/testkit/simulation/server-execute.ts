/** COM_STMT_EXECUTE on a simulated server: parameters by the types that it was told or remembers. */
import {
  newCursor,
  readBytes,
  readLenencBytes,
  readUint8,
  readUint16,
  readUint32,
  skip,
  textOfBytes,
} from "../../mysql/cursor.ts";
import { type Answer, errAnswer, okAnswer } from "./model/answer.ts";
import { NO_OUTCOME, type Outcome } from "./model/operation.ts";
import { answerExecute, templateOf } from "./model/prepared.ts";
import type { PreparedModel } from "./model/session.ts";
import type { ServerConnection } from "./server-types.ts";

/** What a command is going to do. */
export interface Plan {
  readonly what: string;
  readonly takesMs?: number;
  /** What the database says; null while it has to wait. */
  readonly decide: () => Outcome | null;
  readonly run: (outcome: Outcome) => Answer;
  readonly onRun?: (outcome: Outcome, answer: Answer) => void;
}

const MYSQL_TYPE_LONGLONG = 0x08;

/** `body` is the command's payload behind its first byte. */
export function planExecute(connection: ServerConnection, body: Uint8Array): Plan {
  const { server, session } = connection;
  const { world } = server;
  const cursor = newCursor(body);
  const id = readUint32(cursor);
  const prepared = session.prepared.get(id);
  const template = prepared === undefined ? undefined : templateOf(prepared.text);
  if (prepared === undefined || template === undefined) {
    world.fail(`${server.name} is to execute statement ${id}, which it has not got`);
    return { what: "nothing", decide: () => NO_OUTCOME, run: () => okAnswer(session) };
  }
  // One that has long data is prepared anew by the server itself: nobody else could.
  if (prepared.isStale && prepared.long.size === 0) {
    const run = () => errAnswer(session, 1615, "Prepared statement needs to be re-prepared");
    return { what: `stale ${prepared.text}`, decide: () => NO_OUTCOME, run };
  }
  const wantsCursor = readUint8(cursor) !== 0;
  skip(cursor, 4); // iteration count
  const values = readParameters(cursor, prepared, template.parameters);
  const nonce = values[0] ?? "";
  const isWrite = template.isWrite === true;
  if (!world.spoken.has(nonce)) world.fail(`${server.name} got parameters that nobody has sent: ${values.join(", ")}`);
  return {
    what: `${nonce} ${prepared.text}`,
    decide: () => (template.decide === undefined ? NO_OUTCOME : template.decide(server.database, connection, values)),
    run: (outcome) => answerExecute(session, prepared, values, outcome, wantsCursor),
    onRun: (outcome, answer) => {
      prepared.long.clear(); // also where it failed
      if (isWrite && world.executions.has(nonce)) world.fail(`${nonce} ${prepared.text} ran twice`);
      world.executions.set(nonce, { server: server.name, connectionId: connection.id, outcome, answer });
    },
  };
}

/** All as text, whatever their type. */
function readParameters(cursor: ReturnType<typeof newCursor>, prepared: PreparedModel, count: number): string[] {
  const nulls = readBytes(cursor, (count + 7) >> 3);
  if (readUint8(cursor) === 1) {
    prepared.types = Array.from({ length: count }, () => readUint16(cursor));
  }
  return Array.from({ length: count }, (_, i) => {
    const long = prepared.long.get(i);
    if (long !== undefined) return long;
    if (((nulls[i >> 3] as number) & (1 << (i & 7))) !== 0) return "";
    if (prepared.types[i] !== MYSQL_TYPE_LONGLONG) return textOfBytes(readLenencBytes(cursor));
    const number = readUint32(cursor);
    skip(cursor, 4); // its upper half
    return `n${number}`;
  });
}
