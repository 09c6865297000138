/** Several workers as one proxy: what is exact over all of them, and what is left when one ends. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ok } from "../testkit/answers.ts";
import { CRASH_ID } from "../testkit/crashing-worker.ts";
import { newGate } from "../testkit/eventually.ts";
import { brief, closedBy, errOf, query } from "../testkit/fake-client.ts";
import { openConnections } from "../testkit/fake-server.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import type { TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { type WorkersUnderTest, workersUnderTest } from "../testkit/workers-rig.ts";

/** Threads and processes start late on a machine that has much to do. */
setDefaultTimeout(60_000);

const rig = newRig();
let tested: WorkersUnderTest | null = null;
afterEach(async () => {
  await rig.tearDown();
  await tested?.stop();
  tested = null;
});

async function twoWorkers(listener: TestListener = {}): Promise<{ server: FakeServer; proxy: WorkersUnderTest }> {
  const server = await rig.server();
  const proxy = await workersUnderTest(rig, 2, { listeners: [listener], nodes: [{ port: server.port }] });
  tested = proxy;
  return { server, proxy };
}

const labels = (server: FakeServer) => `domain="listener-0",server="127.0.0.1:${server.port}"`;

/** Statements that begin with "SELECT slow" are answered when the gate is open. */
function gated(server: FakeServer) {
  const gate = newGate();
  const running = { now: 0, most: 0 };
  server.script = async ({ text }) => {
    if (!text.startsWith("SELECT slow")) return undefined;
    running.now++;
    running.most = Math.max(running.most, running.now);
    await gate.opened;
    running.now--;
    return [ok()];
  };
  return { gate, running };
}

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe("pool_size over two workers", () => {
  test("is never exceeded, and who waits in one worker is woken by the other", async () => {
    const { server, proxy } = await twoWorkers({ pool_size: 2 });
    const { gate, running } = gated(server);
    const clients = [];
    for (const worker of [0, 0, 0, 1, 1, 1]) clients.push(await proxy.clientOf(worker));
    const answers = clients.map((client) => query(client, "SELECT slow"));
    await until(() => running.now === 2);
    await until(async () => (await proxy.metric(`pisanix_pool_waiting{${labels(server)}}`)) === 4);
    expect(openConnections(server).length).toBe(2);
    gate.open();
    expect((await Promise.all(answers)).map(brief)).toEqual(clients.map(() => "OK"));
    expect(running.most).toBe(2);
  });

  test("one connection serves both workers in turn, also while both have more to do", async () => {
    const { server, proxy } = await twoWorkers({ pool_size: 1 });
    const { gate, running } = gated(server);
    gate.open();
    const clients = [];
    for (const worker of [0, 0, 1, 1]) clients.push(await proxy.clientOf(worker));
    await Promise.all(
      clients.map(async (client) => {
        for (let turn = 0; turn < 50; turn++) expect(brief(await query(client, "SELECT slow"))).toBe("OK");
      }),
    );
    expect(running.most).toBe(1);
    expect(await proxy.metric(`pisanix_pool_wait_timeouts_total{${labels(server)}}`)).toBe(0);
  });

  test("a worker gives up what it does not use", async () => {
    const { server, proxy } = await twoWorkers({ pool_size: 3, limits: { pool_idle_min: 1 } });
    const { gate, running } = gated(server);
    const [first, second] = [await proxy.clientOf(0), await proxy.clientOf(1)];
    const more = [await proxy.clientOf(0), await proxy.clientOf(0)];
    const slow = [first, ...more].map((client) => query(client, "SELECT slow"));
    await until(() => running.now === 3);
    const answer = query(second, "SELECT 1");
    gate.open();
    expect(brief(await answer)).toBe("OK");
    await Promise.all(slow);
    expect(openConnections(server).length).toBeLessThanOrEqual(3);
  });
});

describe("limits over two workers", () => {
  test("as many statements run as a rule allows, wherever they come from", async () => {
    const rule = { name: "slow", regex: ["slow"], max_concurrency: 2, case_insensitive: false, duration: 0 };
    const { server, proxy } = await twoWorkers({ plugin: { concurrency_control: [rule] } });
    const { gate, running } = gated(server);
    const [first, second] = [await proxy.clientOf(0), await proxy.clientOf(1)];
    const slow = [query(first, "SELECT slow"), query(second, "SELECT slow")];
    await until(() => running.now === 2);
    for (const worker of [0, 1]) {
      const refused = errOf(await query(await proxy.clientOf(worker), "SELECT slow"));
      expect(refused.message).toContain('rule "slow" (2 running)');
    }
    gate.open();
    expect((await Promise.all(slow)).map(brief)).toEqual(["OK", "OK"]);
    expect(brief(await query(second, "SELECT slow"))).toBe("OK");
    expect(
      await proxy.metric('pisanix_rejects_total{domain="listener-0",filter="concurrency_control",rule="slow"}'),
    ).toBe(2);
  });

  for (const [limit, message] of [
    ["sessions_max", "Too many connections"],
    ["user_sessions_max", "max_user_connections"],
  ] as const) {
    test(`${limit} counts the sessions of both`, async () => {
      const { proxy } = await twoWorkers({ limits: { [limit]: 8 } });
      const clients = [];
      for (let count = 0; count < 8; count++) clients.push(await rig.client({ port: proxy.port }));
      for (let tries = 0; tries < 4; tries++) {
        await expect(rig.client({ port: proxy.port })).rejects.toThrow(message);
      }
      clients[0]?.stream.socket.destroy();
      await until(() =>
        rig.client({ port: proxy.port }).then(
          () => true,
          () => false,
        ),
      );
    });
  }
});

