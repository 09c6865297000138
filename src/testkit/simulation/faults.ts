/** What goes wrong between the ends: servers die and come back, connections break, stall, or are closed by an administrator. */
import { err } from "../answers.ts";
import { between, pick } from "./chance.ts";
import type { SimulatedClient } from "./client.ts";
import { breakPipe, type Pipe, stallPipe } from "./pipe.ts";
import { later } from "./schedule.ts";
import { endSession, killServer, reviveServer } from "./server-life.ts";
import type { ServerConnection, SimulatedServer } from "./server-types.ts";
import type { World } from "./world-types.ts";

const SERVER_FAULTS = [
  "server killed",
  "server killed",
  "server silent",
  "backend connection broken",
  "backend connection broken",
  "backend connection stalled",
  "session ended by the server",
  "idle session timed out",
  "statement killed on the server",
  "statements prepared anew",
] as const;

const CLIENT_FAULTS = ["client connection broken", "client connection stalled"] as const;

/** Of every sort. */
export type Fault = (typeof SERVER_FAULTS)[number] | (typeof CLIENT_FAULTS)[number];

/** Has the faults of the plan happen at times of chance. */
export function planFaults(world: World): void {
  const { plan, schedule, random } = world;
  for (let i = 0; i < plan.serverFaults; i++) {
    later(schedule, random() * plan.faultsMs, () => injectServerFault(world, pick(random, SERVER_FAULTS)));
  }
  for (let i = 0; i < plan.clientFaults; i++) {
    later(schedule, random() * plan.faultsMs, () => injectClientFault(world, pick(random, CLIENT_FAULTS)));
  }
}

function injectServerFault(world: World, fault: (typeof SERVER_FAULTS)[number]): void {
  const { random, schedule } = world;
  const server = pick(random, world.servers);
  switch (fault) {
    case "server killed":
    case "server silent":
      if (server.state !== "up") return;
      note(world, fault, server.name);
      killServer(server, fault === "server killed" ? "down" : "silent");
      later(schedule, between(random, 50, 8_000), () => {
        world.trace(`${server.name} is back`);
        reviveServer(server);
      });
      return;
    default: {
      const connection = someConnection(world, server, fault);
      if (connection !== null) injectConnectionFault(world, fault, connection);
    }
  }
}

/** An idle one where the fault is about those. */
function someConnection(world: World, server: SimulatedServer, fault: Fault): ServerConnection | null {
  const fitting = [...server.connections].filter(({ phase, running, waiting, inbox }) => {
    if (phase !== "serving") return false;
    if (fault === "idle session timed out") {
      return running === null && waiting.length === 0 && inbox.bytes.length === inbox.start;
    }
    return fault !== "statement killed on the server" || running !== null;
  });
  return fitting.length === 0 ? null : pick(world.random, fitting);
}

function injectConnectionFault(
  world: World,
  fault: Exclude<(typeof SERVER_FAULTS)[number], "server killed" | "server silent">,
  connection: ServerConnection,
): void {
  const { random } = world;
  const { server, pipe } = connection;
  note(world, fault, `${server.name}#${connection.id}`);
  switch (fault) {
    case "backend connection broken":
      breakPipe(pipe);
      return;
    case "backend connection stalled":
      stallPipe(pipe, between(random, 10, 15_000));
      return;
    case "session ended by the server":
      endSession(connection, "kill");
      return;
    case "idle session timed out":
      endSession(connection, server.flavour === "mysql" ? err(4031, TIMED_OUT) : "fin");
      return;
    case "statement killed on the server":
      connection.running?.end({ error: [1317, "Query execution was interrupted", "70100"] });
      return;
    case "statements prepared anew":
      for (const prepared of connection.session.prepared.values()) {
        prepared.isStale = prepared.long.size === 0 && prepared.cursor === null;
      }
  }
}

const TIMED_OUT = "The client was disconnected by the server because of inactivity.";

function injectClientFault(world: World, fault: (typeof CLIENT_FAULTS)[number]): void {
  const { random } = world;
  const fitting = world.clients.filter(({ pipe }) => pipe !== null);
  if (fitting.length === 0) return;
  const client: SimulatedClient = pick(random, fitting);
  const pipe = client.pipe as Pipe;
  note(world, fault, client.name);
  world.broken.add(client.name);
  if (fault === "client connection broken") {
    breakPipe(pipe);
  } else {
    stallPipe(pipe, between(random, 10, 15_000));
  }
}

function note(world: World, fault: Fault, where: string): void {
  world.trace(`FAULT ${fault}: ${where}`);
  world.tallies.faults.set(fault, (world.tallies.faults.get(fault) ?? 0) + 1);
}
