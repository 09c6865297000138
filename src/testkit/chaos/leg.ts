/** A stretch of network between two ends on this machine: it splits and delays what passes, stalls, and breaks. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Random } from "../../lib/random.ts";
import { between, isLucky, pick } from "../simulation/chance.ts";

/** How what passes on one connection is treated. */
type Manner = "whole" | "late" | "in parts";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly manner: Manner;
  stalledUntil: Promise<void>;
}

export interface Leg {
  readonly port: number;
  /** Connections that are open now. */
  readonly pairs: ReadonlySet<object>;
  /** Resets one connection at both ends. False when there is none. */
  breakOne(): boolean;
  /** Nothing passes on one connection for `ms`. False when there is none. */
  stallOne(ms: number): boolean;
  stop(): void;
}

const LATE_MS_MAX = 20;
const PART_BYTES_MAX = 64;
/** More parts than this, and the rest is sent whole: the run is about order and ends, not about patience. */
const PARTS_MAX = 16;

/** Listens on a free port and passes on to `port`. */
export async function openLeg(port: number, random: Random): Promise<Leg> {
  const pairs = new Set<Pair>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    const manner = pick(random, ["whole", "whole", "late", "in parts"] as const);
    const pair: Pair = { near, far, manner, stalledUntil: Promise.resolve() };
    pairs.add(pair);
    passOn(pair, near, far, random);
    passOn(pair, far, near, random);
    for (const socket of [near, far]) {
      socket.on("error", () => reset(pair));
      socket.on("close", () => {
        if (near.destroyed && far.destroyed) pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const some = () => (pairs.size === 0 ? null : pick(random, [...pairs]));
  return {
    port: (server.address() as AddressInfo).port,
    pairs,
    breakOne() {
      const pair = some();
      if (pair !== null) reset(pair);
      return pair !== null;
    },
    stallOne(ms) {
      const pair = some();
      if (pair !== null) pair.stalledUntil = Bun.sleep(ms);
      return pair !== null;
    },
    stop() {
      server.close();
      for (const pair of pairs) reset(pair);
    },
  };
}

function reset({ near, far }: Pair): void {
  for (const socket of [near, far]) if (!socket.destroyed) socket.resetAndDestroy();
}

/** One direction. While a chunk is on its way no other is read, so that the order stays. */
function passOn(pair: Pair, from: Socket, to: Socket, random: Random): void {
  let onItsWay = Promise.resolve();
  from.on("data", (chunk: Buffer) => {
    from.pause();
    onItsWay = deliver(pair, to, chunk, random).then(() => void from.resume());
  });
  from.on("end", () => void onItsWay.then(() => to.end()));
  // A reset on one side is one on the other.
  from.on("close", (hadError) => {
    if (hadError) reset(pair);
    else void onItsWay.then(() => to.end());
  });
}

async function deliver(pair: Pair, to: Socket, chunk: Buffer, random: Random): Promise<void> {
  await pair.stalledUntil;
  if (pair.manner === "late") await Bun.sleep(random() * LATE_MS_MAX);
  let at = 0;
  for (let parts = 0; pair.manner === "in parts" && parts < PARTS_MAX && at < chunk.length - 1; parts++) {
    const part = chunk.subarray(at, at + between(random, 1, PART_BYTES_MAX));
    at += part.length;
    to.write(part);
    if (isLucky(random, 0.3)) await Bun.sleep(1);
  }
  if (to.destroyed || at === chunk.length || to.write(chunk.subarray(at))) return;
  await new Promise<void>((resolve) => {
    to.once("drain", resolve);
    to.once("close", resolve);
  });
}
