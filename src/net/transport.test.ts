import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { loadLibc } from "../lib/libc.ts";
import { eventually } from "../testkit/eventually.ts";
import { hangUp } from "./hang-up.ts";
import { listenShared } from "./listen-shared.ts";
import { send, sendAll } from "./send.ts";
import { connect, destroy, finish, listen, pause, resume, type TransportServer } from "./transport.ts";
import { isBackedUp, type Wire, type WireHandler } from "./wire.ts";

/** One end of a connection, and everything that it heard. */
interface End {
  wire: Wire<End> | null;
  readonly events: string[];
  readonly chunks: Uint8Array[];
}

const handler: WireHandler<End> = {
  onOpen: (end) => void end.events.push("open"),
  onData: (end, bytes) => void end.chunks.push(bytes),
  onDrain: (end) => void end.events.push("drain"),
  onEnd: (end) => void end.events.push("end"),
  onClose: (end, reason) => void end.events.push(`close: ${reason}`),
};

const cleanups: Array<() => void> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const ANYWHERE = { host: "127.0.0.1", port: 0 };

/** Passes every connection on to itself. */
async function listenAndPassOn(accept: (wire: Wire<End>) => End): Promise<TransportServer> {
  const libc = await loadLibc();
  if (libc === null) throw new Error("there is no libc.so.6");
  const server = listenShared(ANYWHERE, handler, accept, (detach) => {
    const descriptor = detach(libc);
    setImmediate(() => server.adopt(descriptor));
    return true;
  });
  return server;
}

const newEnd = (): End => ({ wire: null, events: [], chunks: [] });

/** How a connection of a listener comes to an event loop: it accepts it, or is passed it by another one. */
const KINDS = ["accepted", "passed on"] as const;

/** A listener of ours, and a plain peer that is connected to it. */
async function accepted(
  kind: (typeof KINDS)[number],
): Promise<{ end: End; peer: Socket; received: Buffer[]; server: TransportServer }> {
  const end = newEnd();
  const accept = (wire: Wire<End>) => {
    end.wire = wire;
    return end;
  };
  const server = kind === "accepted" ? listen(ANYWHERE, handler, accept) : await listenAndPassOn(accept);
  const peer = tcpConnect({ host: "127.0.0.1", port: server.port, allowHalfOpen: true });
  const received: Buffer[] = [];
  peer.on("data", (bytes: Buffer) => void received.push(bytes));
  peer.on("error", () => {});
  cleanups.push(
    () => server.stop(),
    () => peer.destroy(),
    () => end.wire !== null && destroy(end.wire, "the test is over"),
  );
  await eventually(() => end.events.includes("open"));
  return { end, peer, received, server };
}

const wireOf = (end: End): Wire<End> => end.wire as Wire<End>;

describe.each(KINDS)("send(), a connection that was %s", (kind) => {
  test("a peer that reads slowly gets every byte, in order, and onDrain when it has caught up", async () => {
    const { end, peer, received } = await accepted(kind);
    peer.pause();
    const wire = wireOf(end);
    const sent: Buffer[] = [];
    const buffer = new Uint8Array(1 << 16);
    for (let i = 0; i < 400; i++) {
      buffer.fill(i);
      sent.push(Buffer.from(buffer.subarray(i, 60_000)));
      send(wire, buffer, i, 60_000); // the buffer is used again at once
    }
    expect(isBackedUp(wire)).toBe(true);
    expect(end.events).toEqual(["open"]);
    peer.resume();
    await eventually(() => end.events.includes("drain"));
    expect(isBackedUp(wire)).toBe(false);
    const total = sent.reduce((sum, each) => sum + each.length, 0);
    await eventually(() => received.reduce((sum, each) => sum + each.length, 0) === total);
    expect(Bun.hash(Buffer.concat(received))).toBe(Bun.hash(Buffer.concat(sent)));
  });

  test("says true while the peer takes everything, false from the first short write on", async () => {
    const { end, peer } = await accepted(kind);
    peer.pause();
    const wire = wireOf(end);
    const answers: boolean[] = [];
    const chunk = new Uint8Array(1 << 20);
    for (let i = 0; i < 40; i++) answers.push(sendAll(wire, chunk));
    expect(answers[0]).toBe(true);
    expect(answers.at(-1)).toBe(false);
    expect(answers.lastIndexOf(true)).toBeLessThan(answers.indexOf(false));
  });

  test("to a wire that is closed or finished is nothing", async () => {
    const { end, received } = await accepted(kind);
    finish(wireOf(end));
    expect(sendAll(wireOf(end), Uint8Array.of(1))).toBe(true);
    destroy(wireOf(end), "over");
    expect(sendAll(wireOf(end), Uint8Array.of(1))).toBe(true);
    expect(received).toEqual([]);
  });
});

