/**
 * The only file that touches sockets: listen, connect, short writes, pause and resume (design D17). TLS is in tls.ts.
 * A Wire is one TCP connection with one owner. Bytes handed to onData belong to the receiver.
 */
import { sharedText } from "../lib/shared-text.ts";
import { offer } from "./send.ts";
import { allowEverybody, removeStaleSocket } from "./unix-path.ts";
import { newWire, type Wire, type WireHandler } from "./wire.ts";

/** A connection that is silent for this long is asked whether its peer is still there. */
const KEEP_ALIVE_MS = 60_000;

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

/** Where wires come from. Once one is open nobody asks again, so that a simulation may hand out wires of its own. */
export interface Transport {
  readonly listen: typeof listen;
  readonly listenUnix: typeof listenUnix;
  readonly connect: typeof connect;
}

/** The kernel's sockets. */
export const socketTransport: Transport = { listen, listenUnix, connect };

/**
 * Listens on `address`; `accept` makes the owner of each new connection, or returns null to close it at once.
 * @throws Error when the address is taken or may not be bound; the message names it.
 */
export function listen<Owner>(
  address: Address,
  handler: WireHandler<Owner>,
  accept: (wire: Wire<Owner>) => Owner | null,
): TransportServer {
  const socket = acceptingHandlers(handler, accept);
  const { host: hostname, port } = address;
  const server = Bun.listen<Wire<Owner>>({ hostname, port, allowHalfOpen: true, socket });
  return { port: server.port, stop: () => server.stop(false) };
}

/**
 * Listens on a unix socket at `path`, for everybody on this machine. A socket that nobody listens on any more is
 * replaced; ours is removed by stop().
 * @throws Error when somebody listens there, the path is no socket, or may not be written.
 */
export function listenUnix<Owner>(
  path: string,
  handler: WireHandler<Owner>,
  accept: (wire: Wire<Owner>) => Owner | null,
): TransportServer {
  removeStaleSocket(path);
  const socket = acceptingHandlers(handler, accept);
  const server = Bun.listen<Wire<Owner>>({ unix: path, allowHalfOpen: true, socket });
  allowEverybody(path);
  return { port: 0, stop: () => server.stop(false) };
}

