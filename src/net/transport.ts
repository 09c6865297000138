/**
 * The only file that touches sockets: listen, connect, TLS, short writes, pause and resume (design D9, D17).
 * A Wire is one TCP connection with one owner. Bytes handed to onData belong to the receiver.
 */
import { assert } from "../lib/assert.ts";

export interface WireHandler<Owner> {
  onOpen(owner: Owner): void;
  /** `bytes` is a fresh buffer that the transport forgets. */
  onData(owner: Owner, bytes: Uint8Array): void;
  /** Everything that a short write had left over is with the kernel now. */
  onDrain(owner: Owner): void;
  /** The peer will send nothing more; it may still read. */
  onEnd(owner: Owner): void;
  /** Called exactly once, also when connecting failed; `reason` is for people. */
  onClose(owner: Owner, reason: string): void;
}

export interface Wire<Owner> {
  readonly handler: WireHandler<Owner>;
  owner: Owner;
  /** null while connecting and after the close. */
  socket: Bun.Socket<Wire<Owner>> | null;
  /** What short writes left over, oldest first; [0] starts at pendingAt. */
  readonly pending: Uint8Array[];
  pendingAt: number;
  /** A FIN goes out when `pending` is empty. */
  isFinishing: boolean;
  isClosed: boolean;
  isPaused: boolean;
  isTls: boolean;
  remoteAddress: string;
}

/** Where to listen or to connect to; `host` is a name or an address. */
export interface Address {
  host: string;
  port: number;
}

export interface TransportServer {
  readonly port: number;
  /** Takes no more connections; those that are open stay. Idempotent. */
  stop(): void;
}

export interface TlsClientOptions {
  serverName: string;
  /** PEM text of the authorities to trust; the machine's own when absent. */
  ca?: string;
  /** False accepts any certificate: encryption without knowing who answers. */
  mustVerifyCertificate: boolean;
  mustVerifyName: boolean;
}

/**
 * Listens on `address`; `accept` makes the owner of each new connection, or returns null to close it at once.
 * @throws Error when the address is taken or may not be bound; the message names it.
 */
export function listen<Owner>(
  address: Address,
  handler: WireHandler<Owner>,
  accept: (wire: Wire<Owner>) => Owner | null,
): TransportServer {
  const events = socketHandlers<Owner>();
  const server = Bun.listen<Wire<Owner>>({
    hostname: address.host,
    port: address.port,
    allowHalfOpen: true,
    socket: {
      ...events,
      open(socket) {
        const wire = newWire<Owner>(handler);
        attach(wire, socket);
        const owner = accept(wire);
        if (owner === null) {
          wire.isClosed = true; // its events are nobody's
          socket.end();
          return;
        }
        wire.owner = owner;
        handler.onOpen(owner);
      },
    },
  });
  return { port: server.port, stop: () => server.stop(false) };
}

/** Connects to `address`. The owner hears onOpen, or onClose with the reason. */
export function connect<Owner>(address: Address, handler: WireHandler<Owner>, owner: Owner): Wire<Owner> {
  const wire = newWire<Owner>(handler);
  wire.owner = owner;
  const events = socketHandlers<Owner>();
  Bun.connect<Wire<Owner>>({
    hostname: address.host,
    port: address.port,
    allowHalfOpen: true,
    data: wire,
    socket: {
      ...events,
      open(socket) {
        if (wire.isClosed) {
          socket.terminate();
          return;
        }
        attach(wire, socket);
        handler.onOpen(owner);
      },
      connectError: (_socket, error) => closed(wire, connectReason(error)),
    },
  }).catch((error: unknown) => closed(wire, connectReason(error)));
  return wire;
}

function newWire<Owner>(handler: WireHandler<Owner>): Wire<Owner> {
  return {
    handler,
    owner: undefined as Owner, // set by listen or connect before anybody can see the wire
    socket: null,
    pending: [],
    pendingAt: 0,
    isFinishing: false,
    isClosed: false,
    isPaused: false,
    isTls: false,
    remoteAddress: "",
  };
}

function attach<Owner>(wire: Wire<Owner>, socket: Bun.Socket<Wire<Owner>>): void {
  wire.socket = socket;
  wire.remoteAddress = socket.remoteAddress;
  socket.data = wire;
  socket.setNoDelay(true);
}

