import { describe, expect, test } from "bun:test";
import { type Random, seededRandom } from "../lib/random.ts";
import {
  binaryRow,
  columnDefinition,
  endOfRows,
  eof,
  err,
  localInfile,
  type OkFields,
  ok,
  prepareOk,
  resultSet,
  stateEntry,
  textRow,
} from "../testkit/answers.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import { fromHex } from "../testkit/wire-file.ts";
import { CLIENT_DEPRECATE_EOF, CLIENT_LOCAL_FILES, CLIENT_OPTIONAL_RESULTSET_METADATA } from "./capabilities.ts";
import {
  COM_FIELD_LIST,
  COM_QUERY,
  COM_STATISTICS,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
} from "./commands.ts";
import { ProtocolError } from "./errors.ts";
import { fileSent, track } from "./response.ts";
import { beginResponse, newResponseTracker, type ResponseTracker } from "./response-tracker.ts";
import {
  SERVER_MORE_RESULTS_EXISTS,
  SERVER_PS_OUT_PARAMS,
  SERVER_SESSION_STATE_CHANGED,
  SERVER_STATUS_AUTOCOMMIT,
  SERVER_STATUS_CURSOR_EXISTS,
  SERVER_STATUS_IN_TRANS,
  SERVER_STATUS_LAST_ROW_SENT,
} from "./status-flags.ts";

/** What the tracker must know at the end of an answer. */
type Known = Partial<
  Pick<
    ResponseTracker,
    "status" | "warnings" | "errorCode" | "hasInsertId" | "statementId" | "parameters" | "isDone" | "wantsFile"
  >
>;

interface Answer {
  name: string;
  command: number;
  capabilities: number;
  payloads: Uint8Array[];
  known: Known;
  isCursorWanted?: boolean;
}

/** MariaDB's: stage 1 of 2, half done. */
const progress = () => fromHex("ffffff0101020000000000c35000076c6f6164696e67");

const MORE = SERVER_STATUS_AUTOCOMMIT | SERVER_MORE_RESULTS_EXISTS;
const IN_TRANS = SERVER_STATUS_AUTOCOMMIT | SERVER_STATUS_IN_TRANS;

