/**
 * TLS as a server when the first bytes of the client's hello have been read already: they came in one segment with the
 * plain text before them. The runtime's upgradeTLS cannot be given those, so the engine runs over a stream that we feed.
 */
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { assert } from "../lib/assert.ts";
import { complaintOfClient, type TlsServerOptions } from "./tls-options.ts";
import { becomeSecure, closed, destroy, flush, receive } from "./transport.ts";
import type { Wire, WireSocket } from "./wire.ts";

/** Makes `wire` a TLS server whose client has sent `early` already. `onEnd` is called as upgradeToTlsServer says. */
export function upgradeThroughDuplex<Owner>(
  wire: Wire<Owner>,
  options: TlsServerOptions,
  early: Uint8Array,
  onEnd: (failure: string | null) => void,
): void {
  const plain = wire.socket;
  assert(plain !== null && wire.tap === null, "TLS starts once, on an open wire");
  // An engine that gives up tells the client why, and ends; to us it says nothing.
  const onPlainClose = (reason: string) => {
    if (!wire.isTls && !wire.isClosed) onEnd("TLS: the handshake broke");
    closed(wire, reason);
  };
  const cipher = cipherStream(wire, plain, onPlainClose);
  const { cert, key, ca } = options;
  const mustVerify = ca !== undefined;
  const engine = new TLSSocket(cipher, {
    isServer: true,
    cert,
    key,
    requestCert: mustVerify,
    rejectUnauthorized: false, // judged in onSecure, as upgradeToTlsServer does
    ...(mustVerify ? { ca } : {}),
  });
  wire.socket = engineSocket(engine, cipher, plain);
  wire.isSecuring = true;
  engine.on("secure", () => {
    if (wire.isClosed || wire.isTls) return;
    const complaint = complaintOfClient(options, {
      certificate: engine.getPeerCertificate(),
      isAuthorized: engine.authorized,
      reason: String(engine.authorizationError),
    });
    if (complaint !== null) {
      const failure = `TLS: ${complaint}`;
      onEnd(failure);
      destroy(wire, failure);
      return;
    }
    becomeSecure(wire);
    onEnd(null);
  });
  engine.on("data", (bytes: Buffer) => {
    if (!wire.isClosed) receive(wire, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  });
  engine.on("drain", () => flush(wire));
  engine.on("end", () => {
    if (!wire.isClosed) wire.handler.onEnd(wire.owner);
  });
  engine.on("error", (error: Error) => {
    if (wire.isClosed) return;
    const failure = `TLS: ${error.message}`;
    if (!wire.isTls) onEnd(failure);
    destroy(wire, failure);
  });
  cipher.push(early);
}

/** What the engine reads and writes instead of a socket; the plain socket's events reach it through `wire.tap`. */
function cipherStream<Owner>(wire: Wire<Owner>, plain: WireSocket, onClose: (reason: string) => void): Duplex {
  let rest: Uint8Array | null = null;
  let written: (() => void) | null = null;
  const writeRest = () => {
    while (rest !== null && rest.length > 0) {
      const taken = plain.write(rest, 0, rest.length);
      if (taken < 0) {
        // As for any wire: who does not read does not hear that there is nobody any more.
        wire.isBroken = true;
        plain.resume();
      }
      if (taken <= 0) return;
      rest = rest.subarray(taken);
    }
    rest = null;
    const callback = written;
    written = null;
    callback?.();
  };
  const cipher = new Duplex({
    read() {
      plain.resume();
    },
    write(chunk: Buffer, _encoding, callback) {
      rest = chunk;
      written = callback;
      writeRest();
    },
    final(callback) {
      plain.shutdown();
      callback();
    },
  });
  wire.tap = {
    onData(bytes) {
      if (!cipher.push(bytes) && !wire.isBroken) plain.pause();
    },
    onDrain: writeRest,
    onEnd() {
      cipher.push(null);
    },
    onClose(reason) {
      onClose(reason);
      cipher.destroy();
    },
  };
  return cipher;
}

/** The engine as a wire's socket. A write is taken whole, or not at all while the engine has enough to do. */
function engineSocket(engine: TLSSocket, cipher: Duplex, plain: WireSocket): WireSocket {
  return {
    write(bytes, start, length) {
      if (engine.writableNeedDrain || engine.destroyed) return 0;
      engine.write(bytes.slice(start, start + length));
      return length;
    },
    pause: () => engine.pause(),
    resume: () => engine.resume(),
    shutdown: () => engine.end(),
    close() {
      plain.close();
      engine.destroy();
      cipher.destroy();
    },
    terminate() {
      engine.destroy();
      cipher.destroy();
      plain.terminate();
    },
  };
}