describe.each(KINDS)("onData(), a connection that was %s", (kind) => {
  test("hands out plain arrays whose slice() is a copy", async () => {
    const { end, peer } = await accepted(kind);
    peer.write("hello");
    await eventually(() => end.chunks.length > 0);
    const [chunk] = end.chunks;
    expect(Buffer.isBuffer(chunk)).toBe(false);
    const copy = chunk?.slice(0, 1);
    copy?.fill(0);
    expect(chunk?.[0]).toBe("h".charCodeAt(0));
  });
});

describe.each(KINDS)("pause(), a connection that was %s", (kind) => {
  test("stops the peer; resume() loses nothing", async () => {
    const { end, peer } = await accepted(kind);
    pause(wireOf(end));
    const bytes = Buffer.alloc(30_000_000, "pisanix");
    let taken = 0;
    const write = async () => {
      for (; taken < bytes.length; taken += 1 << 18) {
        await new Promise<void>((done) => peer.write(bytes.subarray(taken, taken + (1 << 18)), () => done()));
      }
    };
    const written = write();
    for (let last = -1; last !== taken || taken === 0; ) {
      last = taken;
      for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    }
    expect(taken).toBeLessThan(bytes.length);
    expect(end.chunks).toEqual([]);
    resume(wireOf(end));
    await written;
    await eventually(() => end.chunks.reduce((sum, each) => sum + each.length, 0) === bytes.length);
    expect(Bun.hash(Buffer.concat(end.chunks))).toBe(Bun.hash(bytes));
  });
});

describe.each(KINDS)("finish(), a connection that was %s", (kind) => {
  test("sends what is pending, then a FIN", async () => {
    const { end, peer, received } = await accepted(kind);
    peer.pause();
    const bytes = Buffer.alloc(20_000_000, "x");
    sendAll(wireOf(end), bytes);
    finish(wireOf(end));
    let hasEnded = false;
    peer.on("end", () => {
      hasEnded = true;
    });
    peer.resume();
    await eventually(() => hasEnded);
    expect(Buffer.concat(received).length).toBe(bytes.length);
  });

  test("leaves the peer's side open until the peer closes it, and then says so once", async () => {
    const { end, peer } = await accepted(kind);
    let hasEnded = false;
    peer.on("end", () => {
      hasEnded = true;
    });
    finish(wireOf(end));
    finish(wireOf(end));
    await eventually(() => hasEnded);
    expect(end.events).toEqual(["open"]);
    peer.end("late words");
    await eventually(() => end.events.length > 1);
    expect(end.events).toEqual(["open", "close: the peer closed the connection"]);
    expect(Buffer.concat(end.chunks).toString()).toBe("late words");
  });

  test("a peer that is still sending gets what was said, not a reset", async () => {
    const { end, peer, received } = await accepted(kind);
    const errors: Error[] = [];
    peer.on("error", (error) => void errors.push(error));
    peer.write(Buffer.alloc(4_000_000));
    await eventually(() => end.chunks.length > 0);
    sendAll(wireOf(end), Buffer.from("refused"));
    finish(wireOf(end));
    await new Promise<void>((done) => peer.write(Buffer.alloc(4_000_000), () => done()));
    peer.end();
    await eventually(() => end.events.length > 1);
    expect(Buffer.concat(received).toString()).toBe("refused");
    expect(errors).toEqual([]);
  });
});

describe.each(KINDS)("hangUp(), a connection that was %s", (kind) => {
  test("is heard before it returns; the peer gets what was said and a FIN, and is reset when it goes on", async () => {
    const { end, peer, received } = await accepted(kind);
    const heard: string[] = [];
    peer.on("end", () => void heard.push("FIN"));
    peer.on("close", (hadError) => void heard.push(hadError ? "reset" : "closed"));
    sendAll(wireOf(end), Buffer.from("the last words"));
    hangUp(wireOf(end), "killed");
    expect(end.events).toEqual(["open", "close: killed"]);
    await eventually(() => heard.includes("FIN"));
    expect(Buffer.concat(received).toString()).toBe("the last words");
    peer.write("anybody?");
    await eventually(() => {
      peer.write("anybody?");
      return heard.length > 1;
    });
    expect(heard).toEqual(["FIN", "reset"]);
  });

  test("sends what is pending first", async () => {
    const { end, peer, received } = await accepted(kind);
    peer.pause();
    const bytes = Buffer.alloc(20_000_000, "x");
    sendAll(wireOf(end), bytes);
    hangUp(wireOf(end), "killed");
    expect(end.events).toEqual(["open"]);
    peer.resume();
    await eventually(() => Buffer.concat(received).length === bytes.length);
  });
});