function answersFor(capabilities: number): Answer[] {
  const rows = [["a"], [""], [null], ["\xfe\xff\x00"], ["x".repeat(300)]].map(textRow);
  const set = (end: OkFields = {}, all = rows) => resultSet(capabilities, ["one", "two"], all, end);
  const state = [stateEntry(1, "shop")];
  const make = (name: string, payloads: Uint8Array[], known: Known, command: number = COM_QUERY): Answer => {
    return { name, command, capabilities, payloads, known: { isDone: true, wantsFile: false, ...known } };
  };
  const isEofDeprecated = (capabilities & CLIENT_DEPRECATE_EOF) !== 0;
  const cursorOpen = SERVER_STATUS_AUTOCOMMIT | SERVER_STATUS_CURSOR_EXISTS;
  const cursor = [...set({ status: cursorOpen }, []).slice(0, 3), eof(cursorOpen)];
  return [
    make("OK", [ok({ affectedRows: 70_000, insertId: 3, status: IN_TRANS, warnings: 2 })], {
      status: IN_TRANS,
      warnings: 2,
      hasInsertId: true,
    }),
    make("OK with info", [ok({ info: "Rows matched: 3", warnings: 258 })], { warnings: 258, hasInsertId: false }),
    make("OK with state", [ok({ state })], { status: SERVER_STATUS_AUTOCOMMIT | SERVER_SESSION_STATE_CHANGED }),
    make("EOF where OK stands, as COM_SET_OPTION has it", [eof(IN_TRANS, 1)], { status: IN_TRANS, warnings: 1 }),
    make("ERR", [err(1064, "syntax", "42000")], { errorCode: 1064 }),
    make("ERR that ends behind its number", [Uint8Array.of(0xff, 0x28, 0x04)], { errorCode: 1064 }),
    make("rows", set({ status: IN_TRANS, warnings: 7 }), { status: IN_TRANS, warnings: 7, errorCode: 0 }),
    make("no rows", set({}, []), { status: SERVER_STATUS_AUTOCOMMIT }),
    make(
      "rows whose end says that state has changed",
      [
        ...set().slice(0, -1),
        isEofDeprecated ? ok({ header: 0xfe, state }) : eof(SERVER_STATUS_AUTOCOMMIT | SERVER_SESSION_STATE_CHANGED),
      ],
      { status: SERVER_STATUS_AUTOCOMMIT | SERVER_SESSION_STATE_CHANGED },
    ),
    make(
      "many columns",
      resultSet(
        capabilities,
        Array.from({ length: 300 }, (_, i) => `c${i}`),
        rows,
      ),
      {},
    ),
    make(
      "binary rows",
      set({}, [binaryRow(2, Buffer.from("\x01a\x01b")), binaryRow(2, Buffer.alloc(2, 0xfe))]),
      {},
      COM_STMT_EXECUTE,
    ),
    make("ERR amid rows", [...set().slice(0, -1), err(1317, "interrupted", "70100")], { errorCode: 1317 }),
    make("ERR before the first row", [...set({}, []).slice(0, -1), err(1317, "interrupted")], { errorCode: 1317 }),
    make(
      "several results",
      [...set({ status: MORE }), ok({ status: MORE, insertId: 9 }), ...set({ status: IN_TRANS })],
      {
        status: IN_TRANS,
        hasInsertId: true,
      },
    ),
    make(
      "OUT parameters, whose last EOF does not say that an OK follows",
      [
        ...set({ status: MORE }),
        ...set({ status: MORE | SERVER_PS_OUT_PARAMS }).slice(0, -1),
        isEofDeprecated ? ok({ header: 0xfe, status: MORE | SERVER_PS_OUT_PARAMS }) : eof(SERVER_STATUS_AUTOCOMMIT),
        ok({ status: IN_TRANS }),
      ],
      { status: IN_TRANS },
      COM_STMT_EXECUTE,
    ),
    make("several results, the last an ERR", [...set({ status: MORE }), err(1146, "no such table")], {
      errorCode: 1146,
    }),
    make("several OKs with state", [ok({ status: MORE, state }), ok({ status: MORE, state }), ok()], {
      status: SERVER_STATUS_AUTOCOMMIT,
    }),
    make(
      "a prepared statement",
      prepareOk(capabilities, 0xfffffffe, 2, 3),
      { statementId: 0xfffffffe, parameters: 3 },
      COM_STMT_PREPARE,
    ),
    make(
      "a prepared statement without columns",
      prepareOk(capabilities, 1, 0, 2),
      { statementId: 1, parameters: 2 },
      COM_STMT_PREPARE,
    ),
    make(
      "a prepared statement without parameters",
      prepareOk(capabilities, 2, 1, 0),
      { parameters: 0 },
      COM_STMT_PREPARE,
    ),
    make("a prepared statement without either", prepareOk(capabilities, 3, 0, 0), { statementId: 3 }, COM_STMT_PREPARE),
    make("a statement that is not prepared", [err(1295, "not supported")], { errorCode: 1295 }, COM_STMT_PREPARE),
    make(
      "columns of a table",
      [columnDefinition("a"), columnDefinition("b"), endOfRows(capabilities)],
      {},
      COM_FIELD_LIST,
    ),
    make("columns of no table", [err(1146, "no such table")], { errorCode: 1146 }, COM_FIELD_LIST),
    make(
      "rows of a cursor",
      [binaryRow(1, Buffer.from("\x01a")), endOfRows(capabilities, { status: SERVER_STATUS_LAST_ROW_SENT })],
      {
        status: SERVER_STATUS_LAST_ROW_SENT,
      },
      COM_STMT_FETCH,
    ),
    make("progress reports before the answer", [progress(), progress(), ok({ status: IN_TRANS })], {
      status: IN_TRANS,
    }),
    make("progress reports amid rows", [...set().slice(0, -2), progress(), ...set().slice(-2)], { errorCode: 0 }),
    make("statistics", [Buffer.from("Uptime: 12  Threads: 1")], {}, COM_STATISTICS),
    make("a request for a file", [localInfile("/tmp/f")], { isDone: false, wantsFile: true }),
    make("rows behind a flag that a cursor inside of a routine left", [...set({ status: cursorOpen })], {
      status: cursorOpen,
    }),
    ...(isEofDeprecated
      ? []
      : [{ ...make("a cursor", cursor, { status: cursorOpen }, COM_STMT_EXECUTE), isCursorWanted: true }]),
  ];
}