function socketHandlers<Owner>(): Bun.SocketHandler<Wire<Owner>> {
  return {
    data(socket, bytes) {
      const wire = socket.data;
      // After a TLS upgrade the plain socket goes on reporting ciphertext (design D9): it is nobody's business.
      if (socket === wire.socket) wire.handler.onData(wire.owner, bytes);
    },
    drain(socket) {
      const wire = socket.data;
      if (socket === wire.socket) flush(wire);
    },
    end(socket) {
      const wire = socket.data;
      if (socket === wire.socket && !wire.isClosed) wire.handler.onEnd(wire.owner);
    },
    close(socket, error) {
      const wire = socket.data;
      if (wire !== undefined && socket === wire.socket)
        closed(wire, error?.message ?? "the peer closed the connection");
    },
    error(socket, error) {
      const wire = socket.data;
      if (wire === undefined) return;
      destroy(wire, error.message);
    },
  };
}

function closed<Owner>(wire: Wire<Owner>, reason: string): void {
  if (wire.isClosed) return;
  wire.isClosed = true;
  wire.socket = null;
  wire.pending.length = 0;
  wire.handler.onClose(wire.owner, reason);
}

function connectReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return "connection refused";
  return error instanceof Error ? error.message || code : String(error);
}

/**
 * Sends [start, end) of `bytes`, in order after everything sent before. Returns false when the peer takes no more for
 * now: stop producing until onDrain. What the kernel did not take is copied, so the caller may reuse its buffer.
 */
export function send<Owner>(wire: Wire<Owner>, bytes: Uint8Array, start: number, end: number): boolean {
  if (wire.isClosed || wire.isFinishing || wire.socket === null) return true; // nobody is there to read it
  if (wire.pending.length > 0) {
    wire.pending.push(bytes.slice(start, end));
    return false;
  }
  const taken = Math.max(0, wire.socket.write(bytes, start, end - start));
  if (taken >= end - start) return true;
  wire.pending.push(bytes.slice(start + taken, end));
  return false;
}

/** Sends all of `bytes`, as send() does. */
export function sendAll<Owner>(wire: Wire<Owner>, bytes: Uint8Array): boolean {
  return send(wire, bytes, 0, bytes.length);
}

function flush<Owner>(wire: Wire<Owner>): void {
  if (wire.isClosed || wire.socket === null) return;
  while (wire.pending.length > 0) {
    const head = wire.pending[0] as Uint8Array;
    const taken = Math.max(0, wire.socket.write(head, wire.pendingAt, head.length - wire.pendingAt));
    wire.pendingAt += taken;
    if (wire.pendingAt < head.length) return;
    wire.pending.shift();
    wire.pendingAt = 0;
  }
  if (wire.isFinishing) wire.socket.end();
  else wire.handler.onDrain(wire.owner);
}

/** True while a short write waits for the peer. */
export function isBackedUp<Owner>(wire: Wire<Owner>): boolean {
  return wire.pending.length > 0;
}

/** Stops reading; the kernel's buffer fills and the peer has to wait. */
export function pause<Owner>(wire: Wire<Owner>): void {
  if (wire.isPaused || wire.socket === null) return;
  wire.isPaused = true;
  wire.socket.pause();
}

/** Reads again after pause(). */
export function resume<Owner>(wire: Wire<Owner>): void {
  if (!wire.isPaused || wire.socket === null) return;
  wire.isPaused = false;
  wire.socket.resume();
}

/** Closes in order: what was sent arrives, then a FIN. onClose follows. */
export function finish<Owner>(wire: Wire<Owner>): void {
  if (wire.isFinishing || wire.isClosed) return;
  wire.isFinishing = true;
  resume(wire); // a paused socket would not hear the peer's FIN
  if (wire.pending.length === 0) wire.socket?.end();
}

/** Closes at once, dropping what is pending. onClose is called before this returns. */
export function destroy<Owner>(wire: Wire<Owner>, reason: string): void {
  const socket = wire.socket;
  closed(wire, reason);
  socket?.terminate();
}

/** Starts TLS as the client of a protocol that began in plain text. onData goes on with the plain text inside. */
export function upgradeToTlsClient<Owner>(wire: Wire<Owner>, options: TlsClientOptions, onSecure: () => void): void {
  assert(wire.socket !== null, "TLS starts on an open wire");
  const events = socketHandlers<Owner>();
  const [, secure] = wire.socket.upgradeTLS<Wire<Owner>>({
    data: wire,
    tls: {
      serverName: options.serverName,
      rejectUnauthorized: false, // judged below: the runtime cannot be told to leave the name alone
      ...(options.ca === undefined ? {} : { ca: options.ca }),
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
        wire.isTls = true;
        onSecure();
      },
    },
  });
  wire.socket = secure;
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
