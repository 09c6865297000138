/** Commands of a client: attributes of a query, types of an execution, and where commands begin and end in a stream. */
import type { Random } from "../../../lib/random.ts";
import { CLIENT_QUERY_ATTRIBUTES } from "../../../mysql/capabilities.ts";
import { queryTextAt } from "../../../mysql/com-query.ts";
import {
  asksForCursor,
  type ExecuteTypes,
  executeTypes,
  firstTypes,
  newExecuteTypes,
  withTypes,
} from "../../../mysql/com-stmt-execute.ts";
import { COM_QUERY, COM_STMT_BULK_EXECUTE, COM_STMT_EXECUTE } from "../../../mysql/commands.ts";
import {
  type Writer,
  writeBytes,
  writeLenencBytes,
  writeLenencInt,
  writeLenencText,
  writeText,
  writeUint8,
  writeUint16,
  writeUint32,
  writeZeros,
} from "../../../mysql/writer.ts";
import { dropInbox, fillInbox, newInbox } from "../../../proxy/inbox.ts";
import { continueRequest, hasMoreToCome, newRequest, payloadOf, startRequest } from "../../../proxy/request.ts";
import { payload } from "../../answers.ts";
import { packetsOf } from "../../packet-stream.ts";
import { below, between, isLucky, noise, pick, someLength, someName } from "../chance.ts";
import { attempt, classOf, must, mustEqual, randomOf, randomPieces, readGuarded } from "../oracle.ts";
import type { Target } from "../target.ts";

/** A type of the binary protocol, and a value of it. */
function writeValue(random: Random, writer: Writer, type: number): void {
  const fixed: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 6: 0, 8: 8, 9: 4, 13: 2 };
  const width = fixed[type];
  if (width !== undefined) return writeBytes(writer, noise(random, width));
  if ([7, 10, 11, 12].includes(type)) {
    const length = pick(random, [0, 4, 7, 8, 11, 12]);
    writeUint8(writer, length);
    return writeBytes(writer, noise(random, length));
  }
  writeLenencBytes(writer, noise(random, someLength(random, 300)));
}

const TYPES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 245, 246, 252, 253, 254, 255];

const comQuery: Target = {
  name: "com-query",
  generate: (random) =>
    payload((writer) => {
      const count = pick(random, [0, 0, 1, 2, 9, 300]);
      const types = Array.from({ length: count }, () => pick(random, TYPES));
      writeUint8(writer, COM_QUERY);
      writeLenencInt(writer, count);
      writeLenencInt(writer, 1);
      if (count > 0) {
        writeZeros(writer, (count + 7) >> 3); // NULL bitmap
        writeUint8(writer, 1); // new_params_bind_flag
        for (const type of types) {
          writeUint16(writer, type);
          writeLenencText(writer, someName(random));
        }
        for (const type of types) writeValue(random, writer, type);
      }
      writeText(writer, "SELECT 1");
    }),
  run(input) {
    const outcome = readGuarded(input, (cursor) => {
      const textAt = queryTextAt(cursor.bytes, cursor.at, cursor.end, CLIENT_QUERY_ATTRIBUTES);
      must(textAt >= cursor.at, "the text stands before its command");
      cursor.at = textAt;
      return cursor.bytes.slice(textAt, cursor.end);
    });
    return classOf(outcome, (text) => (text.length === 0 ? "no text" : "text"));
  },
};

/** The number of parameters and whether attributes are known, then the payload. */
const stmtExecute: Target = {
  name: "stmt-execute",
  generate: (random) =>
    payload((writer) => {
      const isBulk = isLucky(random, 0.3);
      const count = pick(random, [0, 1, 2, 8, 9, 300]);
      const hasNames = !isBulk && isLucky(random, 0.4);
      writeUint16(writer, count);
      writeUint8(writer, hasNames ? 1 : 0);
      writeUint8(writer, isBulk ? COM_STMT_BULK_EXECUTE : COM_STMT_EXECUTE);
      writeUint32(writer, below(random, 4));
      const hasTypes = isLucky(random, 0.7);
      if (isBulk) {
        writeUint16(writer, hasTypes ? 0x80 : 0);
      } else {
        writeUint8(writer, pick(random, [0, 1, 8, 9])); // cursor, parameter count available
        writeUint32(writer, 1); // iterations
        if (hasNames) writeLenencInt(writer, count);
        writeZeros(writer, (count + 7) >> 3); // NULL bitmap
        writeUint8(writer, hasTypes ? 1 : 0);
      }
      const types = Array.from({ length: count }, () => pick(random, TYPES));
      for (const type of hasTypes ? types : []) {
        writeUint16(writer, type);
        if (hasNames) writeLenencText(writer, someName(random));
      }
      for (const type of types) {
        if (isBulk) writeUint8(writer, 0); // indicator
        writeValue(random, writer, type);
      }
    }),
  run(input) {
    const parameters = (input[0] ?? 0) | ((input[1] ?? 0) << 8);
    const bytes = input.slice(3);
    // No server has both bulk executions and attributes.
    const hasNames = ((input[2] ?? 0) & 1) === 1 && bytes[0] !== COM_STMT_BULK_EXECUTE;
    const capabilities = hasNames ? CLIENT_QUERY_ATTRIBUTES : 0;
    readGuarded(bytes, ({ bytes: buffer, at, end }) => asksForCursor(buffer, at, end));
    const outcome = readGuarded(bytes, (cursor) => {
      const place = newExecuteTypes();
      const isThere = executeTypes(place, cursor.bytes, cursor.at, cursor.end, parameters, capabilities);
      return isThere ? place : null;
    });
    if (outcome.kind === "read" && outcome.value?.hasTypes === true) {
      movesTypes(bytes, outcome.value, parameters, capabilities);
    }
    return classOf(outcome, (place) => {
      if (place === null) return "no parameters";
      const command = bytes[0] === COM_STMT_BULK_EXECUTE ? "bulk" : "one";
      return `${command}, ${place.hasTypes ? "types" : "types left out"}`;
    });
  },
};

