/** Makes commands of words. */

import type { Random } from "../../lib/random.ts";
import {
  COM_INIT_DB,
  COM_PING,
  COM_QUERY,
  COM_QUIT,
  COM_RESET_CONNECTION,
  COM_STMT_CLOSE,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
} from "../../mysql/commands.ts";
import { commandBytes } from "../fake-client.ts";
import { between, isLucky, pick } from "./chance.ts";
import { type Answer, answerPing, answerStatementReset, errAnswer, okAnswer } from "./model/answer.ts";
import { newArguments, type Operation } from "./model/operation.ts";
import { answerExecute, answerFetch, answerPrepare, PREPARABLE, type Template, templateOf } from "./model/prepared.ts";
import { type ModelSession, resetModelSession } from "./model/session.ts";
import { runInitDb } from "./model/settings.ts";
import { operationNamed } from "./phrases.ts";
import type { Asked, Sent } from "./sent.ts";
import type { Spoken } from "./spoken.ts";

/** A prepared statement as its client knows it. */
export interface OwnPrepared {
  readonly id: number;
  readonly template: Template;
  hasSentTypes: boolean;
  types: number[];
  hasCursor: boolean;
  /** Said of its first parameter so far. */
  longData: string;
}

/** Who speaks. */
export interface Speaker {
  readonly random: Random;
  readonly name: string;
  readonly spoken: Map<string, Spoken>;
  readonly nextNonce: () => number;
  /** Comment that a rule forbids, put into some texts; "" for none. */
  readonly marks: readonly string[];
  prepared: OwnPrepared[];
}

const ASKED: Readonly<Record<string, Asked>> = {
  "row count": "counts",
  "found rows": "counts",
  warnings: "diagnostics",
  "warning count": "diagnostics",
  "last insert id": "insert id",
  role: "role",
};

const PLAIN = {
  nonce: null,
  isSilent: false,
  isWrite: false,
  asked: null,
  keepsDiagnostics: false,
  isForbidden: false,
  expected: null,
  got: 0,
  preparedId: 0,
  isLoose: false,
  prepares: "",
} as const;

/** The command that `word` stands for; null when it makes no sense now. */
export function speak(speaker: Speaker, word: string): Sent | null {
  const [name = "", argument = ""] = word.split(" ");
  switch (name) {
    case "@ping":
      return { ...PLAIN, what: word, bytes: commandBytes(COM_PING), keepsDiagnostics: true, predict: answerPing };
    case "@quit":
      return { ...PLAIN, what: word, bytes: commandBytes(COM_QUIT), isSilent: true, predict: () => [] };
    case "@init": {
      const bytes = commandBytes(COM_INIT_DB, argument);
      const keepsDiagnostics = argument !== "nowhere";
      return { ...PLAIN, what: word, bytes, keepsDiagnostics, predict: (to) => runInitDb(to, argument) };
    }
    case "@reset":
      return argument === "" ? speakReset(speaker) : speakStatementReset(speaker);
    case "@prepare":
      return speakPrepare(speaker);
    case "@execute":
      return speakExecute(speaker, argument === "cursor");
    case "@fetch":
      return speakFetch(speaker);
    case "@long":
      return speakLongData(speaker);
    case "@close":
      return speakClose(speaker);
    default:
      return speakQuery(speaker, operationNamed(word));
  }
}

function newNonce(speaker: Speaker): string {
  return `n${speaker.nextNonce()}`;
}

function speakQuery(speaker: Speaker, operation: Operation): Sent {
  const { random, spoken, name, marks } = speaker;
  const nonce = newNonce(speaker);
  const args = newArguments(random, nonce);
  const mark = marks.length > 0 && isLucky(random, 0.1) ? pick(random, marks) : "";
  const comment = `/*${nonce}*/${mark}`;
  const plain = operation.text(args);
  const text = isLucky(random, 0.5) ? `${comment} ${plain}` : `${plain} ${comment}`;
  const isWrite = operation.isWrite === true;
  spoken.set(nonce, { nonce, client: name, operation, args, text, isWrite });
  return {
    ...PLAIN,
    what: `${nonce} ${operation.name}: ${text}`,
    bytes: commandBytes(COM_QUERY, text),
    nonce,
    isWrite,
    asked: ASKED[operation.name] ?? null,
    keepsDiagnostics: operation.name === "warnings",
    isForbidden: mark.includes("forbidden"),
    predict: (to, outcome) =>
      outcome.error === undefined ? operation.run(to, args, outcome) : errAnswer(to, ...outcome.error),
  };
}

function speakReset(speaker: Speaker): Sent {
  speaker.prepared = [];
  const predict = (to: ModelSession): Answer => {
    resetModelSession(to);
    return okAnswer(to);
  };
  return { ...PLAIN, what: "@reset", bytes: commandBytes(COM_RESET_CONNECTION), predict };
}

function speakPrepare({ random }: Speaker): Sent {
  const text = pick(random, PREPARABLE);
  // The id is the proxy's to choose; the judge takes it from the answer.
  const predict = (to: ModelSession) => answerPrepare(to, text, 0);
  return { ...PLAIN, what: `@prepare ${text}`, bytes: commandBytes(COM_STMT_PREPARE, text), prepares: text, predict };
}

/** The answer to a PREPARE of `text` has come: the statement is called `id`. */
export function rememberOwnPrepared(speaker: Speaker, text: string, id: number): void {
  const template = templateOf(text);
  if (template === undefined) return;
  speaker.prepared.push({ id, template, hasSentTypes: false, types: [], hasCursor: false, longData: "" });
}

