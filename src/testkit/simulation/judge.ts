/**
 * The first oracle: what a client is sent must be what a connection of its own would have sent it, byte for byte. It hears
 * what the proxy writes before the network gets at it, keeps a session of its own for each client, and lets that session
 * run what the client says.
 */
import { CLIENT_SESSION_TRACK } from "../../mysql/capabilities.ts";
import { newCursor } from "../../mysql/cursor.ts";
import { readErr } from "../../mysql/err.ts";
import { withoutSessionState } from "../../mysql/ok.ts";
import { SERVER_SESSION_STATE_CHANGED } from "../../mysql/status-flags.ts";
import { okStatus } from "../fake-client-answer.ts";
import { packetsOf, type RawPacket } from "../packet-stream.ts";
import { errAnswer } from "./model/answer.ts";
import { NO_OUTCOME } from "./model/operation.ts";
import { beginStatement, type ModelSession } from "./model/session.ts";
import { addBytes, cutPacket, newPacketBuffer, type PacketBuffer } from "./packets.ts";
import { kindOfRefusal, type RefusalKind } from "./refusals.ts";
import type { Asked, Sent } from "./sent.ts";
import type { Execution } from "./server-types.ts";

/** Something that the client will hear when the bytes up to `end` have arrived. */
export interface Heard {
  readonly end: number;
  readonly packet: RawPacket;
  /** The command that it completes the answer to; null while the client logs in, and for a goodbye. */
  readonly sent: Sent | null;
  readonly refusal: RefusalKind | null;
}

export interface JudgeWorld {
  readonly executions: Map<string, Execution>;
  fail(what: string): void;
  trace(what: string): void;
  /** The proxy has answered a command itself, for this reason. */
  refused(kind: RefusalKind, sent: Sent): void;
  answered(sent: Sent): void;
  /** Whether the row that was inserted is in the database. */
  isStored(execution: Execution): boolean;
}

export interface Judge {
  readonly world: JudgeWorld;
  readonly client: string;
  readonly inbox: PacketBuffer;
  /** What client and proxy have agreed on; 0 before the client's response. */
  capabilities: number;
  /** Bytes in packets so far. */
  end: number;
  /** What a connection of the client's own would know; null until it has logged in. */
  reference: ModelSession | null;
  /** What the reference can no longer know, because the proxy has answered something itself. */
  readonly unknown: Set<Asked>;
  /** Commands without a whole answer, oldest first. */
  readonly sent: Sent[];
  nextSequence: number;
  /** Rows that the open transaction has inserted, and how many of them there were at its savepoint. */
  readonly pending: Execution[];
  savepoint: number;
  readonly onHeard: (heard: Heard) => void;
}

/** Judges one session of `client`; `onHeard` is told of each packet of the log-in and of each complete answer. */
export function newJudge(world: JudgeWorld, client: string, onHeard: (heard: Heard) => void): Judge {
  return {
    world,
    client,
    inbox: newPacketBuffer(),
    capabilities: 0,
    end: 0,
    reference: null,
    unknown: new Set(),
    sent: [],
    nextSequence: 0,
    pending: [],
    savepoint: 0,
    onHeard,
  };
}

/** Bytes that the proxy has written to the client. */
export function judgeBytes(judge: Judge, bytes: Uint8Array): void {
  addBytes(judge.inbox, bytes);
  for (let packet = cutPacket(judge.inbox); packet !== null; packet = cutPacket(judge.inbox)) {
    judge.end += packet.payload.length + 4;
    if (judge.reference === null) hear(judge, packet, null, null);
    else judgePacket(judge, judge.reference, packet);
  }
}

function hear(judge: Judge, packet: RawPacket, sent: Sent | null, refusal: RefusalKind | null): void {
  judge.onHeard({ end: judge.end, packet, sent, refusal });
}

