/** A Wire: one connection with one owner. What moves its bytes is in transport.ts. */

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

/** What a wire needs of a socket; a TLS engine without a socket of its own has it, too. */
export interface WireSocket {
  /** Returns how many bytes were taken; less than 0 when there is nobody any more to take them. */
  write(bytes: Uint8Array, start: number, length: number): number;
  pause(): void;
  resume(): void;
  /** A FIN; bytes that come are still read. */
  shutdown(): void;
  /** Gives the socket up: a FIN without a goodbye of TLS; bytes that come later are answered with a reset. */
  close(): void;
  terminate(): void;
}

/** Hears of the ciphertext of a wire whose TLS engine has no socket of its own. */
export interface CipherTap {
  onData(bytes: Uint8Array): void;
  onDrain(): void;
  onEnd(): void;
  onClose(reason: string): void;
}

/** What stands between the bytes of a socket and those of its owner: compression. */
export interface WireCodec {
  /** Fresh bytes to be sent for [start, end) of `bytes`. */
  encode(bytes: Uint8Array, start: number, end: number): Uint8Array;
  /** Takes bytes that have come; next() reads them. */
  take(bytes: Uint8Array): void;
  /** Fresh bytes, null while there are none. @throws Error, which ends the wire. */
  next(): Uint8Array | null;
}

export interface Wire<Owner> {
  readonly handler: WireHandler<Owner>;
  owner: Owner;
  /** null while connecting and after the close. */
  socket: WireSocket | null;
  /** null but for the wires of duplex-tls.ts. */
  tap: CipherTap | null;
  /** null while bytes pass as they are. */
  codec: WireCodec | null;
  /** What short writes left over, oldest first; [0] starts at pendingAt. */
  readonly pending: Uint8Array[];
  pendingAt: number;
  /** All bytes that have come, compressed if they are. */
  receivedBytes: number;
  /** Of what waited there the peer has taken so many bytes, all in all. */
  flushedBytes: number;
  /** A FIN goes out when `pending` is empty. */
  isFinishing: boolean;
  isClosed: boolean;
  isPaused: boolean;
  /** A write has found the connection broken: its end is about to be told. */
  isBroken: boolean;
  isTls: boolean;
  /** A unix socket: both ends are on this machine. */
  isLocal: boolean;
  /** TLS has been asked for and is not there yet: nothing can be said. */
  isSecuring: boolean;
  /** "localhost" over a unix socket. */
  remoteAddress: string;
  remotePort: number;
  localAddress: string;
  localPort: number;
}

/** A wire whose owner and socket are still to come. */
export function newWire<Owner>(handler: WireHandler<Owner>): Wire<Owner> {
  return {
    handler,
    owner: undefined as Owner, // set by listen or connect before anybody can see the wire
    socket: null,
    tap: null,
    codec: null,
    pending: [],
    pendingAt: 0,
    receivedBytes: 0,
    flushedBytes: 0,
    isFinishing: false,
    isClosed: false,
    isPaused: false,
    isBroken: false,
    isTls: false,
    isLocal: false,
    isSecuring: false,
    remoteAddress: "",
    remotePort: 0,
    localAddress: "",
    localPort: 0,
  };
}

/** True when nobody between the two ends can read along. */
export function isSecure<Owner>(wire: Wire<Owner>): boolean {
  return wire.isTls || wire.isLocal;
}

/** True while a short write waits for the peer. */
export function isBackedUp<Owner>(wire: Wire<Owner>): boolean {
  return wire.pending.length > 0;
}
