/** Loopback ports: free ones for servers that stay, and whether someone listens. */
import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";

/** Below the range that the kernel hands to outgoing connections. */
const PORT_FIRST = 20_000;
const PORT_END = 30_000;

/** Handed out by this process; who asked may not listen yet. */
const taken = new Set<number>();

/** A loopback port that nothing listens on now, and that nobody else in this process was told. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORT_FIRST, PORT_END);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${PORT_FIRST} and ${PORT_END} on 127.0.0.1`);
}

/** True when a listener on 127.0.0.1:`port` can be opened now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** True when something accepts on 127.0.0.1:`port`. Unlike `isFree` it never takes the port from a server that is about to listen. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
