import { afterEach, describe, expect, test } from "bun:test";
import { COM_BINLOG_DUMP, COM_PING, COM_QUERY, COM_RESET_CONNECTION } from "../mysql/commands.ts";
import { SERVER_SESSION_STATE_CHANGED } from "../mysql/status-flags.ts";
import { ok } from "../testkit/answers.ts";
import { eventually, type Gate, newGate } from "../testkit/eventually.ts";
import { ask, brief, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** Statements that begin with SELECT slow are answered when the gate of that name opens. */
function gated(server: FakeServer): (text: string) => Gate {
  const gates = new Map<string, Gate>();
  const gateOf = (text: string) => {
    const gate = gates.get(text) ?? newGate();
    gates.set(text, gate);
    return gate;
  };
  server.script = async ({ command, text }) => {
    if (command === COM_QUERY && text.startsWith("SELECT slow")) await gateOf(text).opened;
    return undefined;
  };
  return gateOf;
}

async function clients(tested: ProxyUnderTest, count: number): Promise<FakeClient[]> {
  return await Promise.all(Array.from({ length: count }, () => rig.client({ port: tested.port })));
}

const hasArrived = (server: FakeServer, text: string) => eventually(() => statementsOf(server).includes(text));

describe("waitConnection()", () => {
  test("pool_size is a cap: many clients never have more connections than that", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 3 });
    const gateOf = gated(server);
    const all = await clients(tested, 20);
    all.forEach((client, i) => void sendCommand(client, COM_QUERY, `SELECT slow${i}`));
    await eventually(() => statementsOf(server).length === 3);
    // Every client has been heard: the rest stands in line.
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 17);
    expect(server.openMax).toBe(3);
    for (let i = 0; i < 20; i++) gateOf(`SELECT slow${i}`).open();
    for (const client of all) expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(server.openMax).toBe(3);
    expect(statementsOf(server)).toHaveLength(20);
  });

  test("who came first is served first", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const gateOf = gated(server);
    const [holder, ...others] = await clients(tested, 6);
    sendCommand(holder as FakeClient, COM_QUERY, "SELECT slow");
    await hasArrived(server, "SELECT slow");
    const pool = [...tested.listener.setup.pools.values()][0];
    for (const [i, client] of others.entries()) {
      sendCommand(client, COM_QUERY, `SELECT ${i}`);
      await eventually(() => pool?.waiters.length === i + 1);
    }
    gateOf("SELECT slow").open();
    await Promise.all(others.map((client) => readAnswer(client, COM_QUERY)));
    expect(statementsOf(server)).toEqual(["SELECT slow", ...others.map((_, i) => `SELECT ${i}`)]);
  });

  test("who waits too long is told where, how long and why, and may go on", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1, limits: { timeout_pool_wait_ms: 700 } });
    const gateOf = gated(server);
    const [holder, other] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await hasArrived(server, "SELECT slow");
    sendCommand(other, COM_QUERY, "SELECT 1");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    tested.clock.advance(699);
    expect(other.stream.receivedBytes).toBe(other.stream.start);
    tested.clock.advance(1);
    expect(errOf(await readAnswer(other, COM_QUERY))).toEqual({
      code: 1203,
      sqlState: "42000",
      message: `No connection to node-0 (127.0.0.1:${server.port}): none became free within 700 ms; pool_size 1: 1 busy; held longest by app@127.0.0.1:${holder.stream.socket.localPort} (SELECT running, 0.7 s)`,
    });
    gateOf("SELECT slow").open();
    await readAnswer(holder, COM_QUERY);
    expect(brief(await query(other, "SELECT 2"))).toBe("OK");
    expect(statementsOf(server)).toEqual(["SELECT slow", "SELECT 2"]);
  });

  test("the line has a length, too", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1, limits: { pool_wait_max: 1 } });
    const gateOf = gated(server);
    const [holder, second, third] = (await clients(tested, 3)) as [FakeClient, FakeClient, FakeClient];
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await hasArrived(server, "SELECT slow");
    sendCommand(second, COM_QUERY, "SELECT 2");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    expect(errOf(await query(third, "SELECT 3")).message).toBe(
      `No connection to node-0 (127.0.0.1:${server.port}): 1 statements wait already; pool_size 1: 1 busy; held longest by app@127.0.0.1:${holder.stream.socket.localPort} (SELECT running, 0.0 s)`,
    );
    gateOf("SELECT slow").open();
    await readAnswer(second, COM_QUERY);
  });

  test("who goes away leaves the line", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const gateOf = gated(server);
    const [holder, quitter, third] = (await clients(tested, 3)) as [FakeClient, FakeClient, FakeClient];
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await hasArrived(server, "SELECT slow");
    const pool = [...tested.listener.setup.pools.values()][0];
    sendCommand(quitter, COM_QUERY, "SELECT 'quitter'");
    await eventually(() => pool?.waiters.length === 1);
    sendCommand(third, COM_QUERY, "SELECT 3");
    await eventually(() => pool?.waiters.length === 2);
    quitter.stream.socket.resetAndDestroy();
    await eventually(() => pool?.waiters.length === 1);
    gateOf("SELECT slow").open();
    expect(brief(await readAnswer(third, COM_QUERY))).toBe("OK");
    expect(statementsOf(server)).toEqual(["SELECT slow", "SELECT 3"]);
  });

  test("a client of another shape gets a connection of its own shape, at the price of an idle one", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const [modern] = await clients(tested, 1);
    await query(modern as FakeClient, "SELECT 1");
    const old = await rig.client({ port: tested.port, capabilities: FAKE_CLIENT_CAPABILITIES & ~(1 << 24) });
    await query(old, "SELECT 2");
    await eventually(() => openConnections(server).length === 1);
    expect(openConnections(server)[0]?.capabilities).not.toBe(server.connections[0]?.capabilities);
  });
});