describe.each(KINDS)("onEnd(), a connection that was %s", (kind) => {
  test("a peer that has closed its half still gets everything", async () => {
    const { end, peer, received } = await accepted(kind);
    peer.end("question");
    await eventually(() => end.events.includes("end"));
    const answer = Buffer.alloc(20_000_000, "answer");
    sendAll(wireOf(end), answer);
    finish(wireOf(end));
    await eventually(() => end.events.some((event) => event.startsWith("close")));
    await eventually(() => received.reduce((sum, each) => sum + each.length, 0) === answer.length);
    expect(Bun.hash(Buffer.concat(received))).toBe(Bun.hash(answer));
  });
});

describe.each(KINDS)("destroy(), a connection that was %s", (kind) => {
  test("is heard before it returns, once, and drops what is pending", async () => {
    const { end, peer } = await accepted(kind);
    peer.pause();
    const wire = wireOf(end);
    sendAll(wire, Buffer.alloc(20_000_000));
    destroy(wire, "enough");
    expect(end.events).toEqual(["open", "close: enough"]);
    destroy(wire, "again");
    expect([end.events.length, isBackedUp(wire), wire.isClosed]).toEqual([2, false, true]);
  });

  test("of a wire that is still connecting keeps it from opening", async () => {
    const listener = createServer();
    await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
    cleanups.push(() => listener.close());
    const address = listener.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const end = newEnd();
    const wire = connect({ host: "127.0.0.1", port }, handler, end);
    destroy(wire, "changed our mind");
    const other = newEnd();
    connect({ host: "127.0.0.1", port }, handler, other);
    await eventually(() => other.events.length > 0);
    expect(end.events).toEqual(["close: changed our mind"]);
  });

  test("a reset by the peer is a close", async () => {
    const { end, peer } = await accepted(kind);
    peer.resetAndDestroy();
    await eventually(() => end.events.length > 1);
    expect(end.events.filter((event) => event.startsWith("close"))).toHaveLength(1);
  });
});

describe("connect()", () => {
  test("to a closed port closes with the reason", async () => {
    const listener = listen<End>({ host: "127.0.0.1", port: 0 }, handler, () => null);
    listener.stop();
    const end = newEnd();
    connect({ host: "127.0.0.1", port: listener.port }, handler, end);
    await eventually(() => end.events.length > 0);
    expect(end.events).toEqual(["close: connection refused"]);
  });
});

describe("listen()", () => {
  test("a port that is taken is an error", async () => {
    const { server } = await accepted("accepted");
    expect(() => listen<End>({ host: "127.0.0.1", port: server.port }, handler, () => null)).toThrow();
  });

  test("a connection that nobody accepts is closed, after what was said to it", async () => {
    const server = listen<End>({ host: "127.0.0.1", port: 0 }, handler, (wire) => {
      sendAll(wire, Buffer.from("full"));
      return null;
    });
    cleanups.push(() => server.stop());
    const peer = tcpConnect({ host: "127.0.0.1", port: server.port });
    const received: Buffer[] = [];
    peer.on("data", (bytes: Buffer) => void received.push(bytes));
    await new Promise<void>((done) => peer.on("close", () => done()));
    expect(Buffer.concat(received).toString()).toBe("full");
  });

  test("stop() refuses new connections and leaves open ones alone", async () => {
    const { end, peer, received, server } = await accepted("accepted");
    server.stop();
    server.stop();
    const late = newEnd();
    connect({ host: "127.0.0.1", port: server.port }, handler, late);
    await eventually(() => late.events.length > 0);
    expect(late.events).toEqual(["close: connection refused"]);
    peer.write("still here");
    await eventually(() => end.chunks.length > 0);
    sendAll(wireOf(end), Buffer.from("so am I"));
    await eventually(() => received.length > 0);
  });
});