function judgePacket(judge: Judge, reference: ModelSession, packet: RawPacket): void {
  settleSilent(judge, reference);
  const sent = judge.sent[0];
  const { payload, sequence } = packet;
  if (sent === undefined) {
    const kind = kindOfRefusal(payload);
    if (kind === null) judge.world.fail(`${judge.client} was told something unasked: ${show(payload)}`);
    hear(judge, packet, null, kind);
    return;
  }
  if (sent.got === 0) judge.nextSequence = 1;
  const refusal = sent.got === 0 ? kindOfRefusal(payload) : null;
  // A goodbye may have crossed the command.
  if (sequence !== judge.nextSequence && !(isGoodbye(refusal) && sequence === 0)) {
    judge.world.fail(`${judge.client}: ${sent.what}: packet ${sequence} where ${judge.nextSequence} is due`);
  }
  judge.nextSequence = (sequence + 1) & 0xff;
  if (refusal !== null) return takeRefusal(judge, sent, packet, refusal);
  sent.expected ??= isInterrupted(judge, sent, payload)
    ? errAnswer(reference, 1317, INTERRUPTED, "70100")
    : predict(judge, reference, sent);
  if (sent.expected === null) return;
  compare(judge, reference, sent, payload);
  sent.got++;
  if (sent.got < sent.expected.length) return;
  judge.sent.shift();
  judge.world.answered(sent);
  hear(judge, packet, sent, null);
}

/** The session ends; the word of it may cross a command. */
function isGoodbye(refusal: RefusalKind | null): boolean {
  return refusal === "goodbye" || refusal === "backend";
}

const INTERRUPTED = "Query execution was interrupted";

/** A command whose run no server can tell about was killed there. */
function isInterrupted({ world }: Judge, { nonce }: Sent, payload: Uint8Array): boolean {
  const isUnknown = nonce === null || !world.executions.has(nonce);
  return isUnknown && payload[0] === 0xff && show(payload) === `ERR 1317 ${INTERRUPTED}`;
}

/** Commands without an answer have happened by the time at which a later one is answered. */
function settleSilent(judge: Judge, reference: ModelSession): void {
  while (judge.sent[0]?.isSilent === true) judge.sent.shift()?.predict(reference, NO_OUTCOME);
}

/** The proxy has answered itself: the command has not run, or nobody knows. */
function takeRefusal(judge: Judge, sent: Sent, packet: RawPacket, refusal: RefusalKind): void {
  const { world, unknown } = judge;
  const hasRun = sent.nonce !== null && world.executions.has(sent.nonce);
  if (sent.isForbidden && hasRun) world.fail(`${judge.client}: ${sent.what} ran though a rule forbids it`);
  if (refusal === "rule" && hasRun) world.fail(`${judge.client}: ${sent.what} ran and was refused`);
  unknown.add("counts").add("diagnostics");
  if (hasRun && sent.isWrite) unknown.add("insert id");
  judge.sent.shift();
  world.refused(refusal, sent);
  hear(judge, packet, sent, refusal);
}

/** What the answer has to be; null when that cannot be told because the command never ran. */
function predict(judge: Judge, reference: ModelSession, sent: Sent): Uint8Array[] | null {
  const { world, unknown, client } = judge;
  const execution = sent.nonce === null ? undefined : world.executions.get(sent.nonce);
  if (sent.isForbidden) world.fail(`${client}: ${sent.what} was answered though a rule forbids it`);
  if (sent.nonce !== null && execution === undefined) {
    world.fail(`${client}: ${sent.what} was answered and never ran`);
    return null;
  }
  const outcome = execution?.outcome ?? NO_OUTCOME;
  const before = reference.diagnostics;
  beginStatement(reference);
  const answer = sent.predict(reference, outcome);
  settleRows(judge, reference, sent, execution);
  const isKnown = sent.asked === null || !unknown.has(sent.asked);
  if (!sent.keepsDiagnostics) {
    unknown.delete("counts");
    const isOwnError = sent.nonce === null && answer[0]?.[0] === 0xff;
    if (isOwnError || sent.prepares !== "") unknown.add("diagnostics");
    else if (reference.diagnostics !== before) unknown.delete("diagnostics");
  }
  if (sent.isWrite && execution?.outcome.id !== undefined) unknown.delete("insert id");
  if (sent.what === "@reset") unknown.add("role").delete("insert id");
  if (!isKnown && execution !== undefined) return [...execution.answer];
  // The OK of COM_PING and COM_INIT_DB counts warnings of the statement before.
  if (sent.keepsDiagnostics && sent.nonce === null && (unknown.has("diagnostics") || before.length > 0)) {
    sent.isLoose = true;
  }
  return answer;
}