describe("giveBack()", () => {
  test("a connection that was left as it was found is not reset", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    for (const client of await clients(tested, 3)) await query(client, "SELECT 1");
    const commands = server.connections.flatMap((each) => each.commands.map((one) => one.command));
    expect(commands).not.toContain(COM_RESET_CONNECTION);
  });

  test("a dirty connection is reset, and tracked again, before another session gets it", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const [first, second] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    await query(first, "CREATE TEMPORARY TABLE scratch (a int)");
    first.stream.socket.destroy();
    await query(second, "SELECT 2");
    const connection = server.connections[0];
    const after = connection?.commands.map(({ command, text }) =>
      command === COM_QUERY ? text.replace(/session_track_system_variables = '[^']*'/, "...") : command,
    );
    const start = after?.indexOf("CREATE TEMPORARY TABLE scratch (a int)") ?? -1;
    expect(after?.slice(start)).toEqual([
      "CREATE TEMPORARY TABLE scratch (a int)",
      COM_RESET_CONNECTION,
      "SET SESSION session_track_schema = ON, SESSION session_track_state_change = ON, SESSION ..., NAMES 'utf8mb4' COLLATE 'utf8mb4_general_ci'",
      "SELECT 2",
    ]);
    expect(server.connections).toHaveLength(1);
  });

  test("a state change that the server reports and nobody can name keeps the connection, and resets it afterwards", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1, limits: { timeout_pool_wait_ms: 500 } });
    server.script = ({ text }) =>
      text === "DO something()" ? [ok({ state: [[2, Buffer.from("\x011")]] })] : undefined;
    const [first, second] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    const [answer] = await query(first, "DO something()");
    expect((answer?.payload[4] ?? 0) & (SERVER_SESSION_STATE_CHANGED >>> 8)).toBe(0); // first did not ask to hear it
    sendCommand(second, COM_QUERY, "SELECT 2");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    tested.clock.advance(500);
    expect(errOf(await readAnswer(second, COM_QUERY)).code).toBe(1203);
    first.stream.socket.destroy();
    expect(brief(await query(second, "SELECT 3"))).toBe("OK");
    expect(server.connections[0]?.commands.some(({ command }) => command === COM_RESET_CONNECTION)).toBe(true);
  });

  test("a server that refuses the reset loses the connection, not the next session its statement", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    server.script = ({ command }) =>
      command === COM_RESET_CONNECTION ? [Buffer.from("\xff\x17\x04#08S01Unknown command", "latin1")] : undefined;
    const [first, second] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    await query(first, "SET @a = 1");
    first.stream.socket.destroy();
    expect(brief(await query(second, "SELECT 2"))).toBe("OK");
    expect(server.connections.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  test("a server that does not answer the reset in time loses the connection", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1, limits: { timeout_connect_ms: 400 } });
    server.script = ({ command }) => (command === COM_RESET_CONNECTION ? null : undefined);
    const [first, second] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    await query(first, "SET @a = 1");
    first.stream.socket.destroy();
    sendCommand(second, COM_QUERY, "SELECT 2");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    await eventually(
      () => server.connections[0]?.commands.some((each) => each.command === COM_RESET_CONNECTION) ?? false,
    );
    tested.clock.advance(400);
    expect(brief(await readAnswer(second, COM_QUERY))).toBe("OK");
    expect(server.connections).toHaveLength(2);
  });
});

