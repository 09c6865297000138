/**
 * What a statement leaves on the heap, on the whole way from the client's bytes to the end of the answer: nothing. The
 * wires of a session that has logged in are driven by hand, because the runtime's sockets make a buffer for each read.
 */
import { heapStats } from "bun:jsc";
import { afterEach, expect, test } from "bun:test";
import { COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { socketTransport, type Transport } from "../net/transport.ts";
import type { Wire, WireHandler, WireSocket } from "../net/wire.ts";
import { resultSet, textRow } from "../testkit/answers.ts";
import { ask, commandBytes } from "../testkit/fake-client.ts";
import { newRig } from "../testkit/rig.ts";

const STATEMENTS = 20_000;
const TEXT = "SELECT c FROM sbtest1 WHERE id = 42";
const WITH_PARAMETER = "SELECT c FROM sbtest1 WHERE id = ?";
/** Statement id, no cursor, one iteration; nothing is NULL, types follow: a LONGLONG, which is 42. */
const EXECUTE = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 8, 0, 42, 0, 0, 0, 0, 0, 0, 0);
const RULES = {
  circuit_break: [{ regex: ["^delete"], case_insensitive: true }],
  concurrency_control: [{ regex: ["^insert"], case_insensitive: true, max_concurrency: 10, duration: 10 }],
};

const rig = newRig();
afterEach(rig.tearDown);

/** A wire in our hands: how its owner hears bytes, the last that came over it, and how many it was given since. */
interface Held {
  wire: Wire<unknown>;
  onData: WireHandler<unknown>["onData"];
  isClient: boolean;
  last: Uint8Array;
  sent: number;
}

/** Sockets of the kernel whose wires we hold. */
function heldTransport(held: Held[]): Transport {
  const hold = <Owner>(wire: Wire<Owner>, { onData }: WireHandler<Owner>, isClient: boolean) => {
    const one: Held = {
      wire: wire as Wire<unknown>,
      onData: onData as Held["onData"],
      isClient,
      last: new Uint8Array(),
      sent: 0,
    };
    held.push(one);
  };
  const remembering = <Owner>(handler: WireHandler<Owner>): WireHandler<Owner> => ({
    ...handler,
    onData(owner, bytes) {
      const one = held.find(({ wire }) => wire.owner === owner);
      if (one !== undefined) one.last = bytes.slice();
      handler.onData(owner, bytes);
    },
  });
  return {
    ...socketTransport,
    listen: (address, handler, accept) =>
      socketTransport.listen(address, remembering(handler), (wire) => {
        hold(wire, handler, true);
        return accept(wire);
      }),
    connect: (address, handler, owner) => {
      const wire = socketTransport.connect(address, remembering(handler), owner);
      hold(wire, handler, false);
      return wire;
    },
  };
}

/** Takes the kernel's socket away: all that is sent is taken, and counted. */
function holdSocket(held: Held): void {
  const socket: WireSocket = {
    write(_bytes, _start, length) {
      held.sent += length;
      return length;
    },
    pause() {},
    resume() {},
    shutdown() {},
    close() {},
    terminate() {},
  };
  held.wire.socket = socket;
}

/** Of all types; the heap's own count is that of the last collection. */
function objectCount(): number {
  return Object.values(heapStats().objectTypeCounts).reduce((sum, count) => sum + count, 0);
}

/** How many objects each call of `work` leaves, garbage included: nothing is collected meanwhile. */
function objectsLeftBy(work: () => void): number {
  for (let round = 0; round < STATEMENTS; round++) work();
  Bun.gc(true);
  const before = objectCount();
  for (let round = 0; round < STATEMENTS; round++) work();
  return (objectCount() - before) / STATEMENTS;
}

const sink: unknown[] = [];

// Patterns of rules are searched for in a decoded text: one string for each statement that comes as text.
for (const [name, command, body, plugin] of [
  ["a statement as text", COM_QUERY, TEXT, {}],
  ["a prepared statement that is judged by rules", COM_STMT_EXECUTE, EXECUTE, RULES],
] as const) {
  test(`${name} leaves nothing on the heap`, async () => {
    const held: Held[] = [];
    const server = await rig.server({
      script: ({ connection, command: asked, text }) =>
        asked === COM_STMT_EXECUTE || (asked === COM_QUERY && text === TEXT)
          ? resultSet(connection.capabilities, ["c"], [textRow(["42"])])
          : undefined,
    });
    const tested = rig.proxy({
      listeners: [{ plugin }],
      nodes: [{ port: server.port }],
      transport: heldTransport(held),
    });
    const client = await rig.client({ port: tested.port, user: "app", password: "pw" });
    if (command === COM_STMT_EXECUTE) {
      const [prepared] = await ask(client, COM_STMT_PREPARE, WITH_PARAMETER);
      EXECUTE.set(prepared?.payload.subarray(1, 5) ?? []);
    }
    for (let warm = 0; warm < 2; warm++) await ask(client, command, body);
    const [front, back] = [held.find(({ isClient }) => isClient), held.find(({ isClient }) => !isClient)] as [
      Held,
      Held,
    ];
    const request = commandBytes(command, body);
    // Ids of prepared statements are replaced in place.
    const idBytes = Uint8Array.from(request.subarray(5, 9));
    const answer = back.last;
    const [frontWire, backWire] = [front.wire, back.wire];
    const sockets = [frontWire.socket, backWire.socket];
    holdSocket(front);
    holdSocket(back);
    const statement = () => {
      for (let at = 0; at < 4; at++) request[5 + at] = idBytes[at] as number;
      front.onData(frontWire.owner, request);
      back.onData(backWire.owner, answer);
    };
    statement();
    expect([back.sent, front.sent]).toEqual([request.length, answer.length]);
    const left = objectsLeftBy(statement);
    expect([back.sent, front.sent]).toEqual([
      request.length * (2 * STATEMENTS + 1),
      answer.length * (2 * STATEMENTS + 1),
    ]);
    const control = objectsLeftBy(() => {
      sink[0] = { number: 1, other: 2 };
    });
    [frontWire.socket, backWire.socket] = sockets as [WireSocket, WireSocket];
    expect(control).toBeGreaterThan(0.9);
    expect(left).toBeLessThan(0.05);
  });
}
