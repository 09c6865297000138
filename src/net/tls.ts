/** TLS on a wire that began in plain text, as either side (design D9). */
import { assert } from "../lib/assert.ts";
import { upgradeThroughDuplex } from "./duplex-tls.ts";
import { complaintOfClient, type TlsClientOptions, type TlsServerOptions } from "./tls-options.ts";
import { becomeSecure, destroy, socketHandlers } from "./transport.ts";
import type { Wire } from "./wire.ts";

/** Starts TLS as the client of a protocol that began in plain text. onData goes on with the plain text inside. */
export function upgradeToTlsClient<Owner>(wire: Wire<Owner>, options: TlsClientOptions, onSecure: () => void): void {
  const events = socketHandlers<Owner>();
  const [, secure] = plainSocket(wire).upgradeTLS<Wire<Owner>>({
    data: wire,
    tls: {
      serverName: options.serverName,
      rejectUnauthorized: false, // judged below: the runtime cannot be told to leave the name alone
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...options.own,
    },
    socket: {
      ...events,
      handshake(_socket, _isAuthorized, error) {
        if (wire.isClosed) return;
        const complaint = complaintOf(options, error);
        if (complaint !== null) {
          destroy(wire, `TLS: ${complaint}`);
          return;
        }
        becomeSecure(wire);
        onSecure();
      },
    },
  });
  wire.socket = secure;
  wire.isSecuring = true;
}

/** What is wrong with the server's certificate as far as `options` look at it, or with the handshake itself. */
function complaintOf(options: TlsClientOptions, error: Error | null): string | null {
  if (error === null) return null;
  const code = "code" in error ? String(error.code) : "";
  const isBroken = /^E[A-Z]+$/.test(code); // EPROTO, ECONNRESET; certificates have longer names for what they lack
  const isName = code === "ERR_TLS_CERT_ALTNAME_INVALID"; // looked at last, so all else is well
  const isAccepted = isName ? !options.mustVerifyName : !options.mustVerifyCertificate;
  return isAccepted && !isBroken ? null : error.message;
}

/**
 * Starts TLS as the server of a protocol that began in plain text. `early` is what the client sent behind the plain text
 * and is no plain text any more. `onEnd` hears null, or why there is no TLS; the wire is destroyed then. It may hear
 * nothing when the client goes away.
 */
export function upgradeToTlsServer<Owner>(
  wire: Wire<Owner>,
  options: TlsServerOptions,
  early: Uint8Array,
  onEnd: (failure: string | null) => void,
): void {
  if (early.length > 0) upgradeThroughDuplex(wire, options, early, onEnd);
  else upgradeSocket(wire, options, onEnd);
}

function upgradeSocket<Owner>(
  wire: Wire<Owner>,
  options: TlsServerOptions,
  onEnd: (failure: string | null) => void,
): void {
  const { cert, key, ca } = options;
  const mustVerify = ca !== undefined;
  const events = socketHandlers<Owner>();
  const end = (failure: string | null) => {
    onEnd(failure);
    if (failure === null) becomeSecure(wire);
    else destroy(wire, failure);
  };
  const upgrade = {
    data: wire,
    isServer: true, // the runtime knows it, its types do not
    tls: { cert, key, requestCert: mustVerify, rejectUnauthorized: false, ...(mustVerify ? { ca } : {}) },
    socket: {
      ...events,
      handshake(socket: Bun.Socket<Wire<Owner>>, isDone: boolean, error: Error | null) {
        if (wire.isClosed || wire.isTls) return;
        const reason = error?.message ?? "no handshake";
        const shown = { certificate: socket.getPeerCertificate(), isAuthorized: socket.authorized, reason };
        const complaint = isDone ? complaintOfClient(options, shown) : reason;
        end(complaint === null ? null : `TLS: ${complaint}`);
      },
    },
  };
  const [, secure] = plainSocket(wire).upgradeTLS<Wire<Owner>>(upgrade);
  wire.socket = secure;
  wire.isSecuring = true;
}

/** Every wire's socket is one of the runtime's until TLS takes its place. */
function plainSocket<Owner>(wire: Wire<Owner>): Bun.Socket<Wire<Owner>> {
  assert(wire.socket !== null && wire.tap === null && !wire.isTls, "TLS starts once, on an open wire");
  return wire.socket as unknown as Bun.Socket<Wire<Owner>>;
}
