import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY } from "../mysql/commands.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { brief, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { isOwn, openConnections, statementsOf } from "../testkit/fake-server.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import { newRig } from "../testkit/rig.ts";
import type { Pool } from "./pool-state.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** Of 40 clients that ask at once of a pool of 40. */
async function storm(connectingMax: number) {
  const { server, tested } = await rig.pair({}, { pool_size: 40, limits: { pool_connecting_max: connectingMax } });
  const pool = [...tested.listener.setup.pools.values()][0] as Pool<unknown>;
  await eventually(() => pool.idle.size === 1);
  const clients = await Promise.all(Array.from({ length: 40 }, () => rig.client({ port: tested.port })));
  return { server, tested, pool, clients };
}

/** Nothing is answered before the gate opens. */
function holdAll(server: FakeServer): { open(): void; logins(): number } {
  const gate = newGate();
  let logins = 0;
  server.script = async ({ text }) => {
    if (isOwn(text)) logins++;
    await gate.opened;
    return undefined;
  };
  return { open: gate.open, logins: () => logins };
}

describe("pool_connecting_max", () => {
  test("a crowd has no more connections opened at once than that, and is served nevertheless", async () => {
    const { server, pool, clients } = await storm(3);
    const held = holdAll(server);
    for (const [i, client] of clients.entries()) sendCommand(client, COM_QUERY, `SELECT ${i}`);
    await eventually(() => pool.waiters.length === 39 && held.logins() === 3);
    expect(openConnections(server)).toHaveLength(4);
    held.open();
    for (const client of clients) expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(statementsOf(server)).toHaveLength(40);
  });
});

describe("pauseOpening()", () => {
  test("a server that is full is tried again after a while that grows, not once for each statement", async () => {
    const { server, tested, pool, clients } = await storm(8);
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT 0") await gate.opened;
      return undefined;
    };
    const [holder, ...others] = clients;
    if (holder === undefined) throw new Error("40 clients");
    sendCommand(holder, COM_QUERY, "SELECT 0");
    await eventually(() => statementsOf(server).includes("SELECT 0"));
    server.account.refuse = { code: 1040, message: "Too many connections" };
    for (const client of others) sendCommand(client, COM_QUERY, "SELECT 1");
    await eventually(() => pool.waiters.length === 39 && pool.connections.size === 1);
    const tries = [server.connections.length - 1];
    for (let i = 0; i < 5; i++) {
      tested.clock.advance(1_000);
      await eventually(() => pool.connections.size === 1);
      tries.push(server.connections.length - 1);
    }
    // As many at once as may be, then some in each second; without a pause these would be thousands.
    expect(tries[0]).toBe(8);
    expect(tries.at(-1)).toBeLessThan(80);
    server.account.refuse = null;
    tested.clock.advance(4_999);
    expect(brief(await readAnswer(others[0] ?? holder, COM_QUERY))).toBe("OK");
    gate.open();
    await readAnswer(holder, COM_QUERY);
  });

  test("who waits in vain is told what is wrong with the server", async () => {
    const { server, tested, pool, clients } = await storm(8);
    const [holder, other] = clients;
    if (holder === undefined || other === undefined) throw new Error("40 clients");
    await query(holder, "BEGIN");
    server.account.refuse = { code: 1040, message: "Too many connections" };
    sendCommand(other, COM_QUERY, "SELECT 1");
    await eventually(() => server.connections.length > 1 && pool.connections.size === 1);
    for (let i = 0; i < 10; i++) {
      tested.clock.advance(1_000);
      await eventually(() => pool.connections.size === 1);
    }
    const { code, message } = errOf(await readAnswer(other, COM_QUERY));
    expect(code).toBe(1203);
    expect(message).toContain("; held longest by app@127.0.0.1:");
    expect(message).toContain(" (transaction, ");
    expect(message).toEndWith("; the last connection could not be opened: error 1040: Too many connections");
  });
});
