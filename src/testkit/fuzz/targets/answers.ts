/** Packets of a server's answers, one at a time. */
import type { Random } from "../../../lib/random.ts";
import { CLIENT_DEPRECATE_EOF, CLIENT_OPTIONAL_RESULTSET_METADATA } from "../../../mysql/capabilities.ts";
import { readPrepareOk } from "../../../mysql/com-stmt-prepare.ts";
import { newCursor } from "../../../mysql/cursor.ts";
import { readErr, writeErr } from "../../../mysql/err.ts";
import {
  okLayout,
  readSessionState,
  type SessionState,
  withoutSessionState,
  withSessionState,
} from "../../../mysql/ok.ts";
import { payloadLengthAt, sequenceAt } from "../../../mysql/packet.ts";
import { newWriter, writeUint8, writeUint16, writeUint32, writtenBytes } from "../../../mysql/writer.ts";
import { ok, payload, type StateEntry, stateEntry } from "../../answers.ts";
import { packetsOf } from "../../packet-stream.ts";
import { wireBytes, wireNames } from "../../wire-file.ts";
import { below, between, isLucky, noise, pick, someLength, someName } from "../chance.ts";
import { attempt, classOf, must, mustBeAlike, mustEqual, type Outcome, readGuarded } from "../oracle.ts";
import type { Target } from "../target.ts";

const PAYLOAD_MAX = 0xffffff;

/** Entries as servers send them, and of types that nobody knows. */
export function someState(random: Random): StateEntry[] {
  return Array.from({ length: pick(random, [0, 1, 2, 5]) }, (): StateEntry => {
    switch (below(random, 5)) {
      case 0:
        return stateEntry(1, someName(random));
      case 1: {
        const names = Array.from({ length: 2 * between(random, 0, 3) }, () => someName(random));
        return stateEntry(0, ...names);
      }
      case 2:
        return stateEntry(2, "1");
      case 3:
        return stateEntry(between(random, 3, 5), someName(random));
      default:
        return [between(random, 6, 255), noise(random, someLength(random, 300))];
    }
  });
}

/** An OK packet's payload. */
export function someOk(random: Random, header = 0): Uint8Array {
  const numbers = [0, 1, 250, 251, 65_536, 2 ** 32 - 1];
  return ok({
    header,
    affectedRows: pick(random, numbers),
    insertId: pick(random, numbers),
    status: below(random, 65_536) & ~0x0008,
    warnings: below(random, 65_536),
    info: isLucky(random, 0.4) ? someName(random) : "",
    ...(isLucky(random, 0.6) ? { state: someState(random) } : {}),
  });
}

const okPacket: Target = {
  name: "ok",
  generate: (random) =>
    isLucky(random, 0.2)
      ? pick(
          random,
          wireNames("ok-").map((name) => wireBytes(name).slice(4)),
        )
      : someOk(random, pick(random, [0, 0xfe])),
  run(input) {
    if (input.length >= PAYLOAD_MAX) return "too long";
    const [first, ...others] = [new Uint8Array(0), new Uint8Array(30), new Uint8Array(30).fill(0xfc)].map((behind) =>
      attempt(() => readAll(new Uint8Array(Buffer.concat([packetsOf([input], 1), behind])))),
    ) as [Outcome<OkRead>, ...Outcome<OkRead>[]];
    for (const other of others) mustBeAlike(first, other, "what stands behind the packet changes what is read");
    return classOf(first, ({ state }) => {
      const { schema, variables, hasStateChange } = state;
      return `${schema === null ? "" : "schema "}${variables.length > 0 ? "variables " : ""}${hasStateChange ? "change" : ""}`;
    });
  },
};

interface OkRead {
  state: SessionState;
  plain: Uint8Array;
}

function readAll(packet: Uint8Array): OkRead {
  const state: SessionState = { schema: null, variables: [], hasStateChange: false };
  okLayout(packet, 0);
  readSessionState(packet, 0, state);
  const plain = withoutSessionState(packet, 0);
  must(plain.length <= packet.length, "a packet grows when its state is left out");
  const nothing: SessionState = { schema: null, variables: [], hasStateChange: false };
  readSessionState(plain, 0, nothing);
  mustEqual(nothing, { schema: null, variables: [], hasStateChange: false }, "state that was left out");
  mustEqual(withoutSessionState(plain, 0), plain, "state left out twice");
  return { state, plain };
}

/** Which entries of session state somebody wants, by a byte: by their type, and variables by the length of their name, too. */
const wants = (bits: number) => (type: number, name: string) =>
  ((bits >> (type & 3)) & 1) !== 0 && (name.length & 1) === 0;

