/** Event loops of this process, all in one thread: what they pass to each other is the same. */
import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { listenToBell } from "../lib/bell.ts";
import { type Libc, loadLibc } from "../lib/libc.ts";
import { send } from "../net/send.ts";
import { destroy, type TransportServer } from "../net/transport.ts";
import type { Wire, WireHandler } from "../net/wire.ts";
import { eventually } from "../testkit/eventually.ts";
import { freePort } from "../testkit/servers/port.ts";
import {
  adoptPassed,
  clearSpread,
  closePassed,
  newSpreadCells,
  type Spread,
  setServedVersion,
  spreadTransport,
} from "./spread.ts";

/** A worker as far as its connections go. */
interface Loop {
  readonly spread: Spread;
  readonly wires: Set<Wire<Wire<unknown>>>;
  server: TransportServer | null;
}

let libc: Libc | null = null;
beforeAll(async () => {
  libc = await loadLibc();
});

const cleanups: Array<() => void> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** Loops that all listen on one port and serve version 1. They answer what they are told with their number. */
async function loopsOn(count: number): Promise<{ loops: Loop[]; port: number }> {
  const port = await freePort();
  const cells = newSpreadCells(count);
  const bellCells = new Int32Array(new SharedArrayBuffer(4 * count));
  const loops = Array.from({ length: count }, (_, worker): Loop => {
    const bells = { cells: bellCells, worker };
    return { spread: { cells, bells, servers: new Map(), libc }, wires: new Set(), server: null };
  });
  for (const loop of loops) {
    cleanups.push(listenToBell(loop.spread.bells, () => adoptPassed(loop.spread)));
    loop.server = listenOn(loop, "127.0.0.1", port);
    setServedVersion(loop.spread, 1);
  }
  return { loops, port };
}

function listenOn({ spread, wires }: Loop, host: string, port: number): TransportServer {
  const handler: WireHandler<Wire<unknown>> = {
    onOpen() {},
    onData: (wire) => void send(wire, Uint8Array.of(spread.bells.worker), 0, 1),
    onDrain() {},
    onEnd: (wire) => destroy(wire, "the peer has gone"),
    onClose: (wire) => void wires.delete(wire as Wire<Wire<unknown>>),
  };
  const server = spreadTransport(spread).listen<Wire<unknown>>({ host, port }, handler, (wire) => {
    wires.add(wire as unknown as Wire<Wire<unknown>>);
    return wire;
  });
  cleanups.push(server.stop);
  return server;
}

async function client(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  cleanups.push(() => socket.destroy());
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}

/** The number of the loop that answers. */
async function loopOf(socket: Socket): Promise<number> {
  const answer = new Promise<number>((resolve, reject) => {
    socket.once("data", (bytes: Buffer) => resolve(bytes[0] ?? -1)).once("close", () => reject(new Error("closed")));
  });
  socket.write("who are you?");
  return await answer;
}

const counts = (loops: readonly Loop[]) => loops.map(({ wires }) => wires.size);

describe("connections", () => {
  for (const count of [2, 4]) {
    test(`of ${count} loops are as many in each, whatever the kernel does`, async () => {
      const { loops, port } = await loopsOn(count);
      const answered: number[] = [];
      for (let i = 0; i < 10 * count; i++) answered.push(await loopOf(await client(port)));
      expect(counts(loops)).toEqual(loops.map(() => 10));
      for (const [worker] of loops.entries()) expect(answered.filter((each) => each === worker)).toHaveLength(10);
    });
  }

  test("that end make room for others", async () => {
    const { loops, port } = await loopsOn(2);
    const clients: Socket[] = [];
    for (let i = 0; i < 20; i++) clients.push(await client(port));
    await eventually(() => counts(loops).join() === "10,10");
    const ofFirst: Socket[] = [];
    for (const each of clients) if ((await loopOf(each)) === 0) ofFirst.push(each);
    for (const each of ofFirst) each.destroy();
    await eventually(() => counts(loops).join() === "0,10");
    for (let i = 0; i < 10; i++) expect(await loopOf(await client(port))).toBe(0);
  });

  test("that come all at once all get through, and differ by what one loop cannot know of the other", async () => {
    const { loops, port } = await loopsOn(2);
    const clients = await Promise.all(Array.from({ length: 200 }, () => client(port)));
    await Promise.all(clients.map(loopOf));
    const [first = 0, second = 0] = counts(loops);
    expect(first + second).toBe(200);
    expect(Math.abs(first - second)).toBeLessThanOrEqual(2);
  });
});

describe("a connection stays where the kernel gives it", () => {
  test("when the other loop serves another version, is being changed, or has ended", async () => {
    const leave = (spread: Spread) => clearSpread(spread.cells, 1);
    const serve = (version: number) => (spread: Spread) => setServedVersion(spread, version);
    for (const change of [serve(2), serve(0), leave]) {
      const { loops, port } = await loopsOn(2);
      const [first, second] = loops as [Loop, Loop];
      second.server?.stop(); // the kernel gives it none
      change(second.spread);
      for (let i = 0; i < 5; i++) expect(await loopOf(await client(port))).toBe(0);
      expect(first.wires.size).toBe(5);
    }
  });

  test("where several addresses have the port", async () => {
    const { loops, port } = await loopsOn(2);
    const [first, second] = loops as [Loop, Loop];
    listenOn(first, "127.0.0.2", port);
    second.server?.stop();
    for (let i = 0; i < 5; i++) expect(await loopOf(await client(port))).toBe(0);
  });
});

test("connections on their way to a loop that has ended are closed", async () => {
  const { loops, port } = await loopsOn(2);
  const [first, second] = loops as [Loop, Loop];
  second.server?.stop(); // it is still said to serve, and hears its bell, but has no listener
  const sockets = [await client(port), await client(port)];
  const ends = await Promise.allSettled(sockets.map(loopOf));
  expect(ends.filter(({ status }) => status === "rejected")).toHaveLength(1);
  clearSpread(first.spread.cells, 1);
  closePassed(first.spread.cells, 1, libc);
  expect(await loopOf(await client(port))).toBe(0);
});
