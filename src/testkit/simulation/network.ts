/** The network of a simulation: who listens where, and what becomes of those who connect. */
import type { Random } from "../../lib/random.ts";
import type { Address, Transport } from "../../net/transport.ts";
import { closed } from "../../net/transport.ts";
import { newWire, type Wire, type WireHandler } from "../../net/wire.ts";
import { openPipe, type Pipe, type Weather } from "./pipe.ts";
import { later, type Schedule } from "./schedule.ts";

/** A database, as far as the network knows it. */
export interface Host {
  /** "down" refuses at once, "silent" is a machine that is gone: nothing comes back. */
  state: "up" | "down" | "silent";
  accept<Near>(near: Wire<Near>): Pipe;
}

/** Takes in a client: makes the proxy's wire and joins it with the client's. */
type Door = <Near>(near: Wire<Near>, from: string, tap: (bytes: Uint8Array) => void) => Pipe;

export interface Network {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly weather: () => Weather;
  readonly hosts: Map<string, Host>;
  /** Of the proxy's listeners, by port. */
  readonly doors: Map<number, Door>;
  readonly transport: Transport;
}

/** Nobody is there yet. `weather` is asked for each connection. */
export function newNetwork(schedule: Schedule, random: Random, weather: () => Weather): Network {
  const network: Network = {
    schedule,
    random,
    weather,
    hosts: new Map(),
    doors: new Map(),
    transport: {
      listen: (address, handler, accept) => listen(network, address, handler, accept),
      listenUnix() {
        throw new Error("a simulation has no unix sockets");
      },
      connect: (address, handler, owner) => connect(network, address, handler, owner),
    },
  };
  return network;
}

function listen<Owner>(
  network: Network,
  { port }: Address,
  handler: WireHandler<Owner>,
  accept: (wire: Wire<Owner>) => Owner | null,
): { port: number; stop: () => void } {
  if (network.doors.has(port)) throw new Error(`port ${port} is taken`);
  const { schedule, random } = network;
  network.doors.set(port, (near, from, tap) => {
    const wire = newWire(handler);
    const pipe = openPipe({ schedule, random, weather: network.weather(), tap }, near, wire);
    wire.remoteAddress = from;
    wire.localAddress = "10.0.0.1";
    wire.localPort = port;
    const owner = accept(wire);
    if (owner === null) {
      wire.isClosed = true;
      wire.socket?.shutdown();
      return pipe;
    }
    wire.owner = owner;
    handler.onOpen(owner);
    return pipe;
  });
  return { port, stop: () => void network.doors.delete(port) };
}

function connect<Owner>(network: Network, address: Address, handler: WireHandler<Owner>, owner: Owner): Wire<Owner> {
  const { schedule, random } = network;
  const wire = newWire(handler);
  wire.owner = owner;
  later(schedule, random() * 3, () => {
    const host = network.hosts.get(`${address.host}:${address.port}`);
    if (wire.isClosed || host?.state === "silent") return;
    if (host === undefined || host.state === "down") {
      closed(wire, "connection refused");
      return;
    }
    wire.remoteAddress = address.host;
    wire.remotePort = address.port;
    host.accept(wire);
    handler.onOpen(owner);
  });
  return wire;
}

/** A client connects to the proxy's `port`; null when nobody listens. */
export function dial<Near>(
  network: Network,
  port: number,
  near: Wire<Near>,
  from: string,
  tap: (bytes: Uint8Array) => void,
): Pipe | null {
  return network.doors.get(port)?.(near, from, tap) ?? null;
}