describe("openFailed()", () => {
  test("a dead endpoint is left alone, and the other one serves everything", async () => {
    const dead = await rig.server();
    const alive = await rig.server();
    await dead.stop();
    const tested = rig.proxy({ nodes: [{ port: dead.port }, { port: alive.port }] });
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 6; i++) expect(brief(await query(client, `SELECT ${i}`))).toBe("OK");
    expect(statementsOf(alive)).toHaveLength(6);
  });

  for (const alive of [0, 1, 2]) {
    test(`three endpoints of which two have just died still serve: only node-${alive} lives`, async () => {
      const servers = [await rig.server(), await rig.server(), await rig.server()];
      const tested = rig.proxy({ nodes: servers.map(({ port }) => ({ port })) });
      const client = await rig.client({ port: tested.port });
      await eventually(() => tested.listener.setup.endpoints.every((each) => each.profile !== null));
      const dead = servers.filter((_, i) => i !== alive);
      for (const server of dead) await server.stop();
      const pools = [...tested.listener.setup.pools.values()];
      await eventually(() => pools.filter((each) => each.connections.size === 0).length === 2);
      for (let i = 0; i < 6; i++) expect(brief(await query(client, `SELECT ${i}`))).toBe("OK");
      expect(statementsOf(servers[alive] as FakeServer)).toHaveLength(6);
    });
  }

  test("when all are down the ERR names each of them and what is wrong there", async () => {
    const servers = [await rig.server(), await rig.server()] as const;
    for (const server of servers) await server.stop();
    const tested = rig.proxy({ nodes: servers.map(({ port }) => ({ port })) });
    const client = await rig.client({ port: tested.port });
    expect(errOf(await query(client, "SELECT 1"))).toEqual({
      code: 1429,
      sqlState: "HY000",
      message: `There is no healthy backend to connect: node-0 (127.0.0.1:${servers[0].port}): connection refused; node-1 (127.0.0.1:${servers[1].port}): connection refused`,
    });
    expect(brief(await ask(client, COM_PING))).toBe("OK");
  });

  test("all of them dying under a session is told in the same words", async () => {
    const servers = [await rig.server(), await rig.server()] as const;
    const tested = rig.proxy({ nodes: servers.map(({ port }) => ({ port })) });
    const client = await rig.client({ port: tested.port });
    await eventually(() => tested.listener.setup.endpoints.every((each) => each.profile !== null));
    for (const server of servers) await server.stop();
    await eventually(() => [...tested.listener.setup.pools.values()].every((each) => each.connections.size === 0));
    const { message } = errOf(await query(client, "SELECT 1"));
    for (const { port } of servers) expect(message).toContain(`(127.0.0.1:${port}): connection refused`);
  });

  test("an endpoint comes back by itself once it answers again", async () => {
    const first = await rig.server();
    const tested = rig.proxy({ nodes: [{ port: first.port }] });
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    await first.stop();
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.connections.size === 0);
    expect(errOf(await query(client, "SELECT 2")).code).toBe(1429);
    const again = await rig.server({ port: first.port });
    tested.clock.advance(250);
    await eventually(() => tested.listener.setup.endpoints[0]?.isUsable === true);
    expect(brief(await query(client, "SELECT 3"))).toBe("OK");
    expect(statementsOf(again)).toEqual(["SELECT 3"]);
  });

  test("a server that refuses the log-in is named with its own words", async () => {
    const { server, tested } = await rig.pair({ account: { password: "another" } });
    const client = await rig.client({ port: tested.port });
    expect(errOf(await query(client, "SELECT 1")).message).toBe(
      `There is no healthy backend to connect: node-0 (127.0.0.1:${server.port}): error 1045: Access denied for user 'backend'`,
    );
  });

  test("a server that is full is waited for while it serves us otherwise", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 2 });
    const gateOf = gated(server);
    const [first, second] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    sendCommand(first, COM_QUERY, "SELECT slow");
    await hasArrived(server, "SELECT slow");
    server.account.refuse = { code: 1040, message: "Too many connections" };
    sendCommand(second, COM_QUERY, "SELECT 2");
    await eventually(() => server.connections.length === 2);
    await eventually(() => server.connections[1]?.isClosed === true);
    gateOf("SELECT slow").open();
    expect(brief(await readAnswer(second, COM_QUERY))).toBe("OK");
  });

  test("a server that does not greet in time is out of service", async () => {
    const { server, tested } = await rig.pair({}, { limits: { timeout_connect_ms: 900 } });
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    for (const { stream } of server.connections) stream.socket.destroy();
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.connections.size === 0);
    server.account.isSilent = true;
    sendCommand(client, COM_QUERY, "SELECT 2");
    await eventually(() => server.connections.length === 2);
    tested.clock.advance(900);
    expect(errOf(await readAnswer(client, COM_QUERY)).message).toContain("no answer within 900 ms");
  });
});

