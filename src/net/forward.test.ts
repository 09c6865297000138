import { afterEach, expect, test } from "bun:test";
import { connect, createServer } from "node:net";
import { eventually } from "../testkit/eventually.ts";
import { freePort } from "../testkit/servers/port.ts";
import { startForwarder } from "./forward.ts";

const stops: Array<() => void> = [];
afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop();
});

/** A server that says who it is to every client, then sends back what it gets, and ends when the client does. */
async function anEcho(greeting: string) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.write(greeting);
    socket.pipe(socket);
    socket.on("error", () => {});
  });
  stops.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: "127.0.0.1", port: (server.address() as { port: number }).port };
}

function aClient(port: number) {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const state = { text: "", isClosed: false, isEnded: false };
  socket.on("data", (bytes) => {
    state.text += bytes.toString("latin1");
  });
  socket.on("end", () => {
    state.isEnded = true;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    state.isClosed = true;
  });
  stops.push(() => socket.destroy());
  return { socket, state };
}

test("startForwarder() hands each connection to the address that is current, and leaves it there", async () => {
  const [first, second] = [await anEcho("1"), await anEcho("2")];
  let target = first;
  const forwarder = startForwarder({ host: "127.0.0.1", port: 0 }, () => target);
  stops.push(forwarder.stop);
  const a = aClient(forwarder.port);
  a.socket.write("a");
  await eventually(() => a.state.text.length === 2);
  target = second;
  const b = aClient(forwarder.port);
  b.socket.write("b");
  a.socket.write("a");
  await eventually(() => a.state.text.length + b.state.text.length === 5);
  expect([a.state.text, b.state.text, forwarder.open()]).toEqual(["1aa", "2b", 2]);
  a.socket.end();
  await eventually(() => a.state.isClosed);
  expect(a.state.isEnded).toBe(true);
  await eventually(() => forwarder.open() === 1);
});

test("startForwarder() holds a fast sender back, and loses no byte of it", async () => {
  const echo = await anEcho("");
  const forwarder = startForwarder({ host: "127.0.0.1", port: 0 }, () => echo);
  stops.push(forwarder.stop);
  const client = aClient(forwarder.port);
  const sent = "0123456789abcdef".repeat(1 << 16);
  client.socket.end(sent);
  await eventually(() => client.state.isEnded);
  expect(client.state.text === sent).toBe(true);
});

test("startForwarder() closes a client whose server is not there, and one whose server goes", async () => {
  const nobody = { host: "127.0.0.1", port: await freePort() };
  const forwarder = startForwarder({ host: "127.0.0.1", port: 0 }, () => nobody);
  stops.push(forwarder.stop);
  const client = aClient(forwarder.port);
  client.socket.write("x");
  await eventually(() => client.state.isClosed);
  expect(client.state.text).toBe("");

  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => socket.terminate() } });
  stops.push(() => server.stop(true));
  const other = startForwarder({ host: "127.0.0.1", port: 0 }, () => ({ host: "127.0.0.1", port: server.port }));
  stops.push(other.stop);
  const lost = aClient(other.port);
  lost.socket.write("x");
  await eventually(() => lost.state.isClosed);
  await eventually(() => other.open() === 0);
});

test("stop() leaves open connections alone, cut() does not", async () => {
  const echo = await anEcho("");
  const forwarder = startForwarder({ host: "127.0.0.1", port: 0 }, () => echo);
  const client = aClient(forwarder.port);
  client.socket.write("a");
  await eventually(() => client.state.text === "a");
  forwarder.stop();
  client.socket.write("b");
  await eventually(() => client.state.text === "ab");
  forwarder.cut();
  await eventually(() => client.state.isClosed);
  expect(forwarder.open()).toBe(0);
});