/** As MySQL 9.7 spells them for a client with CLIENT_OPTIONAL_RESULTSET_METADATA, after SET resultset_metadata = NONE and before it. */
function optionalMetadata(capabilities: number): Answer[] {
  const hasEof = (capabilities & CLIENT_DEPRECATE_EOF) === 0;
  const between = hasEof ? [eof()] : [];
  const a = columnDefinition("a");
  const make = (name: string, payloads: Uint8Array[], known: Known = {}, command: number = COM_QUERY): Answer => ({
    name: `optional metadata: ${name}`,
    command,
    capabilities: capabilities | CLIENT_OPTIONAL_RESULTSET_METADATA,
    payloads,
    known: { isDone: true, ...known },
  });
  const end = endOfRows(capabilities, { status: IN_TRANS });
  return [
    make("full", [fromHex("0201"), a, a, ...between, textRow(["1", "2"]), end], { status: IN_TRANS }),
    make("none", [fromHex("0200"), ...between, textRow(["1", "2"]), end], { status: IN_TRANS }),
    make("none, of 300 columns and no row", [fromHex("fc2c0100"), ...between, end], { status: IN_TRANS }),
    make(
      "prepared with definitions",
      [fromHex("00010000000100010000000001"), a, ...between, a, ...between],
      { statementId: 1 },
      COM_STMT_PREPARE,
    ),
    make(
      "prepared without",
      [fromHex("00020000000200010000000000"), ...between, ...between],
      { statementId: 2, parameters: 1 },
      COM_STMT_PREPARE,
    ),
  ];
}

const ANSWERS = [0, CLIENT_DEPRECATE_EOF].flatMap((ends) => [...answersFor(ends), ...optionalMetadata(ends)]);

/**
 * Feeds `bytes` in pieces that end at `cuts`, as the relay does: what was not passed is shown again. Returns what was
 * passed, and throws when the tracker wants the impossible.
 */
function feed(tracker: ResponseTracker, bytes: Uint8Array, cuts: readonly number[]): Uint8Array {
  const passed: Uint8Array[] = [];
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    while (at < cut) {
      const next = track(tracker, bytes, at, cut);
      if (next < at || next > cut) throw new Error(`went from ${at} to ${next}, past ${cut}`);
      passed.push(bytes.slice(at, next));
      const mustStop = tracker.isDone || tracker.wantsFile;
      if (mustStop && next < bytes.length) throw new Error(`done at ${next} of ${bytes.length}`);
      const isStopped = next === at || tracker.stateAt < 0;
      at = next;
      if (isStopped) break;
    }
  }
  return Buffer.concat(passed);
}

function begin({ command, capabilities, isCursorWanted }: Answer): ResponseTracker {
  const tracker = newResponseTracker();
  tracker.status = SERVER_STATUS_AUTOCOMMIT;
  beginResponse(tracker, command, capabilities | CLIENT_LOCAL_FILES, isCursorWanted);
  return tracker;
}

function check(answer: Answer, cuts: (length: number) => number[]): void {
  const bytes = new Uint8Array(packetsOf(answer.payloads, 1));
  const tracker = begin(answer);
  const passed = feed(tracker, bytes, cuts(bytes.length));
  expect(Buffer.compare(passed, bytes)).toBe(0);
  expect(tracker).toMatchObject(answer.known);
}

const everyByte = (length: number) => Array.from({ length }, (_, i) => i);

function randomCuts(random: Random): (length: number) => number[] {
  return (length) => {
    const cuts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => Math.floor(random() * length));
    return cuts.sort((left, right) => left - right);
  };
}

