/**
 * Listening where other event loops of this process do, too. The kernel gives each of them a part of the connections
 * (SO_REUSEPORT, see claim.ts); one that has got a connection may let another one go on with it, because the descriptors of
 * a process are all its threads'.
 */
import type { Libc } from "../lib/libc.ts";
import { type Address, acceptingHandlers, type TransportServer } from "./transport.ts";
import type { Wire, WireHandler } from "./wire.ts";

export interface SharedServer extends TransportServer {
  /** Goes on with a connection that another event loop has detached; its `descriptor` is this one's now. */
  adopt(descriptor: number): void;
}

/**
 * Asked for each connection that comes. True when another event loop goes on with it: `detach` lets go of it and returns its
 * descriptor, less than 0 when it has to stay here.
 */
export type PassOn = (detach: (libc: Libc) => number) => boolean;

/** Listens as listen() of transport.ts does. @throws Error when the address is taken by somebody who does not share it. */
export function listenShared<Owner>(
  address: Address,
  handler: WireHandler<Owner>,
  accept: (wire: Wire<Owner>) => Owner | null,
  passOn: PassOn,
): SharedServer {
  const own = acceptingHandlers(handler, accept);
  const socket: typeof own = {
    ...own,
    open(connection) {
      if (!passOn((libc) => detach(connection, libc))) own.open?.(connection);
    },
  };
  const { host: hostname, port } = address;
  // bun-types does not know the option.
  const sharing: object = { reusePort: true };
  const server = Bun.listen<Wire<Owner>>({ ...sharing, hostname, port, allowHalfOpen: true, socket });
  return {
    port: server.port,
    stop: () => server.stop(false),
    adopt(descriptor) {
      // bun-types knows descriptors, and not that this takes them.
      const from = { fd: descriptor } as unknown as Bun.TCPSocketConnectOptions<Wire<Owner>>;
      // When it fails the connection has ended meanwhile, and nobody has begun with it.
      Bun.connect<Wire<Owner>>({ ...from, allowHalfOpen: true, socket: own }).catch(() => {});
    },
  };
}

/** Lets go of a connection of which nobody has read. It is not closed: a second descriptor keeps it, which is returned. */
function detach<Owner>(socket: Bun.Socket<Wire<Owner>>, libc: Libc): number {
  // bun-types does not know it.
  const { fd } = socket as unknown as { fd: number };
  const descriptor = libc.dup(fd);
  if (descriptor >= 0) socket.close();
  return descriptor;
}
