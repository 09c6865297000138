import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Socket, connect as tcpConnect } from "node:net";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { eventually } from "../testkit/eventually.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { sendAll } from "./send.ts";
import { upgradeToTlsServer } from "./tls.ts";
import { destroy, listen, pause } from "./transport.ts";
import type { Wire, WireSocket } from "./wire.ts";

const pem = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", `${name}.pem`), "utf8");
const SERVER = { cert: pem("server"), key: pem("server.key"), mustShowCertificate: false };

interface End {
  wire: Wire<End> | null;
  isOpen: boolean;
  /** The plain socket under a TLS engine, while that takes no more. */
  isPlainPaused: boolean;
  closed: string;
}

type Kind = "plain" | "TLS" | "TLS whose hello came early";

const cleanups: Array<() => void> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A wire of ours, and the socket of its peer. */
async function connected(kind: Kind): Promise<{ end: End; wire: Wire<End>; peer: Socket; write(bytes: Buffer): void }> {
  const end: End = { wire: null, isOpen: false, isPlainPaused: false, closed: "" };
  const upgrade = (early: Uint8Array) => {
    const wire = end.wire as Wire<End>;
    wire.socket = watched(wire.socket as WireSocket, end);
    upgradeToTlsServer(wire, SERVER, early, () => (end.isOpen = true));
  };
  const server = listen<End>(
    { host: "127.0.0.1", port: 0 },
    {
      onOpen() {
        if (kind === "plain") end.isOpen = true;
        if (kind === "TLS")
          upgradeToTlsServer(end.wire as Wire<End>, SERVER, new Uint8Array(0), () => (end.isOpen = true));
      },
      onData(_, bytes) {
        if (end.wire?.isTls === false && kind !== "plain") upgrade(bytes);
      },
      onDrain() {},
      onEnd() {},
      onClose(_, reason) {
        end.closed = reason;
      },
    },
    (wire) => {
      end.wire = wire;
      return end;
    },
  );
  const peer = tcpConnect({ host: "127.0.0.1", port: server.port });
  peer.on("error", () => {});
  const secure = kind === "plain" ? peer : tlsConnect({ socket: peer, rejectUnauthorized: false });
  secure.on("error", () => {});
  cleanups.push(
    () => server.stop(),
    () => peer.destroy(),
    () => end.wire !== null && destroy(end.wire, "the test is over"),
  );
  await eventually(() => end.isOpen);
  return { end, wire: end.wire as Wire<End>, peer, write: (bytes) => void secure.write(bytes) };
}

function watched(plain: WireSocket, end: End): WireSocket {
  return {
    write: (bytes, start, length) => plain.write(bytes, start, length),
    pause() {
      end.isPlainPaused = true;
      plain.pause();
    },
    resume: () => plain.resume(),
    shutdown: () => plain.shutdown(),
    close: () => plain.close(),
    terminate: () => plain.terminate(),
  };
}

describe("sendAll() to a peer that has reset the connection", () => {
  for (const kind of ["plain", "TLS"] as const) {
    test(`a wire hears its close that is paused behind it, ${kind}`, async () => {
      const { end, wire, peer } = await connected(kind);
      peer.resetAndDestroy();
      expect(sendAll(wire, new Uint8Array(100))).toBe(false);
      pause(wire);
      await eventually(() => end.closed !== "");
    });

    test(`so does one that is paused already, ${kind}`, async () => {
      const { end, wire, peer } = await connected(kind);
      pause(wire);
      peer.resetAndDestroy();
      expect(sendAll(wire, new Uint8Array(100))).toBe(false);
      await eventually(() => end.closed !== "");
    });
  }

  test("so does one whose TLS engine has stopped reading", async () => {
    const { end, wire, peer, write } = await connected("TLS whose hello came early");
    pause(wire);
    write(Buffer.alloc(1_000_000));
    await eventually(() => end.isPlainPaused);
    peer.resetAndDestroy();
    sendAll(wire, new Uint8Array(100));
    await eventually(() => end.closed !== "");
  });
});
