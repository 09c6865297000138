import { describe, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { dropInbox, fillInbox, type Inbox, inboxLength, newInbox } from "./inbox.ts";

const contents = (inbox: Inbox) => [...inbox.bytes.subarray(inbox.start, inbox.end)];

describe("fillInbox()", () => {
  test("an empty inbox takes the chunk itself; nothing is copied", () => {
    const inbox = newInbox();
    const chunk = Uint8Array.of(1, 2, 3);
    fillInbox(inbox, chunk);
    expect(inbox.bytes).toBe(chunk);
  });

  test("a second chunk never writes into the first one, which may be in use", () => {
    const inbox = newInbox();
    const chunk = Uint8Array.of(1, 2, 3, 4).subarray(0, 2);
    fillInbox(inbox, chunk);
    fillInbox(inbox, Uint8Array.of(9));
    expect([contents(inbox), [...new Uint8Array(chunk.buffer)]]).toEqual([
      [1, 2, 9],
      [1, 2, 3, 4],
    ]);
  });

  test("a command that was handed out is not written over while the next one comes", () => {
    const inbox = newInbox();
    fillInbox(inbox, Uint8Array.of(1, 2));
    fillInbox(inbox, Uint8Array.of(3, 4, 5, 6));
    const { bytes, start } = inbox;
    const command = bytes.subarray(start, start + 3);
    dropInbox(inbox, 3);
    for (let i = 0; i < 50; i++) fillInbox(inbox, Uint8Array.of(100 + i));
    expect([...command]).toEqual([1, 2, 3]);
  });

  test("any sequence of fills and drops is a queue", () => {
    const random = seededRandom(5);
    const inbox = newInbox();
    let expected: number[] = [];
    let next = 0;
    for (let i = 0; i < 5000; i++) {
      if (random() < 0.55) {
        const chunk = Uint8Array.from({ length: 1 + Math.floor(random() * 40) }, () => next++ & 0xff);
        expected.push(...chunk);
        fillInbox(inbox, chunk);
      } else {
        const length = Math.floor(random() * (inboxLength(inbox) + 1));
        expected = expected.slice(length);
        dropInbox(inbox, length);
      }
      if (inboxLength(inbox) !== expected.length || i % 50 === 0) expect(contents(inbox)).toEqual(expected);
    }
  });
});

describe("dropInbox()", () => {
  test("an inbox that is empty holds no memory", () => {
    const inbox = newInbox();
    fillInbox(inbox, new Uint8Array(1 << 20));
    dropInbox(inbox, 1 << 20);
    expect([inbox.bytes.length, inboxLength(inbox)]).toEqual([0, 0]);
  });
});
