import { describe, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { COM_QUERY, COM_STMT_EXECUTE } from "../mysql/commands.ts";
import { PACKET_PAYLOAD_MAX } from "../mysql/packet.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import { dropInbox, fillInbox, newInbox } from "./inbox.ts";
import {
  continueFile,
  continueRequest,
  hasMoreToCome,
  newRequest,
  payloadOf,
  type RequestStart,
  startRequest,
  WHOLE_BYTES_MAX,
} from "./request.ts";

/** Executions are streamed, texts are too unless `mustTextBeWhole`. */
const textsOf = (mustTextBeWhole: boolean, command: number) => mustTextBeWhole && command === COM_QUERY;

function start(bytes: Uint8Array, wholeBytesMax = WHOLE_BYTES_MAX, mustTextBeWhole = false, bytesMax = wholeBytesMax) {
  const request = newRequest();
  const inbox = newInbox();
  fillInbox(inbox, bytes);
  const result = startRequest(request, inbox, bytesMax, textsOf, mustTextBeWhole, wholeBytesMax);
  return { request, inbox, result };
}

/** A command packet with a payload of `length` bytes that says at each place which place it is. */
function command(length: number, first = COM_QUERY): Uint8Array {
  const payload = new Uint8Array(length);
  for (let i = 0; i < length; i++) payload[i] = (i * 31) & 0xff;
  payload[0] = first;
  return payload;
}

/** Feeds `bytes` in pieces, and takes commands out as a session does. Returns their payloads. */
function payloadsFrom(bytes: Uint8Array, cuts: readonly number[], wholeBytesMax: number): Uint8Array[] {
  const inbox = newInbox();
  const request = newRequest();
  const found: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  const take = (length: number) => {
    parts.push(inbox.bytes.slice(inbox.start, inbox.start + length));
    dropInbox(inbox, length);
    if (hasMoreToCome(request)) return;
    found.push(withoutHeaders(Buffer.concat(parts)));
    parts = [];
  };
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (cut > from) fillInbox(inbox, bytes.slice(from, cut));
    from = Math.max(from, cut);
    for (;;) {
      if (hasMoreToCome(request)) {
        const length = continueRequest(request, inbox);
        if (length === 0) break;
        take(length);
      } else {
        const result: RequestStart = startRequest(request, inbox, wholeBytesMax, textsOf, false, wholeBytesMax);
        if (result === "incomplete") break;
        if (result !== "ready") throw new Error(result);
        take(request.end - request.start);
      }
    }
  }
  return found;
}

