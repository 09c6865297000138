import { afterEach, describe, expect, test } from "bun:test";
import { type Claim, claimAddress } from "./claim.ts";
import { listenShared } from "./listen-shared.ts";
import { listen, type TransportServer } from "./transport.ts";
import type { WireHandler } from "./wire.ts";

const nobody: WireHandler<object> = { onOpen() {}, onData() {}, onDrain() {}, onEnd() {}, onClose() {} };
const stops: Array<() => void> = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function claim(port: number, isOurs = false): Claim {
  const claimed = claimAddress({ host: "127.0.0.1", port }, isOurs);
  stops.push(claimed.release);
  return claimed;
}

function share(port: number, isShared = true): TransportServer {
  const address = { host: "127.0.0.1", port };
  const accept = () => ({});
  const server = isShared
    ? listenShared<object>(address, nobody, accept, () => false)
    : listen(address, nobody, accept);
  stops.push(server.stop);
  return server;
}

describe("claimAddress()", () => {
  test("finds a free port, which several can then share", () => {
    const { port } = claim(0);
    expect(port).toBeGreaterThan(0);
    expect([share(port).port, share(port).port]).toEqual([port, port]);
  });

  test("fails where somebody listens, shared or not", () => {
    for (const isShared of [true, false]) expect(() => claim(share(0, isShared).port)).toThrow("Failed to listen");
  });

  test.skipIf(process.platform !== "linux")("fails where somebody else has claimed it and does not listen yet", () => {
    const { port, release } = claim(0);
    expect(() => claim(port)).toThrow("Failed to listen");
    release();
    expect(claim(port).port).toBe(port);
  });

  test("of a port that is ours on other addresses only the name is claimed", () => {
    const { port } = share(0);
    expect(claim(port, true).port).toBe(port);
  });

  test("what is listened on by one alone cannot be shared", () => {
    expect(() => share(share(0, false).port)).toThrow("Failed to listen");
    expect(() => share(share(0).port, false)).toThrow("Failed to listen");
  });
});
