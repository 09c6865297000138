/**
 * Forwards connections, byte for byte, each to the address that is current when it comes. What listens behind can so be replaced
 * without closing the listening socket, which would lose the connections that the kernel has taken and nobody has accepted yet.
 */
import { sendAll } from "./send.ts";
import { type Address, connect, destroy, finish, listen, pause, resume } from "./transport.ts";
import type { Wire, WireHandler } from "./wire.ts";

export interface Forwarder {
  readonly port: number;
  /** Connections that are forwarded now. */
  open(): number;
  /** Takes no more connections; those that are open go on. Idempotent. */
  stop(): void;
  /** Ends those that are open. */
  cut(): void;
}

/** One end of a forwarded connection. */
interface End {
  wire: Wire<End> | null;
  other: End | null;
  /** The peer has said that it sends no more. */
  hasEnded: boolean;
}

/** Listens on `address`. @throws Error when it is taken or may not be bound. */
export function startForwarder(address: Address, target: () => Address): Forwarder {
  const clients = new Set<End>();
  const handler: WireHandler<End> = {
    onOpen(end) {
      // The client's bytes waited until there was somebody to have them.
      if (!clients.has(end) && end.other?.wire != null) resume(end.other.wire);
    },
    onData({ wire, other }, bytes) {
      if (wire !== null && other?.wire != null && !sendAll(other.wire, bytes)) pause(wire);
    },
    onDrain({ other }) {
      if (other?.wire != null) resume(other.wire);
    },
    onEnd(end) {
      end.hasEnded = true;
      if (end.other?.wire != null) finish(end.other.wire);
    },
    onClose(end, reason) {
      clients.delete(end);
      end.wire = null;
      const { other } = end;
      if (other?.wire == null) return;
      // Where both sides have ended, the end of the second may be heard as its close.
      if (end.hasEnded || other.hasEnded) finish(other.wire);
      else destroy(other.wire, reason);
    },
  };
  const server = listen<End>(address, handler, (wire) => {
    const client: End = { wire, other: null, hasEnded: false };
    const backend: End = { wire: null, other: client, hasEnded: false };
    client.other = backend;
    clients.add(client);
    pause(wire);
    backend.wire = connect(target(), handler, backend);
    return client;
  });
  return {
    port: server.port,
    open: () => clients.size,
    stop: server.stop,
    cut() {
      for (const { wire } of [...clients]) if (wire !== null) destroy(wire, "the server stops");
    },
  };
}