const MYSQL_TYPE_LONGLONG = 0x08;
const TEXT_TYPES = [0xfd, 0xfe, 0x0f, 0xfc] as const;

function speakExecute(speaker: Speaker, wantsCursor: boolean): Sent | null {
  const { random, spoken, name } = speaker;
  const own = speaker.prepared.at(-1 - Math.floor(random() * Math.min(2, speaker.prepared.length)));
  if (own === undefined) return null;
  const { template, id } = own;
  const number = speaker.nextNonce();
  const nonce = `n${number}`;
  const isCursor = wantsCursor && template.rows !== null;
  const { longData } = own;
  const hasLong = longData !== "";
  if (!own.hasSentTypes || isLucky(random, 0.3)) {
    own.types = [isLucky(random, 0.5) ? MYSQL_TYPE_LONGLONG : pick(random, TEXT_TYPES), pick(random, TEXT_TYPES)];
    if (hasLong) own.types[0] = 0xfc;
    own.types.length = template.parameters;
    own.hasSentTypes = false;
  }
  if (hasLong && own.types[0] === MYSQL_TYPE_LONGLONG) return null;
  const key = `k${between(random, 0, 2)}`;
  const values = [hasLong ? longData : nonce, key];
  const isWrite = template.isWrite === true;
  const args = { ...newArguments(random, nonce), key };
  // Long data is the nonce itself, said in two parts before.
  const shown = hasLong ? longData : nonce;
  spoken.set(shown, { nonce: shown, client: name, operation: null, args, text: template.text, isWrite });
  const body = executeBody(own, hasLong ? [null, key] : [nonce, key], isCursor);
  own.hasSentTypes = true;
  own.hasCursor = isCursor;
  own.longData = "";
  return {
    ...PLAIN,
    what: `@execute ${id}${isCursor ? " with a cursor" : ""}: ${template.text} [${values.join(", ")}]`,
    bytes: commandBytes(COM_STMT_EXECUTE, body),
    nonce: shown,
    isWrite,
    asked: template.text.includes("LAST_INSERT_ID") ? "insert id" : null,
    predict: (to, outcome) => {
      const prepared = to.prepared.get(id);
      if (prepared === undefined) throw new Error(`the reference has no statement ${id}`);
      return answerExecute(to, prepared, values.slice(0, template.parameters), outcome, isCursor);
    },
  };
}

function executeBody(own: OwnPrepared, values: ReadonlyArray<string | null>, isCursor: boolean): Buffer {
  const { id, template, types, hasSentTypes } = own;
  const head = Buffer.alloc(9);
  head.writeUInt32LE(id);
  head[4] = isCursor ? 1 : 0;
  head.writeUInt32LE(1, 5);
  const parts = [head, Buffer.alloc((template.parameters + 7) >> 3), Buffer.of(hasSentTypes ? 0 : 1)];
  if (!hasSentTypes) for (const type of types) parts.push(Buffer.of(type, 0));
  values.slice(0, template.parameters).forEach((value, i) => {
    if (value === null) return;
    if (types[i] === MYSQL_TYPE_LONGLONG) {
      const number = Buffer.alloc(8);
      number.writeUInt32LE(Number(value.slice(1)));
      parts.push(number);
    } else {
      parts.push(Buffer.of(value.length), Buffer.from(value));
    }
  });
  return Buffer.concat(parts);
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(id);
  return bytes;
}

function speakFetch({ prepared, random }: Speaker): Sent | null {
  const own = prepared.findLast(({ hasCursor }) => hasCursor);
  if (own === undefined) return null;
  const count = between(random, 1, 4);
  const body = Buffer.concat([idBytes(own.id), idBytes(count)]);
  const predict = (to: ModelSession) => answerFetch(to, to.prepared.get(own.id), own.id, count);
  return { ...PLAIN, what: `@fetch ${own.id}`, bytes: commandBytes(COM_STMT_FETCH, body), predict };
}

function speakStatementReset({ prepared }: Speaker): Sent | null {
  const own = prepared.at(-1);
  if (own === undefined) return null;
  own.hasCursor = false;
  own.longData = "";
  const predict = (to: ModelSession): Answer => {
    const model = to.prepared.get(own.id);
    if (model !== undefined) model.cursor = null;
    model?.long.clear();
    return answerStatementReset(to);
  };
  return {
    ...PLAIN,
    keepsDiagnostics: true,
    what: `@reset statement ${own.id}`,
    bytes: commandBytes(COM_STMT_RESET, idBytes(own.id)),
    predict,
  };
}

/** The first parameter, in parts. */
function speakLongData(speaker: Speaker): Sent | null {
  const own = speaker.prepared.at(-1);
  if (own === undefined || own.hasCursor) return null;
  const part = `n${speaker.nextNonce()}`;
  own.longData += part;
  const body = Buffer.concat([idBytes(own.id), Buffer.alloc(2), Buffer.from(part)]);
  const predict = (): Answer => [];
  return {
    ...PLAIN,
    what: `@long ${own.id} ${part}`,
    bytes: commandBytes(COM_STMT_SEND_LONG_DATA, body),
    isSilent: true,
    predict,
  };
}

function speakClose(speaker: Speaker): Sent | null {
  const own = speaker.prepared.pop();
  if (own === undefined) return null;
  const predict = (to: ModelSession): Answer => {
    to.prepared.delete(own.id);
    return [];
  };
  const bytes = commandBytes(COM_STMT_CLOSE, idBytes(own.id));
  return { ...PLAIN, what: `@close ${own.id}`, bytes, isSilent: true, predict };
}