/** In front of the payload stands which entries of its state are wanted. */
const sessionState: Target = {
  name: "session-state",
  generate: (random) => new Uint8Array(Buffer.concat([noise(random, 1), someOk(random, pick(random, [0, 0xfe]))])),
  run(input) {
    const bits = input[0] ?? 0;
    const ok = input.subarray(1);
    if (ok.length >= PAYLOAD_MAX) return "too long";
    const [first, ...others] = [new Uint8Array(0), new Uint8Array(30), new Uint8Array(30).fill(0xfc)].map((behind) =>
      attempt(() => editAll(new Uint8Array(Buffer.concat([packetsOf([ok], 7), behind])), bits)),
    ) as [Outcome<string>, ...Outcome<string>[]];
    for (const other of others) mustBeAlike(first, other, "what stands behind the packet changes what is kept");
    return classOf(first, (what) => what);
  },
};

function editAll(packet: Uint8Array, bits: number): string {
  const before = packet.slice();
  const isWanted = wants(bits);
  const asked: boolean[] = [];
  const edited = withSessionState(packet, 0, (type, name) => {
    asked.push(isWanted(type, name));
    return isWanted(type, name);
  });
  mustEqual(packet, before, "the packet that is read");
  must(payloadLengthAt(edited, 0) === edited.length - 4 && sequenceAt(edited, 0) === 7, "a header of another packet");
  must(edited.length <= packet.length, "a packet grows when a part of its state is left out");
  if (asked.length > 0 && !asked.includes(true))
    mustEqual(edited, withoutSessionState(packet, 0), "state of no entries");
  // What is left is all wanted, is what was wanted before, and is left as it is.
  let left = 0;
  const again = withSessionState(edited, 0, (type, name) => {
    left++;
    must(isWanted(type, name), "an entry that nobody wants");
    return true;
  });
  if (asked.includes(true)) must(left === asked.filter((each) => each).length, "an entry that is wanted is lost");
  mustEqual(again, edited, "state edited twice");
  mustEqual(withoutSessionState(again, 0), withoutSessionState(packet, 0), "what stands in front of the state");
  if (asked.length === 0) return "without state";
  return [...new Set(asked.map((isKept) => (isKept ? "kept" : "left out")))].sort().join(", ");
}

const err: Target = {
  name: "err",
  generate: (random) =>
    payload((writer) => {
      writeErr(writer, 0, { code: below(random, 65_536), sqlState: "42S02", message: someName(random, 65_536) });
    }).slice(4),
  run(input) {
    const outcome = readGuarded(input, readErr);
    if (outcome.kind === "read" && /^[\x21-\x7e]{5}$/.test(outcome.value.sqlState)) {
      const writer = newWriter();
      writeErr(writer, 0, outcome.value);
      const again = readErr(newCursor(writtenBytes(writer).slice(4)));
      must(
        outcome.value.message.startsWith(again.message.replace(/\ufffd+$/, "")),
        "a message is cut, and otherwise as it was",
      );
      mustEqual({ ...again, message: "" }, { ...outcome.value, message: "" }, "what is written reads otherwise");
    }
    return classOf(outcome, ({ sqlState }) => (sqlState === "HY000" ? "without SQLSTATE" : "with SQLSTATE"));
  },
};

/** In front of the payload stands which capabilities there are. */
const prepareOk: Target = {
  name: "prepare-ok",
  generate: (random) =>
    payload((writer) => {
      writeUint8(writer, below(random, 4));
      writeUint8(writer, 0); // OK_HEADER
      writeUint32(writer, below(random, 2 ** 32));
      writeUint16(writer, pick(random, [0, 1, 300, 65_535]));
      writeUint16(writer, pick(random, [0, 1, 300, 65_535]));
      writeUint8(writer, 0); // filler
      writeUint16(writer, 0); // warnings
      if (isLucky(random, 0.5)) writeUint8(writer, below(random, 2)); // metadata_follows
    }),
  run(input) {
    const bits = input[0] ?? 0;
    const capabilities =
      ((bits & 1) === 0 ? 0 : CLIENT_DEPRECATE_EOF) | ((bits & 2) === 0 ? 0 : CLIENT_OPTIONAL_RESULTSET_METADATA);
    const outcome = readGuarded(input.subarray(1), (cursor) => readPrepareOk(cursor, capabilities));
    if (outcome.kind === "read") must(outcome.value.packets <= 2 * 65_536, "more packets than two counts can say");
    return classOf(outcome, ({ parameters, packets }) => {
      return `${parameters > 0 ? "parameters" : "no parameters"}, ${packets > 0 ? "packets" : "no packets"}`;
    });
  },
};

/** Readers of single packets of answers. */
export const ANSWER_TARGETS: readonly Target[] = [okPacket, sessionState, err, prepareOk];