describe("watchForStarvation()", () => {
  /** Two clients in transactions have both connections of the pool. */
  async function starved(limits: { pool_reserve_max?: number } = {}) {
    const { server, tested } = await rig.pair({}, { pool_size: 2, limits });
    const [first, second, third] = (await clients(tested, 3)) as [FakeClient, FakeClient, FakeClient];
    await query(first, "BEGIN");
    await query(second, "BEGIN");
    sendCommand(third, COM_QUERY, "SELECT 3");
    const pool = [...tested.listener.setup.pools.values()][0];
    await eventually(() => pool?.waiters.length === 1);
    return { server, tested, first, second, third, pool };
  }

  test("when sessions at rest keep all connections, one more is opened, and closed when it is not needed", async () => {
    const { server, tested, first, third, pool } = await starved();
    tested.clock.advance(100);
    expect(brief(await readAnswer(third, COM_QUERY))).toBe("OK");
    await eventually(() => openConnections(server).length === 2);
    expect([server.openMax, pool?.connections.size]).toEqual([3, 2]);
    expect(brief(await query(first, "COMMIT"))).toBe("OK");
    expect(brief(await query(third, "SELECT 4"))).toBe("OK");
    expect(server.openMax).toBe(3);
    expect(await tested.scrape()).toMatch(/pisanix_pool_reserves_total\{[^}]*\} 1/);
  });

  test("however many more come and wait", async () => {
    const { server, tested, third, pool } = await starved();
    for (let waiting = 2; waiting < 5; waiting++) {
      tested.clock.advance(30);
      sendCommand((await clients(tested, 1))[0] as FakeClient, COM_QUERY, "SELECT 4");
      await eventually(() => pool?.waiters.length === waiting);
    }
    tested.clock.advance(30);
    expect(brief(await readAnswer(third, COM_QUERY))).toBe("OK");
    expect(server.openMax).toBe(3);
  });

  test("a statement whose client has hung up is at rest, too", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1, limits: { timeout_abandoned_ms: 1000 } });
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT slow") await gate.opened;
      return undefined;
    };
    const [gone, other] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    sendCommand(gone, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    gone.stream.socket.end();
    await eventually(() => [...tested.listener.sessions.values()].some(({ hasClientEnded }) => hasClientEnded));
    sendCommand(other, COM_QUERY, "SELECT 2");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    tested.clock.advance(100);
    expect(brief(await readAnswer(other, COM_QUERY))).toBe("OK");
    gate.open();
  });

  test("a session that reads the binary log is at rest, too", async () => {
    const { tested } = await rig.pair({}, { pool_size: 1 });
    const [replica, other] = (await clients(tested, 2)) as [FakeClient, FakeClient];
    await query(replica, "SELECT 1");
    sendCommand(replica, COM_BINLOG_DUMP, "");
    await eventually(() => [...tested.listener.sessions.values()].some(({ phase }) => phase === "dedicated"));
    sendCommand(other, COM_QUERY, "SELECT 2");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    tested.clock.advance(100);
    expect(brief(await readAnswer(other, COM_QUERY))).toBe("OK");
  });

  test("while one of them works the others wait", async () => {
    const { server, tested, first, second, third } = await starved();
    for (let i = 0; i < 5; i++) {
      tested.clock.advance(60);
      expect(brief(await query(i % 2 === 0 ? first : second, "SELECT 1"))).toBe("OK");
    }
    expect(server.openMax).toBe(2);
    await query(first, "COMMIT");
    expect(brief(await readAnswer(third, COM_QUERY))).toBe("OK");
    expect(server.openMax).toBe(2);
  });

  test("one that works on and on in its transaction keeps nobody waiting for long", async () => {
    const { server, tested, first, second, third } = await starved();
    for (let i = 0; i < 20; i++) {
      tested.clock.advance(60);
      expect(brief(await query(i % 2 === 0 ? first : second, "SELECT 1"))).toBe("OK");
    }
    expect(brief(await readAnswer(third, COM_QUERY))).toBe("OK");
    expect(server.openMax).toBe(3);
  });

  /** A client for each of `openings` has a connection of the pool, and one more waits; what is slow ends with the gate. */
  async function slow(openings: readonly string[]) {
    const { server, tested } = await rig.pair({}, { pool_size: 2 });
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text.startsWith("SELECT slow")) await gate.opened;
      return undefined;
    };
    const all = await clients(tested, openings.length + 1);
    for (const [i, opening] of openings.entries()) {
      if (opening === "BEGIN") await query(all[i] as FakeClient, opening);
      else sendCommand(all[i] as FakeClient, COM_QUERY, opening);
    }
    await eventually(() => statementsOf(server).filter((text) => openings.includes(text)).length === openings.length);
    const waiting = all.at(-1) as FakeClient;
    sendCommand(waiting, COM_QUERY, "SELECT 3");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    return { server, tested, waiting, gate };
  }

  test("a statement that may wait for what a session at rest has locked counts in a while", async () => {
    const { server, tested, waiting, gate } = await slow(["BEGIN", "SELECT slow"]);
    for (let i = 0; i < 10; i++) tested.clock.advance(100);
    expect(server.openMax).toBe(2);
    tested.clock.advance(100);
    expect(brief(await readAnswer(waiting, COM_QUERY))).toBe("OK");
    expect(server.openMax).toBe(3);
    gate.open();
  });

  test("statements that take long are none that wait for a session at rest", async () => {
    const { server, tested, waiting, gate } = await slow(["SELECT slow 1", "SELECT slow 2"]);
    for (let i = 0; i < 50; i++) tested.clock.advance(100);
    gate.open();
    expect(brief(await readAnswer(waiting, COM_QUERY))).toBe("OK");
    expect(server.openMax).toBe(2);
  });

  test("the reserve has an end", async () => {
    const { server, tested, third, pool } = await starved({ pool_reserve_max: 1 });
    tested.clock.advance(100);
    await readAnswer(third, COM_QUERY);
    sendCommand(third, COM_QUERY, "BEGIN");
    await eventually(() => pool?.waiters.length === 1);
    tested.clock.advance(100);
    await readAnswer(third, COM_QUERY);
    const fourth = await rig.client({ port: tested.port });
    sendCommand(fourth, COM_QUERY, "SELECT 4");
    await eventually(() => pool?.waiters.length === 1);
    tested.clock.advance(10_000);
    expect(errOf(await readAnswer(fourth, COM_QUERY)).message).toContain(
      "none became free within 10000 ms; pool_size 2: 0 busy, 3 kept by sessions at rest",
    );
    expect(server.openMax).toBe(3);
  });
});
