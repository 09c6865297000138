/** How sessions of simulated servers end, and servers. */
import { sendAll } from "../../net/send.ts";
import { destroy, finish } from "../../net/transport.ts";
import { packetsOf } from "../packet-stream.ts";
import { leaveDatabase } from "./model/database.ts";
import { breakPipe } from "./pipe.ts";
import { later } from "./schedule.ts";
import type { ServerConnection, SimulatedServer } from "./server-types.ts";

/** After this long the kernel gives up a connection whose machine is gone. */
const KEEP_ALIVE_MS = 60_000;

/** The session ends, whatever it was doing. */
export function leave(connection: ServerConnection): void {
  if (connection.phase === "gone") return;
  connection.phase = "gone";
  connection.running = null;
  const { server } = connection;
  server.connections.delete(connection);
  server.blocked.delete(connection);
  leaveDatabase(server.database, connection);
}

/** kill -9, or the machine is gone: every session ends, what was not committed is lost. */
export function killServer(server: SimulatedServer, state: "down" | "silent"): void {
  server.state = state;
  for (const connection of [...server.connections]) {
    leave(connection);
    if (state === "down") {
      breakPipe(connection.pipe);
    } else {
      connection.pipe.weather.capacity = 0;
      later(server.world.schedule, KEEP_ALIVE_MS, () => breakPipe(connection.pipe));
    }
  }
}

/** Takes connections again. */
export function reviveServer(server: SimulatedServer): void {
  server.state = "up";
}

/** Ends one session: with a packet, in order without one, or at once. */
export function endSession(connection: ServerConnection, how: Uint8Array | "fin" | "kill"): void {
  leave(connection);
  if (how === "kill") return destroy(connection.wire, "killed");
  if (how !== "fin") sendAll(connection.wire, packetsOf([how]));
  finish(connection.wire);
}