/** Inserted rows: those of the open transaction, and what became of them when it ended. */
function settleRows(judge: Judge, reference: ModelSession, sent: Sent, execution: Execution | undefined): void {
  const { pending, world, client } = judge;
  for (const ending of reference.endings.splice(0)) {
    if (ending.kind === "savepoint") judge.savepoint = pending.length;
    if (ending.kind === "rollback-to") settle(pending.splice(judge.savepoint), false);
    if (ending.kind === "rollback" || ending.kind === "commit") settle(pending.splice(0), ending.kind === "commit");
  }
  if (execution?.outcome.id !== undefined) pending.push(execution);
  if (!reference.isInTransaction) settle(pending.splice(0), true);
  function settle(rows: readonly Execution[], isKept: boolean): void {
    for (const row of rows) {
      if (world.isStored(row) !== isKept) {
        world.fail(`${client}: ${sent.what}: row ${row.outcome.id} is ${isKept ? "lost" : "still there"}`);
      }
    }
  }
}

function compare(judge: Judge, reference: ModelSession, sent: Sent, payload: Uint8Array): void {
  const expected = sent.expected?.[sent.got] ?? new Uint8Array(0);
  if (isPrepareHead(sent)) {
    takeId(reference, sent, expected, payload);
    return;
  }
  const isSame = Buffer.compare(plain(expected, judge), plain(payload, judge)) === 0;
  if (isSame || (sent.isLoose && plain(payload, judge).length === plain(expected, judge).length)) return;
  const execution = sent.nonce === null ? undefined : judge.world.executions.get(sent.nonce);
  const said = execution?.answer[sent.got];
  judge.world.fail(
    [
      `${judge.client}: ${sent.what}: packet ${sent.got + 1} is not what a connection of its own would send`,
      `  client was sent ${show(payload)}`,
      `  own connection  ${show(expected)}`,
      `  server had said ${said === undefined ? "nothing that is known" : show(said)}`,
    ].join("\n"),
  );
}

function isPrepareHead(sent: Sent): boolean {
  return sent.prepares !== "" && sent.got === 0 && sent.expected?.[0]?.[0] === 0;
}

/** The id is the proxy's to choose: the reference calls the statement by it, too. */
function takeId(reference: ModelSession, sent: Sent, expected: Uint8Array, payload: Uint8Array): void {
  const id = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(1, true);
  const model = reference.prepared.get(0);
  reference.prepared.delete(0);
  if (model !== undefined) reference.prepared.set(id, model);
  sent.preparedId = id;
  if (expected.length !== payload.length) throw new Error("a PREPARE answer of another length");
}

/** An OK without what the client's session has asked to be told, which depends on what the proxy has asked. */
function plain(payload: Uint8Array, { capabilities }: Judge): Uint8Array {
  const isOk = payload.length >= 7 && (payload[0] === 0x00 || payload[0] === 0xfe) && payload.length < 0xffffff;
  if (!isOk || (capabilities & CLIENT_SESSION_TRACK) === 0) return payload;
  try {
    if ((okStatus(payload) & SERVER_SESSION_STATE_CHANGED) === 0) return payload;
    return withoutSessionState(packetsOf([payload]), 0).subarray(4);
  } catch {
    return payload; // a row that begins like an OK
  }
}

/** A packet for people. */
export function show(payload: Uint8Array): string {
  if (payload[0] === 0xff) {
    const { code, message } = readErr(newCursor(payload));
    return `ERR ${code} ${message}`;
  }
  const text = Buffer.from(payload)
    .toString("latin1")
    .replaceAll(/[^ -~]/g, ".");
  return `${Buffer.from(payload).toString("hex").slice(0, 80)} ${text.slice(0, 80)}`;
}
