/** Whole answers, in pieces: the same bytes pass, and the answer ends at the same place, however they come. */
import type { Random } from "../../../lib/random.ts";
import {
  CLIENT_DEPRECATE_EOF,
  CLIENT_LOCAL_FILES,
  CLIENT_OPTIONAL_RESULTSET_METADATA,
} from "../../../mysql/capabilities.ts";
import {
  COM_FIELD_LIST,
  COM_QUERY,
  COM_STATISTICS,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
} from "../../../mysql/commands.ts";
import { ProtocolError } from "../../../mysql/errors.ts";
import { EOF_HEADER, readSessionState, type SessionState } from "../../../mysql/ok.ts";
import { fileSent, track } from "../../../mysql/response.ts";
import { beginResponse, newResponseTracker } from "../../../mysql/response-tracker.ts";
import {
  SERVER_MORE_RESULTS_EXISTS,
  SERVER_SESSION_STATE_CHANGED,
  SERVER_STATUS_CURSOR_EXISTS,
} from "../../../mysql/status-flags.ts";
import { writeUint8 } from "../../../mysql/writer.ts";
import {
  columnDefinition,
  endOfRows,
  eof,
  err,
  localInfile,
  ok,
  payload,
  prepareOk,
  resultSet,
  textRow,
} from "../../answers.ts";
import { packetsOf } from "../../packet-stream.ts";
import { below, between, isLucky, noise, pick, someLength, someName } from "../chance.ts";
import { must, mustEqual, randomOf, randomPieces, sealed, unsealed } from "../oracle.ts";
import { refused, type Target } from "../target.ts";
import { someOk, someState } from "./answers.ts";

const COMMANDS = [
  COM_QUERY,
  COM_QUERY,
  COM_STMT_EXECUTE,
  COM_STMT_PREPARE,
  COM_STMT_FETCH,
  COM_FIELD_LIST,
  COM_STATISTICS,
];

/** The command, the capabilities, whether a cursor is asked for: a byte each. Then the server's bytes. */
interface Question {
  command: number;
  capabilities: number;
  isCursorWanted: boolean;
}

function questionOf(bytes: Uint8Array): Question {
  const [which = 0, bits = 0, cursor = 0] = bytes;
  const capabilities =
    ((bits & 1) === 0 ? 0 : CLIENT_DEPRECATE_EOF) |
    ((bits & 2) === 0 ? 0 : CLIENT_OPTIONAL_RESULTSET_METADATA) |
    ((bits & 4) === 0 ? 0 : CLIENT_LOCAL_FILES);
  return { command: COMMANDS[which % COMMANDS.length] as number, capabilities, isCursorWanted: (cursor & 1) === 1 };
}

/** What is known of an answer when its bytes are over. */
interface Told {
  passed: Uint8Array;
  end: "done" | "not yet" | ProtocolError;
  /** All that the tracker has found out, and each session state with the place that it was found at. */
  facts: unknown;
}

function trackPieces({ command, capabilities, isCursorWanted }: Question, pieces: readonly Uint8Array[]): Told {
  const tracker = newResponseTracker();
  beginResponse(tracker, command, capabilities, isCursorWanted);
  const passed: Uint8Array[] = [];
  const states: unknown[] = [];
  let passedBytes = 0;
  let files = 0;
  let rest: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    const all = rest.length === 0 ? piece.slice() : new Uint8Array(Buffer.concat([rest, piece]));
    let at = 0;
    try {
      while (at < all.length && !tracker.isDone) {
        const next = track(tracker, all, at, all.length);
        must(next >= at && next <= all.length, "the tracker leaves its bytes");
        if (tracker.stateAt >= 0) states.push([passedBytes + tracker.stateAt - at, stateAt(all, tracker.stateAt)]);
        passed.push(all.slice(at, next));
        passedBytes += next - at;
        const isStuck = next === at && tracker.stateAt < 0 && !tracker.wantsFile;
        at = next;
        if (tracker.wantsFile) {
          files++;
          fileSent(tracker);
        } else if (isStuck || tracker.stateAt < 0) break;
      }
    } catch (error) {
      if (error instanceof ProtocolError) return { passed: joined(passed), end: error, facts: null };
      throw error;
    }
    rest = all.subarray(at);
    if (tracker.isDone) break;
  }
  const { skip, stateAt: _, statementIdAt: __, ...facts } = tracker;
  if (tracker.isDone) must(skip === 0, "an answer is over in the middle of a packet");
  return { passed: joined(passed), end: tracker.isDone ? "done" : "not yet", facts: { facts, states, files } };
}

/** But for a flag of EOF packets, which their clients did not ask for. */
function mustBeServers(passed: Uint8Array, answer: Uint8Array): void {
  must(passed.length <= answer.length, "more passes than the server sent");
  for (const [i, byte] of passed.entries()) {
    const sent = answer[i] as number;
    const isFlag = answer[i - 4] === EOF_HEADER && byte === (sent & ~(SERVER_SESSION_STATE_CHANGED >>> 8));
    must(byte === sent || isFlag, `byte ${i} that passes is not the server's`);
  }
}

