/** Where listeners are reached: sockets that outlive configurations, so that a port that stays is never without somebody behind it. */
import type { ListenerConfig } from "../api/proxy-config.ts";
import { parseAddress } from "../lib/address.ts";
import { assert } from "../lib/assert.ts";
import type { TransportServer } from "../net/transport.ts";
import type { Wire } from "../net/wire.ts";
import { acceptClient, clientHandler } from "./client.ts";
import type { Edges } from "./generation.ts";
import type { Listener, Port, Session } from "./session.ts";

/** Where a listener wants to be reached. */
interface Wanted {
  readonly written: string;
  readonly kind: Port["kind"];
  readonly listener: Listener;
  /** What the configuration calls the listener. */
  readonly name: string;
}

/** What opening ports has done so far, so that it can be undone. */
interface Opening {
  readonly edges: Edges;
  readonly nextId: () => number;
  readonly opened: Port[];
  /** Stood in the way of a wanted one. */
  readonly closed: Port[];
}

/** The ports of a configuration, in the order in which they are wanted. */
export interface Ports {
  readonly ports: readonly Port[];
  /** Those of them that were not there before. */
  readonly opened: readonly Port[];
  /** What nobody wants any more. They still listen. */
  readonly surplus: readonly Port[];
}

/** Where listeners are to be reached; `config` is what a listener will have. */
export function portsWanted(listeners: readonly Listener[], configs: readonly ListenerConfig[]): Wanted[] {
  return configs.flatMap(({ name, listen_addr, socket }, index) => {
    const listener = listeners[index] as Listener;
    const tcp: Wanted = { written: listen_addr, kind: "tcp", listener, name };
    return socket === undefined ? [tcp] : [tcp, { written: socket, kind: "unix", listener, name }];
  });
}

/** Whoever connects comes to the listener that wants the port, from now on. */
export function assignPorts(wanted: readonly Wanted[], ports: readonly Port[]): void {
  for (const { listener } of wanted) {
    listener.server = null;
    listener.socketServer = null;
  }
  for (const [index, { listener, kind }] of wanted.entries()) {
    const port = ports[index] as Port;
    port.listener = listener;
    if (kind === "tcp") listener.server = port;
    else listener.socketServer = port;
  }
}

/** The ports that a listener has. */
export function portsOf({ server, socketServer }: Listener): Port[] {
  return [server, socketServer].filter((port) => port !== null);
}

/**
 * Finds each wanted port among `existing`, or opens it. The caller then says whose each of them is.
 * @throws Error that names the listener and the address when a port cannot be had; then everything is as it was.
 */
export function openPorts(
  wanted: readonly Wanted[],
  existing: readonly Port[],
  edges: Edges,
  nextId: () => number,
): Ports {
  const free = [...existing];
  const take = (fits: (port: Port) => boolean) => {
    const at = free.findIndex(fits);
    return at < 0 ? null : (free.splice(at, 1)[0] ?? null);
  };
  const isSame = (port: Port, { written, kind }: Wanted) => port.written === written && port.kind === kind;
  const own = wanted.map((each) => take((port) => isSame(port, each) && port.listener === each.listener));
  const ports = wanted.map((each, index) => own[index] ?? take((port) => isSame(port, each) && !isAnyPort(port)));
  const opening: Opening = { edges, nextId, opened: [], closed: [] };
  try {
    const all = ports.map((port, index) => port ?? openPort(wanted[index] as Wanted, free, opening));
    const surplus = free.filter((port) => !opening.closed.includes(port));
    return { ports: all, opened: opening.opened, surplus };
  } catch (error) {
    for (const port of opening.opened) port.server.stop();
    for (const port of opening.closed) reopen(port, opening);
    throw error;
  }
}

/** Each call finds another one. */
function isAnyPort({ kind, written }: Port): boolean {
  return kind === "tcp" && parseAddress(written)?.port === 0;
}

function openPort(wanted: Wanted, leaving: readonly Port[], opening: Opening): Port {
  const { written, kind, listener } = wanted;
  const port = { written, kind, listener, port: 0, server: { port: 0, stop() {} } };
  try {
    port.server = listenAt(port, opening);
  } catch (cause) {
    // The same port on other addresses of this machine may be one that is about to be left.
    const inTheWay = leaving.filter((other) => isSamePort(other, port) && !opening.closed.includes(other));
    if (inTheWay.length === 0) throw cannotListen(wanted, cause);
    for (const other of inTheWay) {
      other.server.stop();
      opening.closed.push(other);
    }
    port.server = tryListen(wanted, port, opening);
  }
  port.port = port.server.port;
  opening.opened.push(port);
  return port;
}

function tryListen(wanted: Wanted, port: Port, opening: Opening): TransportServer {
  try {
    return listenAt(port, opening);
  } catch (cause) {
    throw cannotListen(wanted, cause);
  }
}

function reopen(port: Port, opening: Opening): void {
  try {
    port.server = listenAt(port, opening);
  } catch (error) {
    const fields = { domain: port.listener.config.name, address: port.written, error: String(error) };
    opening.edges.log.error("a port could not be opened again", fields);
  }
}

function isSamePort(left: Port, right: Port): boolean {
  if (left.kind !== "tcp" || right.kind !== "tcp") return false;
  return parseAddress(left.written)?.port === parseAddress(right.written)?.port;
}

function listenAt(port: Port, { edges, nextId }: Opening): TransportServer {
  const accept = (wire: Wire<Session>) => acceptClient(port.listener, wire, nextId);
  if (port.kind === "unix") return edges.transport.listenUnix<Session>(port.written, clientHandler, accept);
  const address = parseAddress(port.written);
  assert(address !== null, "the configuration has been checked");
  return edges.transport.listen<Session>(address, clientHandler, accept);
}

/** What is said of a port that cannot be had. */
export function cannotListen({ name, written, kind }: Omit<Wanted, "listener">, cause: unknown): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  const remedy =
    kind === "unix" ? "end what uses the path, or change socket" : "end what uses the address, or change listen_addr";
  return new Error(`listener ${name} cannot listen on ${written} (${reason}): ${remedy}`, { cause });
}