describe("track()", () => {
  for (const answer of ANSWERS) {
    const how = (answer.capabilities & CLIENT_DEPRECATE_EOF) === 0 ? "EOF" : "CLIENT_DEPRECATE_EOF";
    test(`${answer.name}, ${how}: passes as it came, whole and in every split, and ends exactly at its end`, () => {
      check(answer, () => []);
      check(answer, everyByte);
      const { length } = packetsOf(answer.payloads, 1);
      if (length < 2000) for (let cut = 1; cut < length; cut++) check(answer, () => [cut]);
      const random = seededRandom(length);
      for (let i = 0; i < 100; i++) check(answer, randomCuts(random));
    });

    test(`${answer.name}, ${how}: is not done before its last byte`, () => {
      const bytes = new Uint8Array(packetsOf(answer.payloads, 1));
      const tracker = begin(answer);
      feed(tracker, bytes.subarray(0, bytes.length - 1), []);
      expect([tracker.isDone, tracker.wantsFile]).toEqual([false, false]);
    });
  }

  test("stops behind every OK with a changed state, and says where it stands", () => {
    const changed = ok({ status: MORE, state: [stateEntry(1, "shop")] });
    const bytes = new Uint8Array(packetsOf([changed, changed, ok()], 1));
    const tracker = newResponseTracker();
    beginResponse(tracker, COM_QUERY, 0);
    const length = changed.length + 4;
    const stops: number[][] = [];
    for (let at = 0; at < bytes.length; ) {
      at = track(tracker, bytes, at, bytes.length);
      stops.push([at, tracker.stateAt]);
    }
    expect(stops).toEqual([
      [length, 0],
      [2 * length, length],
      [bytes.length, -1],
    ]);
  });

  test("a file: the server's answer goes on behind it, and may ask for a second one", () => {
    const tracker = newResponseTracker();
    beginResponse(tracker, COM_QUERY, CLIENT_LOCAL_FILES);
    for (let i = 0; i < 2; i++) {
      feed(tracker, packetsOf([localInfile("f")], 1), []);
      expect([tracker.wantsFile, tracker.isDone]).toEqual([true, false]);
      fileSent(tracker);
      feed(tracker, packetsOf([ok({ status: i === 0 ? MORE : SERVER_STATUS_AUTOCOMMIT, warnings: 4 })], 4), []);
    }
    expect(tracker).toMatchObject({ isDone: true, wantsFile: false, warnings: 4 });
  });

  test("a file of a client that gives none away is not asked for", () => {
    const tracker = newResponseTracker();
    beginResponse(tracker, COM_QUERY, CLIENT_DEPRECATE_EOF);
    expect(() => feed(tracker, packetsOf([localInfile("/etc/passwd")], 1), [])).toThrow(ProtocolError);
  });

  test("an answer before the end of the file is a ProtocolError", () => {
    for (const early of [ok(), err(1114, "The table is full")]) {
      const tracker = newResponseTracker();
      beginResponse(tracker, COM_QUERY, CLIENT_LOCAL_FILES);
      feed(tracker, packetsOf([localInfile("f")], 1), []);
      expect(() => feed(tracker, packetsOf([early], 3), [])).toThrow(ProtocolError);
    }
  });

  for (const capabilities of [0, CLIENT_DEPRECATE_EOF]) {
    for (const extra of [-2, -1, 0, 1]) {
      test(`a row of 2 * 0xffffff ${extra < 0 ? "-" : "+"} ${Math.abs(extra)} bytes passes, with bytes in it that look like ends`, () => {
        const value = new Uint8Array(2 * 0xffffff - 9 + extra).fill(0xfe);
        const row = textRow([value]);
        expect(row.length).toBe(2 * 0xffffff + extra);
        const payloads = resultSet(capabilities, ["a"], [row, textRow(["behind"])], { warnings: 5 });
        const bytes = new Uint8Array(packetsOf(payloads, 1));
        const tracker = newResponseTracker();
        beginResponse(tracker, COM_QUERY, capabilities);
        const random = seededRandom(extra + 7);
        const cuts = Array.from({ length: 40 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
        const around = [0xffffff, 0xffffff * 2].flatMap((near) => everyByte(60).map((i) => near + 60 + i));
        feed(
          tracker,
          bytes,
          [...cuts, ...around].filter((cut) => cut < bytes.length).sort((a, b) => a - b),
        );
        expect(tracker).toMatchObject({ isDone: true, warnings: 5, errorCode: 0 });
      });
    }
  }

  const lies: Array<[name: string, command: number, bytes: Uint8Array]> = [
    ["an empty packet for an answer", COM_QUERY, packetsOf([new Uint8Array(0)], 1)],
    ["an OK of one byte", COM_QUERY, packetsOf([Uint8Array.of(0)], 1)],
    ["an OK that ends before its status", COM_QUERY, packetsOf([Uint8Array.of(0, 0, 0, 2)], 1)],
    ["an OK whose integers point past it", COM_QUERY, packetsOf([Uint8Array.of(0, 0xfe, 0xfe, 1, 2, 3, 4)], 1)],
    ["an OK of 16 MB", COM_QUERY, Uint8Array.of(0xff, 0xff, 0xff, 1, 0)],
    ["an ERR of 2 MB", COM_QUERY, Uint8Array.of(0, 0, 0x20, 1, 0xff)],
    ["65536 columns and more", COM_QUERY, packetsOf([Uint8Array.of(0xfd, 0, 0, 1)], 1)],
    ["a column count of zero in two bytes", COM_QUERY, packetsOf([Uint8Array.of(0xfc, 0, 0)], 1)],
    ["a COM_STMT_PREPARE OK that is short", COM_STMT_PREPARE, packetsOf([Uint8Array.of(0, 1, 0, 0, 0)], 1)],
    ["a COM_STMT_PREPARE answered with rows", COM_STMT_PREPARE, packetsOf([Uint8Array.of(1)], 1)],
    [
      "a row where EOF must stand",
      COM_QUERY,
      packetsOf([Uint8Array.of(1), columnDefinition("a"), textRow(["row"])], 1),
    ],
    [
      "an empty packet where EOF must stand",
      COM_QUERY,
      packetsOf([Uint8Array.of(1), columnDefinition("a"), new Uint8Array(0)], 1),
    ],
  ];
  for (const [name, command, bytes] of lies) {
    test(`${name} is a ProtocolError, in every split`, () => {
      for (const cuts of [[], everyByte(bytes.length)]) {
        const tracker = newResponseTracker();
        beginResponse(tracker, command, 0);
        expect(() => feed(tracker, new Uint8Array(bytes), cuts)).toThrow(ProtocolError);
      }
    });
  }

  test("an empty COM_STATISTICS ends at once", () => {
    const tracker = newResponseTracker();
    beginResponse(tracker, COM_STATISTICS, 0);
    expect(track(tracker, Uint8Array.of(0, 0, 0, 1), 0, 4)).toBe(4);
    expect(tracker.isDone).toBe(true);
  });
});

describe("beginResponse()", () => {
  test("forgets the last answer but not the session's status flags", () => {
    const tracker = newResponseTracker();
    beginResponse(tracker, COM_QUERY, 0);
    feed(tracker, packetsOf([ok({ status: IN_TRANS, warnings: 3, insertId: 4 })], 1), []);
    beginResponse(tracker, COM_QUERY, CLIENT_DEPRECATE_EOF);
    expect(tracker).toMatchObject({ status: IN_TRANS, warnings: 0, hasInsertId: false, errorCode: 0, isDone: false });
    feed(tracker, packetsOf([err(1064, "no")], 1), []);
    expect(tracker).toMatchObject({ status: IN_TRANS, errorCode: 1064, isDone: true });
  });
});

describe("track() on anything at all", () => {
  test("random bytes and mutated answers pass, end or are a ProtocolError; nothing else, and never a standstill", () => {
    const random = seededRandom(20260101);
    const byte = () => Math.floor(random() * 256);
    for (let round = 0; round < 20_000; round++) {
      const answer = ANSWERS[round % ANSWERS.length] as Answer;
      const bytes = new Uint8Array(packetsOf(answer.payloads, 1)).subarray(0, 400);
      if (round % 5 === 0) for (let i = 0; i < bytes.length; i++) bytes[i] = byte();
      for (let i = 0; i < 1 + (round % 4); i++) bytes[Math.floor(random() * bytes.length)] = byte();
      const tracker = begin(answer);
      try {
        let at = 0;
        for (const cut of [...randomCuts(random)(bytes.length), bytes.length]) {
          while (at < cut && !tracker.isDone && !tracker.wantsFile) {
            const next = track(tracker, bytes, at, cut);
            if (next < at || next > cut) throw new Error(`round ${round}: went from ${at} to ${next}, past ${cut}`);
            if (next === at) break;
            at = next;
          }
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw new Error(`round ${round}`, { cause: error });
      }
    }
  });
});