function withoutHeaders(packets: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < packets.length; ) {
    const length = (packets[at] as number) | ((packets[at + 1] as number) << 8) | ((packets[at + 2] as number) << 16);
    parts.push(packets.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return Buffer.concat(parts);
}

const hashes = (payloads: readonly Uint8Array[]) => payloads.map((payload) => `${payload.length}:${Bun.hash(payload)}`);

describe("startRequest()", () => {
  test("a whole command is described where it lies", () => {
    const bytes = new Uint8Array(packetsOf([Buffer.from("\x03SELECT 1"), Buffer.from("\x0e")]));
    const { request, result } = start(bytes);
    expect(result).toBe("ready");
    expect(request).toEqual({ command: COM_QUERY, bytes, start: 0, end: 13, sequence: 0, left: 0, isContinued: false });
  });

  test("every prefix of a command is incomplete", () => {
    const bytes = packetsOf([Buffer.from("\x03SELECT 1")]);
    for (let end = 0; end < bytes.length; end++) expect(start(bytes.slice(0, end)).result).toBe("incomplete");
  });

  test("a sequence id other than 0 is out of order, an empty payload is empty", () => {
    expect(start(packetsOf([Buffer.from("\x03SELECT 1")], 1)).result).toBe("out-of-order");
    expect(start(packetsOf([new Uint8Array(0)])).result).toBe("empty");
  });

  test("a command of exactly the limit is whole, of one byte more is handed out in part", () => {
    const whole = start(packetsOf([command(996)]), 1000);
    expect([whole.result, hasMoreToCome(whole.request)]).toEqual(["ready", false]);
    const bytes = packetsOf([command(500_000)]);
    expect(start(bytes.slice(0, 262_143), 1000).result).toBe("incomplete");
    const large = start(bytes.slice(0, 262_144), 1000);
    expect([large.result, large.request.left, large.request.end]).toEqual(["ready", 500_004 - 262_144, 262_144]);
  });

  test("a text that must be judged whole is too large; other commands are not", () => {
    const text = packetsOf([command(2000)]).slice(0, 5);
    expect(start(text, 1000, true).result).toBe("too-large");
    expect(start(packetsOf([command(2000, COM_STMT_EXECUTE)]), 1000, true).result).toBe("ready");
    expect(start(packetsOf([command(2000)]), 1000, true, 3000).result).toBe("ready");
    expect(start(packetsOf([command(2000)]).slice(0, 1999), 1000, true, 3000).result).toBe("incomplete");
  });
});

describe("continueRequest()", () => {
  test("small commands come out as they were sent, in every split", () => {
    const payloads = [command(1), command(9), command(2), command(300, COM_STMT_EXECUTE)];
    const bytes = Buffer.concat(payloads.map((payload) => packetsOf([payload])));
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(hashes(payloadsFrom(bytes, [cut], 1000))).toEqual(hashes(payloads));
    }
    const everyByte = Array.from(bytes, (_, i) => i);
    expect(hashes(payloadsFrom(bytes, everyByte, 1000))).toEqual(hashes(payloads));
  });

  for (const length of [
    PACKET_PAYLOAD_MAX - 1,
    PACKET_PAYLOAD_MAX,
    PACKET_PAYLOAD_MAX + 1,
    2 * PACKET_PAYLOAD_MAX,
    2 * PACKET_PAYLOAD_MAX + 16,
  ]) {
    test(`a command of ${length} bytes, and the one behind it, come out as they were sent`, () => {
      const payloads = [command(length), command(7)];
      const bytes = Buffer.concat(payloads.map((payload) => packetsOf([payload])));
      const random = seededRandom(length);
      const cuts = Array.from({ length: 20 }, () => Math.floor(random() * bytes.length));
      const edges = [0, 1, 2].flatMap((packet) =>
        [-1, 0, 1, 2, 3, 4, 5].map((i) => packet * (PACKET_PAYLOAD_MAX + 4) + i),
      );
      const sorted = [...cuts, ...edges].filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b);
      expect(hashes(payloadsFrom(bytes, sorted, WHOLE_BYTES_MAX))).toEqual(hashes(payloads));
    });
  }

  test("two full packets and 16 bytes, read whole: the payload is put together without headers", () => {
    const payload = command(2 * PACKET_PAYLOAD_MAX + 16);
    const { request, result } = start(packetsOf([payload]), 1 << 30);
    expect([result, request.sequence, hasMoreToCome(request)]).toEqual(["ready", 2, false]);
    expect(Bun.hash(payloadOf(request))).toBe(Bun.hash(payload));
  });
});

describe("payloadOf()", () => {
  test("of one packet is a view", () => {
    const { request } = start(packetsOf([Buffer.from("\x03SELECT 1")]));
    const payload = payloadOf(request);
    expect([Buffer.from(payload).toString(), payload.buffer === request.bytes.buffer]).toEqual(["\x03SELECT 1", true]);
  });
});

describe("continueFile()", () => {
  test("goes on behind the empty packet that ends a full one", () => {
    const file = packetsOf([new Uint8Array(PACKET_PAYLOAD_MAX), Buffer.from("rest"), new Uint8Array(0)], 2);
    const request = newRequest();
    const inbox = newInbox();
    fillInbox(inbox, file);
    let ends = 0;
    expect(continueFile(request, inbox, () => ends++)).toBe(file.length);
    expect([ends, request.sequence, hasMoreToCome(request)]).toEqual([1, 5, false]);
  });

  test("ends at the empty packet, in every split, and leaves what is behind it", () => {
    const file = packetsOf([Buffer.from("one\n"), Buffer.from("two\n"), new Uint8Array(0)], 2);
    const bytes = Buffer.concat([file, packetsOf([Buffer.from("\x0e")])]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const request = newRequest();
      const inbox = newInbox();
      let ends = 0;
      let taken = 0;
      for (const part of [bytes.slice(0, cut), bytes.slice(cut)]) {
        if (part.length > 0) fillInbox(inbox, part);
        if (ends > 0) continue;
        const length = continueFile(request, inbox, () => ends++);
        taken += length;
        dropInbox(inbox, length);
      }
      expect([ends, taken, request.sequence]).toEqual([1, file.length, 4]);
    }
  });
});
