import { expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { newQueue, type QueueOptions } from "./queue.ts";

function aQueue(work: QueueOptions["work"], workers = 2) {
  const clock = virtualClock();
  const done: string[] = [];
  const queue = newQueue({
    ...{ clock, random: seededRandom(1), workers, work, retryMinMs: 100, retryMaxMs: 1000 },
    onDone: (key, _, error) => done.push(`${key}${error === null ? "" : `: ${error.message}`}`),
  });
  return { clock, queue, done };
}

test("a key that is added often is worked on once", async () => {
  const { queue, done } = aQueue(async () => null);
  for (let index = 0; index < 100; index++) queue.add(index % 2 === 0 ? "a" : "b");
  expect(queue.depth()).toBe(2);
  await queue.idle();
  expect(done.sort()).toEqual(["a", "b"]);
});

test("a key is never worked on twice at once, and comes again when it is added meanwhile", async () => {
  const gates = [newGate(), newGate()];
  let [working, most, rounds] = [0, 0, 0];
  const { queue } = aQueue(async () => {
    most = Math.max(most, ++working);
    await gates[rounds++]?.opened;
    working--;
    return null;
  }, 8);
  queue.add("a");
  await eventually(() => rounds === 1);
  for (let index = 0; index < 5; index++) queue.add("a");
  gates[0]?.open();
  await eventually(() => rounds === 2);
  gates[1]?.open();
  await queue.idle();
  expect([most, rounds]).toEqual([1, 2]);
});

test("as many keys are worked on at once as there are workers", async () => {
  const gate = newGate();
  let [working, most] = [0, 0];
  const { queue, done } = aQueue(async () => {
    most = Math.max(most, ++working);
    await gate.opened;
    working--;
    return null;
  }, 3);
  for (const key of "abcdefg") queue.add(key);
  await eventually(() => working === 3);
  expect(queue.depth()).toBe(4);
  gate.open();
  await queue.idle();
  expect([most, done.length]).toEqual([3, 7]);
});

test("a key that fails comes again, later each time, and at once when it is added", async () => {
  let fails = 3;
  const { clock, queue, done } = aQueue(async () => {
    if (fails-- > 0) throw new Error(`left ${fails}`);
    return null;
  });
  queue.add("a");
  await queue.idle();
  expect([done, queue.retrying()]).toEqual([["a: left 2"], 1]);
  clock.advance(49);
  await queue.idle();
  expect(done.length).toBe(1);
  clock.advance(51);
  await eventually(() => done.length === 2);
  clock.advance(90);
  await queue.idle();
  expect(done.length).toBe(2);
  queue.add("a");
  await queue.idle();
  expect(done.length).toBe(3);
  clock.advance(400);
  await eventually(() => done.length === 4);
  expect([done.at(-1), queue.retrying(), clock.waiting()]).toEqual(["a", 0, 0]);
});

test("work can ask to come again, and only the earliest time counts", async () => {
  const { clock, queue, done } = aQueue(async () => (done.length === 0 ? 500 : null));
  queue.add("a");
  await queue.idle();
  queue.addAfter("a", 200);
  queue.addAfter("a", 300);
  clock.advance(200);
  await eventually(() => done.length === 2);
  clock.advance(1000);
  await queue.idle();
  expect([done.length, clock.waiting()]).toEqual([2, 0]);
});

test("stop() waits for what is worked on and takes nothing more", async () => {
  const gate = newGate();
  const { clock, queue, done } = aQueue(async () => {
    await gate.opened;
    return 100;
  }, 1);
  for (const key of "ab") queue.add(key);
  queue.addAfter("c", 100);
  await eventually(() => queue.depth() === 1);
  const stopped = queue.stop();
  queue.add("d");
  gate.open();
  await stopped;
  expect([done, queue.depth(), clock.waiting()]).toEqual([["a"], 0, 0]);
});
