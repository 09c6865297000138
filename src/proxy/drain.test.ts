import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY } from "../mysql/commands.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { brief, commandBytes, dial, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { stopProxy } from "./proxy.ts";

const rig = newRig();
afterEach(rig.tearDown);

const GRACE_MS = 30_000;

/** Begins to stop; `isOver` tells whether that is done. */
function stopping(tested: ProxyUnderTest) {
  const state = { isOver: false, done: Promise.resolve() };
  state.done = stopProxy(tested.proxy, GRACE_MS).then(() => {
    state.isOver = true;
  });
  return state;
}

/** Lets the stop look at its sessions again, and everything that follows happen. */
async function look(tested: ProxyUnderTest, until: () => boolean): Promise<void> {
  await eventually(() => {
    tested.clock.advance(20);
    return until();
  });
}

describe("stopProxy()", () => {
  test("a session at rest hears 1053 and is closed; nobody new is accepted", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    const stop = stopping(tested);
    const packet = await nextPacket(client.stream);
    expect(packet === null ? null : [packet.sequence, errOf(packet)]).toEqual([
      0,
      { code: 1053, sqlState: "08S01", message: "Server shutdown in progress: pisanix is stopping" },
    ]);
    expect(await nextPacket(client.stream)).toBeNull();
    client.stream.socket.destroy();
    await look(tested, () => stop.isOver);
    expect(dial(tested.port)).rejects.toThrow();
    await eventually(() => openConnections(server).length === 0);
    expect(tested.clock.monotonicMs()).toBeLessThan(GRACE_MS);
  });

  test("a statement that a client sends after it was told is not executed", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    const stop = stopping(tested);
    client.stream.socket.write(commandBytes(COM_QUERY, "DELETE FROM t"));
    expect((await nextPacket(client.stream))?.sequence).toBe(0);
    expect(await nextPacket(client.stream)).toBeNull();
    client.stream.socket.end();
    await look(tested, () => stop.isOver);
    expect(statementsOf(server)).toEqual([]);
  });

  test("a client that is told and does not hang up does not hold up the stop for the whole grace", async () => {
    const { tested } = await rig.pair();
    await rig.client({ port: tested.port });
    const stop = stopping(tested);
    await look(tested, () => stop.isOver);
    expect(tested.clock.monotonicMs()).toBeLessThan(GRACE_MS);
  });

  test("a running statement is answered first", async () => {
    const { server, tested } = await rig.pair();
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT slow") await gate.opened;
      return undefined;
    };
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    const stop = stopping(tested);
    tested.clock.advance(1000);
    expect(stop.isOver).toBe(false);
    gate.open();
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    await look(tested, () => client.stream.end > client.stream.start);
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1053);
    client.stream.socket.destroy();
    await look(tested, () => stop.isOver);
  });

  test("a transaction may finish; then the session hears 1053", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    const stop = stopping(tested);
    for (const text of ["INSERT INTO t VALUES (1)", "SELECT 1"]) {
      tested.clock.advance(100);
      expect(brief(await query(client, text))).toBe("OK");
    }
    tested.clock.advance(100);
    expect(stop.isOver).toBe(false);
    expect(brief(await query(client, "COMMIT"))).toBe("OK");
    await look(tested, () => client.stream.end > client.stream.start);
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1053);
    client.stream.socket.destroy();
    await look(tested, () => stop.isOver);
    expect(statementsOf(server)).toEqual(["BEGIN", "INSERT INTO t VALUES (1)", "SELECT 1", "COMMIT"]);
  });

  test("when the grace is over everything is closed", async () => {
    const { server, tested } = await rig.pair();
    server.script = ({ text }) => (text === "SELECT never" ? null : undefined);
    const busy = await rig.client({ port: tested.port });
    const open = await rig.client({ port: tested.port });
    sendCommand(busy, COM_QUERY, "SELECT never");
    await query(open, "BEGIN");
    await eventually(() => statementsOf(server).includes("SELECT never"));
    const stop = stopping(tested);
    tested.clock.advance(GRACE_MS - 100);
    expect(stop.isOver).toBe(false);
    tested.clock.advance(200);
    await stop.done;
    expect(await nextPacket(busy.stream)).toBeNull();
    expect(await nextPacket(open.stream)).toBeNull();
    await eventually(() => openConnections(server).length === 0);
  });

  test("leaves no timer behind", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "SET @a = 1");
    client.stream.socket.destroy();
    await tested.stop();
    await eventually(() => tested.clock.waiting() === 0);
  });
});