/** What sockets call that others have opened. */
export function acceptingHandlers<Owner>(
  handler: WireHandler<Owner>,
  accept: (wire: Wire<Owner>) => Owner | null,
): Bun.SocketHandler<Wire<Owner>> {
  return {
    ...socketHandlers<Owner>(),
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
  };
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

function attach<Owner>(wire: Wire<Owner>, socket: Bun.Socket<Wire<Owner>>): void {
  wire.socket = socket;
  socket.data = wire;
  // The runtime's types do not know that a unix socket has no address.
  wire.isLocal = (socket.remoteAddress as string | undefined) === undefined;
  if (wire.isLocal) {
    wire.remoteAddress = "localhost";
    return;
  }
  wire.remoteAddress = sharedText(socket.remoteAddress);
  wire.remotePort = socket.remotePort;
  wire.localAddress = sharedText(socket.localAddress);
  wire.localPort = socket.localPort;
  socket.setNoDelay(true);
  // A peer whose machine is gone says nothing, not even goodbye.
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

/** What every socket of the runtime calls, plain or inside TLS. */
export function socketHandlers<Owner>(): Bun.SocketHandler<Wire<Owner>> {
  return {
    // Not Buffers, whose slice() is no copy.
    binaryType: "uint8array",
    data(socket, bytes) {
      const wire = socket.data;
      if (socket === wire.socket) receive(wire, bytes);
      // After a TLS upgrade the plain socket goes on reporting ciphertext (design D9), most often to nobody.
      else wire.tap?.onData(bytes);
    },
    drain(socket) {
      const wire = socket.data;
      if (socket === wire.socket) flush(wire);
      else wire.tap?.onDrain();
    },
    end(socket) {
      const wire = socket.data;
      if (socket !== wire.socket) wire.tap?.onEnd();
      else if (!wire.isClosed) wire.handler.onEnd(wire.owner);
    },
    close(socket, error) {
      const wire = socket.data;
      if (wire === undefined) return;
      const reason = error?.message ?? "the peer closed the connection";
      if (socket === wire.socket) closed(wire, reason);
      else wire.tap?.onClose(reason);
    },
    error(socket, error) {
      const wire = socket.data;
      if (wire === undefined) return;
      destroy(wire, error.message);
    },
  };
}

/** Hands bytes that have come to the wire's owner. */
export function receive<Owner>(wire: Wire<Owner>, bytes: Uint8Array): void {
  wire.receivedBytes += bytes.length;
  if (wire.codec === null) {
    wire.handler.onData(wire.owner, bytes);
    return;
  }
  wire.codec.take(bytes);
  decode(wire);
}

/** Hands on what the codec makes of the bytes that have come, as far as the owner reads: little may become much. */
function decode<Owner>(wire: Wire<Owner>): void {
  while (wire.codec !== null && !wire.isPaused && !wire.isClosed) {
    let plain: Uint8Array | null;
    try {
      plain = wire.codec.next();
    } catch (error) {
      destroy(wire, error instanceof Error ? error.message : String(error));
      return;
    }
    if (plain === null) return;
    if (plain.length > 0) wire.handler.onData(wire.owner, plain);
  }
}

/** The same when the caller has done what it is at: bytes may be with the codec already. */
export function decodeSoon<Owner>(wire: Wire<Owner>): void {
  if (wire.codec !== null) queueMicrotask(() => decode(wire));
}

/** The wire is over; its owner hears it once. */
export function closed<Owner>(wire: Wire<Owner>, reason: string): void {
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

/** The socket takes bytes again: what short writes left over goes out. */
export function flush<Owner>(wire: Wire<Owner>): void {
  // A socket also says so when it has never refused any.
  if (wire.isClosed || wire.socket === null || wire.pending.length === 0) return;
  while (wire.pending.length > 0) {
    const head = wire.pending[0] as Uint8Array;
    const taken = offer(wire, wire.socket, head, wire.pendingAt, head.length - wire.pendingAt);
    wire.pendingAt += taken;
    wire.flushedBytes += taken;
    if (wire.pendingAt < head.length) return;
    wire.pending.shift();
    wire.pendingAt = 0;
  }
  if (wire.isFinishing) wire.socket.shutdown();
  else wire.handler.onDrain(wire.owner);
}

/** Stops reading; the kernel's buffer fills and the peer has to wait. */
export function pause<Owner>(wire: Wire<Owner>): void {
  if (wire.isPaused || wire.isBroken || wire.socket === null) return;
  wire.isPaused = true;
  wire.socket.pause();
}

/** Reads again after pause(). */
export function resume<Owner>(wire: Wire<Owner>): void {
  if (!wire.isPaused || wire.socket === null) return;
  wire.isPaused = false;
  wire.socket.resume();
  decodeSoon(wire);
}

/**
 * Closes in order: what was sent arrives, then a FIN. onClose follows when the peer has closed its side, too; until then
 * its bytes are still read, because the kernel resets a connection that is closed with unread bytes. In the middle of a
 * TLS handshake the wire is destroyed.
 */
export function finish<Owner>(wire: Wire<Owner>): void {
  if (wire.isFinishing || wire.isClosed) return;
  if (wire.isSecuring) return destroy(wire, "TLS: the handshake was given up");
  wire.isFinishing = true;
  resume(wire); // a paused socket would not hear the peer's FIN
  if (wire.pending.length === 0) wire.socket?.shutdown();
}

/** Closes at once, dropping what is pending. onClose is called before this returns. */
export function destroy<Owner>(wire: Wire<Owner>, reason: string): void {
  const socket = wire.socket;
  closed(wire, reason);
  socket?.terminate();
}

/** The TLS handshake of a wire is over. */
export function becomeSecure<Owner>(wire: Wire<Owner>): void {
  wire.isSecuring = false;
  wire.isTls = true;
}