describe("KILL", () => {
  test("reaches a session of another worker by its id", async () => {
    const { server, proxy } = await twoWorkers();
    const { gate, running } = gated(server);
    server.script = ((slow) => (command) => {
      if (!command.text.startsWith("KILL")) return slow?.(command);
      gate.open();
      return [ok()];
    })(server.script);
    const [killer, victim, resting] = [await proxy.clientOf(0), await proxy.clientOf(1), await proxy.clientOf(1)];
    const slow = query(victim, "SELECT slow");
    await until(() => running.now === 1);
    expect(brief(await query(killer, `KILL QUERY ${victim.greeting.connectionId}`))).toBe("OK");
    await slow;
    expect(brief(await query(killer, `KILL ${resting.greeting.connectionId}`))).toBe("OK");
    await closedBy(resting);
    // What nobody knows the server may.
    expect(brief(await query(killer, "KILL 4711"))).toBe("OK");
  });
});

describe("when a worker crashes", () => {
  test("the other goes on; places, permits and counts are exact; another one takes its place", async () => {
    const rule = { name: "slow", regex: ["slow"], max_concurrency: 2, case_insensitive: false, duration: 0 };
    const { server, proxy } = await twoWorkers({ pool_size: 2, plugin: { concurrency_control: [rule] } });
    const { gate, running } = gated(server);
    const [first, second] = [await proxy.clientOf(0), await proxy.clientOf(1)];
    expect(brief(await query(second, "SELECT 1"))).toBe("OK");
    const slow = query(first, "SELECT slow");
    void query(second, "SELECT slow").catch(() => {}); // its worker will be gone
    await until(() => running.now === 2);
    const [waiting, killer] = [await proxy.clientOf(0), await proxy.clientOf(0)];
    const processed = `sql_processed_total{domain="listener-0",type="SELECT",server="127.0.0.1:${server.port}"}`;
    const before = await proxy.metric(processed);
    expect(before).toBe(1);
    const waited = query(waiting, "SELECT 2"); // both connections are busy
    await query(killer, `KILL ${CRASH_ID}`);
    await closedBy(second);
    // The place of the lost connection is free.
    expect(brief(await waited)).toBe("OK");
    // And so is the permit of the lost statement.
    const permitted = query(killer, "SELECT slow");
    await until(() => running.now === 3);
    gate.open();
    expect(brief(await slow)).toBe("OK");
    expect(brief(await permitted)).toBe("OK");
    expect(await proxy.metric(processed)).toBe(before + 3);
    expect(await proxy.metric("pisanix_worker_crashes_total")).toBe(1);
    const [line] = proxy.log.lines.filter(({ level }) => level === "ERROR");
    expect(line).toMatchObject({ fields: { worker: 1 } });
    expect(String(line?.fields?.["reason"])).toContain("made up for a test");
    await until(async () => (await proxy.metric("pisanix_workers")) === 2);
    const again = await proxy.clientOf(1);
    expect(brief(await query(again, "SELECT slow"))).toBe("OK");
    expect(await proxy.engine.readiness()).toEqual({ ready: true, reasons: [] });
  });
});

describe("a new configuration", () => {
  test("is served by both, and a session in each finds it", async () => {
    const { proxy } = await twoWorkers();
    const clients = [await proxy.clientOf(0), await proxy.clientOf(1)];
    for (const client of clients) expect(brief(await query(client, "DROP TABLE t"))).toBe("OK");
    const [listener] = proxy.config.proxy.config;
    if (listener === undefined) throw new Error("no listener");
    const plugin = { circuit_break: [{ regex: ["^DROP"], case_insensitive: false }] };
    const next = { ...proxy.config, proxy: { config: [{ ...listener, plugin }] } };
    expect(await proxy.engine.apply(next)).toEqual({ isChanged: true, generation: 2 });
    for (const client of clients) expect(errOf(await query(client, "DROP TABLE t")).code).toBe(1047);
    expect(await proxy.engine.apply(next)).toEqual({ isChanged: false, generation: 2 });
  });

  test("that one cannot serve changes none", async () => {
    const { server, proxy } = await twoWorkers();
    const client = await proxy.clientOf(1);
    const [listener] = proxy.config.proxy.config;
    if (listener === undefined) throw new Error("no listener");
    const taken = { ...listener, name: "b", listen_addr: `127.0.0.1:${server.port}` };
    const next = { ...proxy.config, proxy: { config: [listener, taken] } };
    await expect(proxy.engine.apply(next)).rejects.toThrow(
      `listener b cannot listen on 127.0.0.1:${server.port} (EADDRINUSE): end what uses the address, or change listen_addr`,
    );
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(proxy.engine.config()?.proxy.config).toHaveLength(1);
  });
});