function stateAt(bytes: Uint8Array, at: number): SessionState {
  const state: SessionState = { schema: null, variables: [], hasStateChange: false };
  readSessionState(bytes, at, state);
  return state;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const responseTracker: Target = {
  name: "response-tracker",
  bytesMax: 4_000,
  generate(random) {
    const bytes = payload((writer) => {
      writeUint8(writer, below(random, COMMANDS.length));
      writeUint8(writer, below(random, 8));
      writeUint8(writer, isLucky(random, 0.2) ? 1 : 0);
    });
    return sealed(joined([bytes, packetsOf(someAnswer(random, questionOf(bytes)), 1)]));
  },
  run(input) {
    const { bytes, isWhole } = unsealed(input);
    const question = questionOf(bytes);
    const answer = bytes.slice(3);
    const whole = trackPieces(question, [answer]);
    mustBeServers(whole.passed, answer);
    if (isWhole) {
      must(whole.end === "done", `a proper answer is ${whole.end === "not yet" ? "not over" : String(whole.end)}`);
      mustEqual(whole.passed.length, answer.length, "a proper answer ends with its last byte");
    }
    const random = randomOf(input);
    for (let i = 0; i < 3; i++) {
      const split = trackPieces(question, randomPieces(random, answer));
      if (whole.end instanceof ProtocolError) {
        must(split.end instanceof ProtocolError, "pieces pass what is refused as a whole");
        mustEqual(split.end.message, whole.end.message, "pieces are refused otherwise");
      } else {
        mustEqual(split, whole, "pieces change an answer");
      }
    }
    if (whole.end instanceof ProtocolError) return refused(whole.end);
    return `${COMMANDS.indexOf(question.command)} ${whole.end}`;
  },
};

/** An answer that is right from the first byte to the last. */
function someAnswer(random: Random, question: Question): Uint8Array[] {
  const { command, capabilities } = question;
  if (command === COM_STATISTICS) return [noise(random, someLength(random, 300))];
  if (isLucky(random, 0.1)) return [err(1064, someName(random), "42000")];
  switch (command) {
    case COM_STMT_PREPARE:
      return somePrepared(random, capabilities);
    case COM_FIELD_LIST:
      return [...someColumns(random), endOf(random, capabilities, 0)];
    case COM_STMT_FETCH:
      return [...someRows(random, 2), endOf(random, capabilities, 0)];
    default:
      return someResults(random, question);
  }
}

function somePrepared(random: Random, capabilities: number): Uint8Array[] {
  const [head = new Uint8Array(0), ...definitions] = prepareOk(capabilities, 7, below(random, 4), below(random, 4));
  if ((capabilities & CLIENT_OPTIONAL_RESULTSET_METADATA) === 0) return [head, ...definitions];
  return [joined([head, Uint8Array.of(1)]), ...definitions];
}

function someResults(random: Random, { command, capabilities, isCursorWanted }: Question): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let left = between(random, 1, 3); left > 0; left--) {
    const more = left > 1 ? SERVER_MORE_RESULTS_EXISTS : 0;
    const chance = random();
    if (chance < 0.3) {
      packets.push(okWith(random, more));
    } else if (chance < 0.4 && command === COM_QUERY && (capabilities & CLIENT_LOCAL_FILES) !== 0) {
      packets.push(localInfile(someName(random)), okWith(random, more));
    } else if (chance < 0.5) {
      packets.push(...resultHead(random, capabilities), ...someRows(random, 2), err(1317, "interrupted", "70100"));
      return packets;
    } else if (isCursorWanted && left === 1) {
      packets.push(...cursorHead(random, capabilities));
      return packets;
    } else {
      packets.push(...resultHead(random, capabilities), ...someRows(random, 2), endOf(random, capabilities, more));
    }
  }
  return packets;
}

function okWith(random: Random, flags: number): Uint8Array {
  if (flags === 0) return someOk(random);
  return ok({ status: 0x0002 | flags, ...(isLucky(random, 0.4) ? { state: someState(random) } : {}) });
}

/** Column count and definitions, or word that there are none. */
function resultHead(random: Random, capabilities: number): Uint8Array[] {
  const [count = new Uint8Array(0), ...rest] = resultSet(capabilities, ["a", "b"], []).slice(0, -1);
  if ((capabilities & CLIENT_OPTIONAL_RESULTSET_METADATA) === 0) return [count, ...rest];
  if (isLucky(random, 0.5)) return [joined([count, Uint8Array.of(1)]), ...rest];
  const hasEof = (capabilities & CLIENT_DEPRECATE_EOF) === 0;
  return [joined([count, Uint8Array.of(0)]), ...(hasEof ? [eof()] : [])];
}

/** A cursor is open: no rows follow. With DEPRECATE_EOF an OK of its own says so. */
function cursorHead(random: Random, capabilities: number): Uint8Array[] {
  const head = resultHead(random, capabilities);
  const status = 0x0002 | SERVER_STATUS_CURSOR_EXISTS;
  if ((capabilities & CLIENT_DEPRECATE_EOF) !== 0) return [...head, ok({ header: 0xfe, status })];
  return [...head.slice(0, -1), eof(status)];
}

function someColumns(random: Random): Uint8Array[] {
  return Array.from({ length: below(random, 4) }, () => columnDefinition(someName(random)));
}

function someRows(random: Random, columns: number): Uint8Array[] {
  return Array.from({ length: pick(random, [0, 1, 3, 12]) }, () => {
    return textRow(
      Array.from({ length: columns }, () => (isLucky(random, 0.1) ? null : noise(random, someLength(random, 300)))),
    );
  });
}

function endOf(random: Random, capabilities: number, flags: number): Uint8Array {
  return endOfRows(capabilities, { status: 0x0002 | flags, warnings: below(random, 3) });
}

/** The walk over answers. */
export const TRACKER_TARGETS: readonly Target[] = [responseTracker];