/** Types that are taken out of an execution, put in again, give the same execution. */
function movesTypes(bytes: Uint8Array, place: ExecuteTypes, parameters: number, capabilities: number): void {
  const { typesAt, typesEnd, flagAt, flag, count } = place;
  const types = bytes.slice(typesAt, typesEnd);
  mustEqual(firstTypes(types, count, capabilities), types, "all types are the first so many");
  mustEqual(firstTypes(types, count + 1, capabilities), null, "there is no further type");
  const without = new Uint8Array(bytes.length - types.length);
  without.set(bytes.subarray(0, typesAt));
  without.set(bytes.subarray(typesEnd), typesAt);
  const isOneBit = (bytes[flagAt] ?? 0) === ((bytes[flagAt] ?? 0) | flag);
  without[flagAt] = (without[flagAt] ?? 0) & ~flag;
  const found = newExecuteTypes();
  must(executeTypes(found, without, 0, without.length, parameters, capabilities), "parameters are still there");
  must(!found.hasTypes, "types are left out");
  if (isOneBit) mustEqual(withTypes(without, found, types), bytes, "types put in again");
}

/** Limits that make small commands large. */
const WHOLE_BYTES_MAX = 48;
const BYTES_MAX = 200;

/** A stream of commands, cut out of it in different pieces. */
const request: Target = {
  name: "request",
  generate(random) {
    const commands = Array.from({ length: between(random, 1, 6) }, () => noise(random, between(random, 1, 90)));
    return packetsOf(commands.slice(0, 1)).length > 0
      ? concat(commands.map((each) => packetsOf([each])))
      : new Uint8Array(0);
  },
  run(input) {
    const whole = attempt(() => cutOut([input]));
    const random = randomOf(input);
    for (let i = 0; i < 3; i++) {
      mustEqual(
        attempt(() => cutOut(randomPieces(random, input))),
        whole,
        "pieces change what is cut out",
      );
    }
    return classOf(whole, ({ commands, end }) => `${Math.min(commands.length, 4)} commands, then ${end}`);
  },
};

/** The commands of a stream that comes in `pieces`: each payload, and how the stream ends. */
function cutOut(pieces: readonly Uint8Array[]): { commands: number[][]; end: string } {
  const inbox = newInbox();
  const request = newRequest();
  const commands: number[][] = [];
  const needsWhole = (_: null, command: number) => (command & 1) === 1;
  let end = "all of it";
  for (const piece of pieces) {
    fillInbox(inbox, piece);
    for (;;) {
      if (hasMoreToCome(request)) {
        const length = continueRequest(request, inbox);
        commands.at(-1)?.push(...inbox.bytes.subarray(inbox.start, inbox.start + length));
        dropInbox(inbox, length);
        if (hasMoreToCome(request)) break;
      }
      const start = startRequest(request, inbox, BYTES_MAX, needsWhole, null, WHOLE_BYTES_MAX);
      end = start === "incomplete" ? (inbox.end > inbox.start ? "a part" : "all of it") : start;
      if (start !== "ready") break;
      if (!hasMoreToCome(request)) must(payloadOf(request).length > 0, "a command has its first byte");
      commands.push([...request.bytes.subarray(request.start, request.end)]);
      dropInbox(inbox, request.end - request.start);
    }
    if (end !== "all of it" && end !== "a part" && end !== "ready") break;
  }
  return { commands, end: hasMoreToCome(request) ? "a command under way" : end };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Readers of what clients ask. */
export const COMMAND_TARGETS: readonly Target[] = [comQuery, stmtExecute, request];
