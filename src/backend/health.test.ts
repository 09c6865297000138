import { afterEach, describe, expect, test } from "bun:test";
import type { HealthConfig } from "../api/proxy-config.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, query, tryFakeClient } from "../testkit/fake-client.ts";
import { statementsOf } from "../testkit/fake-server.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import type { Endpoint } from "./endpoint.ts";
import { statementAnswered } from "./outlier.ts";
import type { Pool } from "./pool-state.ts";
import type { Probe } from "./probe.ts";

const rig = newRig();
afterEach(rig.tearDown);

interface Setting {
  servers: FakeServer[];
  tested: ProxyUnderTest;
  pools: Pool<unknown>[];
  endpoints: Endpoint[];
}

/** `count` servers behind one listener, all known. */
async function several(count: number, health: Partial<HealthConfig> = {}, probe?: Probe): Promise<Setting> {
  const servers = await Promise.all(Array.from({ length: count }, () => rig.server()));
  const tested = rig.proxy({
    listeners: [{ health }],
    nodes: servers.map(({ port }) => ({ port })),
    ...(probe === undefined ? {} : { probe }),
  });
  const pools = [...tested.listener.setup.pools.values()] as Pool<unknown>[];
  await eventually(() => pools.every(({ idle }) => idle.size === 1));
  return { servers, tested, pools, endpoints: pools.map(({ endpoint }) => endpoint) };
}

/** Probes that are answered as the test says, by port; "" answers well. */
function aProbe(): { probe: Probe; answers: Map<number, string>; asked: number[] } {
  const answers = new Map<number, string>();
  const asked: number[] = [];
  const probe: Probe = async ({ port }) => {
    asked.push(port);
    return (answers.get(port) ?? "") === "" ? null : (answers.get(port) as string);
  };
  return { probe, answers, asked };
}

const stateOf = ({ state }: Endpoint): string => state;

async function pass({ tested }: Setting, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    tested.clock.advance(Math.min(left, 500));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** How the next `count` statements are spread over the servers. */
async function sharesOf({ servers, tested }: Setting, count: number): Promise<number[]> {
  const before = servers.map((server) => statementsOf(server).length);
  const client = await rig.client({ port: tested.port });
  for (let i = 0; i < count; i++) expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  return servers.map((server, i) => statementsOf(server).length - (before[i] ?? 0));
}

describe("startProbes()", () => {
  test("an endpoint from which nothing is heard is probed; one that answers statements is not", async () => {
    const { probe, asked } = aProbe();
    const setting = await several(1, { probe_interval_ms: 5_000 }, probe);
    const client = await rig.client({ port: setting.tested.port });
    for (let i = 0; i < 20; i++) {
      await query(client, "SELECT 1");
      await pass(setting, 1_000);
    }
    expect(asked).toHaveLength(0);
    await pass(setting, 20_000);
    expect(asked.length).toBeGreaterThanOrEqual(2);
  });

  test("probe_fall failures in a row take it out of service, fewer do not", async () => {
    const { probe, answers } = aProbe();
    const setting = await several(2, { probe_interval_ms: 1_000, probe_fall: 3 }, probe);
    const [first] = setting.endpoints as [Endpoint, Endpoint];
    answers.set(first.port, "no route to host");
    while (first.probeFailures < 2) await pass(setting, 100);
    answers.set(first.port, "");
    while (first.probeFailures > 0) await pass(setting, 100);
    expect(first.state).toBe("up");
    answers.set(first.port, "no route to host");
    while (first.state === "up") await pass(setting, 100);
    expect([first.state, first.isUsable, first.reason]).toEqual(["down", false, "probe: no route to host"]);
    expect(await sharesOf(setting, 4)).toEqual([0, 4]);
    expect(await setting.tested.figure("pisanix_endpoint_state", `server="${first.server}",state="down"`)).toBe(1);
    expect(await setting.tested.figure("pisanix_endpoint_up", first.server)).toBe(0);
    expect(await setting.tested.figure("pisanix_endpoint_probes_total", `${first.server}",result="failed"`)).toBe(5);
  });

  test("it comes back after probe_rise good ones", async () => {
    const { probe, answers, asked } = aProbe();
    const setting = await several(
      2,
      { probe_interval_ms: 1_000, probe_fall: 1, probe_rise: 3, slow_start_ms: 0 },
      probe,
    );
    const [first] = setting.endpoints as [Endpoint, Endpoint];
    answers.set(first.port, "silent");
    while (first.state === "up") await pass(setting, 100);
    answers.set(first.port, "");
    const before = asked.filter((port) => port === first.port).length;
    while (first.state === "down") await pass(setting, 100);
    expect(asked.filter((port) => port === first.port).length - before).toBeGreaterThanOrEqual(3);
    expect([first.state, first.reason]).toEqual(["up", ""]);
    expect(await sharesOf(setting, 4)).toEqual([2, 2]);
  });

  test("when all are down clients hear it at once, and one good probe is enough to come back", async () => {
    const { probe, answers } = aProbe();
    const setting = await several(2, { probe_interval_ms: 1_000, probe_fall: 1, probe_rise: 5 }, probe);
    for (const { port } of setting.endpoints) answers.set(port, "power cut");
    while (setting.endpoints.some(({ state }) => state !== "down")) await pass(setting, 100);
    const client = await rig.client({ port: setting.tested.port });
    const answer = brief(await query(client, "SELECT 1"));
    for (const { name, server } of setting.endpoints) expect(answer).toContain(`${name} (${server}): probe: power cut`);
    expect(answer).toStartWith("ERR 1429 There is no healthy backend to connect: ");
    for (const { port } of setting.endpoints) answers.set(port, "");
    while (!setting.endpoints.some(({ isUsable }) => isUsable)) await pass(setting, 100);
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
  });
});

describe("eject()", () => {
  /** Every statement breaks the connection of that server. */
  function breakAll(server: FakeServer): void {
    server.script = ({ text }) => (text === "UPDATE t" ? { bytes: new Uint8Array(0), close: "end" } : undefined);
  }

  /** By a client of its own: where the connection breaks the session ends, too. */
  async function update({ tested }: Setting): Promise<void> {
    const { client } = await tryFakeClient({ port: tested.port });
    client.stream.socket.on("error", () => {});
    await query(client, "UPDATE t").catch(() => {});
    client.stream.socket.destroy();
  }

  async function updateUntil(setting: Setting, isOver: () => boolean): Promise<void> {
    while (!isOver()) await update(setting);
  }

  test("statements in a row that lose their connection leave the endpoint out for a while", async () => {
    const setting = await several(3, { probe_interval_ms: 0, eject_errors: 3, eject_ms: 10_000, slow_start_ms: 0 });
    const [bad] = setting.endpoints as [Endpoint];
    breakAll(setting.servers[0] as FakeServer);
    await updateUntil(setting, () => bad.state === "ejected");
    expect(statementsOf(setting.servers[0] as FakeServer)).toHaveLength(3);
    expect(bad.reason).toStartWith("3 statements in a row lost their connection");
    expect((await sharesOf(setting, 6))[0]).toBe(0);
    expect(await setting.tested.figure("pisanix_endpoint_ejections_total", `${bad.server}",reason="errors"`)).toBe(1);
    await pass(setting, 9_900);
    expect(bad.state).toBe("ejected");
    await pass(setting, 2_200);
    expect([bad.state, bad.reason]).toEqual(["up", ""]);
    expect((await sharesOf(setting, 6))[0]).toBe(2);
  });

  test("each time in a row it is longer", async () => {
    const setting = await several(2, { probe_interval_ms: 0, eject_errors: 1, eject_ms: 10_000, slow_start_ms: 0 });
    const [bad] = setting.endpoints as [Endpoint];
    breakAll(setting.servers[0] as FakeServer);
    const lengths: number[] = [];
    for (let i = 0; i < 3; i++) {
      await updateUntil(setting, () => bad.state === "ejected");
      lengths.push(Math.floor((bad.ejectedUntilMs - setting.tested.clock.monotonicMs()) / 10_000));
      await pass(setting, 35_000);
    }
    expect(lengths).toEqual([1, 2, 3]);
  });

  test("never the last that serves, nor more than eject_percent_max", async () => {
    const setting = await several(4, { probe_interval_ms: 0, eject_errors: 1, eject_percent_max: 50 });
    for (const server of setting.servers) breakAll(server);
    for (let i = 0; i < 30; i++) await update(setting);
    const states = setting.endpoints.map(({ state }) => state);
    expect(states.filter((state) => state === "ejected")).toHaveLength(2);
    const alone = await several(1, { probe_interval_ms: 0, eject_errors: 1 });
    breakAll(alone.servers[0] as FakeServer);
    for (let i = 0; i < 3; i++) await update(alone);
    expect(alone.endpoints[0]?.state).toBe("up");
  });

  test("what was left out serves again when all others are down", async () => {
    const setting = await several(2, { probe_interval_ms: 0, eject_errors: 1, eject_ms: 100_000 });
    const [bad, other] = setting.endpoints as [Endpoint, Endpoint];
    breakAll(setting.servers[0] as FakeServer);
    await updateUntil(setting, () => bad.state === "ejected");
    (setting.servers[0] as FakeServer).script = () => undefined;
    await (setting.servers[1] as FakeServer).stop();
    await eventually(() => setting.pools[1]?.connections.size === 0);
    const client = await rig.client({ port: setting.tested.port });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect([bad.isUsable, other.state]).toEqual([true, "down"]);
  });
});

describe("watchLatency()", () => {
  async function withLatencies(latencies: readonly number[], health: Partial<HealthConfig> = {}): Promise<Setting> {
    const setting = await several(latencies.length, { probe_interval_ms: 0, ...health });
    for (let second = 0; second < 45; second++) {
      for (const [i, endpoint] of setting.endpoints.entries()) {
        for (let n = 0; n < 5; n++) statementAnswered(endpoint, latencies[i] ?? 0);
      }
      await pass(setting, 1_000);
    }
    return setting;
  }

  const statesFor = async (latencies: readonly number[], health?: Partial<HealthConfig>) =>
    (await withLatencies(latencies, health)).endpoints.map(({ state }) => state);

  test("one far slower than its peers is left out", async () => {
    expect(await statesFor([5, 6, 200], { eject_ms: 100_000 })).toEqual(["up", "up", "ejected"]);
  });

  test("a little slower is nobody's trouble, nor many times next to nothing", async () => {
    expect(await statesFor([10, 11, 40])).toEqual(["up", "up", "up"]);
    expect(await statesFor([0.1, 0.1, 5])).toEqual(["up", "up", "up"]);
    expect(await statesFor([5, 6, 200], { eject_latency_factor: 0 })).toEqual(["up", "up", "up"]);
  });

  test("the reason has both figures", async () => {
    const { endpoints } = await withLatencies([5, 5, 200], { eject_ms: 100_000 });
    expect(endpoints[2]?.reason).toBe("its statements take 200.0 ms, those of its peers 5.0 ms");
  });
});

describe("slow start", () => {
  test("an endpoint that has come back gets a share that grows to its weight", async () => {
    const { probe, answers } = aProbe();
    const health = { probe_interval_ms: 1_000, probe_fall: 1, probe_rise: 1, slow_start_ms: 100_000 };
    const setting = await several(2, health, probe);
    const [first] = setting.endpoints as [Endpoint, Endpoint];
    answers.set(first.port, "restarts");
    while (first.state === "up") await pass(setting, 100);
    answers.set(first.port, "");
    while (first.state === "down") await pass(setting, 100);
    expect([stateOf(first), first.share]).toEqual(["starting", 0.1]);
    expect((await sharesOf(setting, 400))[0]).toBeLessThan(80);
    await pass(setting, 50_000);
    expect(first.share).toBeGreaterThan(0.5);
    expect(first.share).toBeLessThan(0.62);
    const half = (await sharesOf(setting, 400))[0] ?? 0;
    expect(half).toBeGreaterThan(100);
    expect(half).toBeLessThan(175);
    await pass(setting, 51_000);
    expect([stateOf(first), first.share]).toEqual(["up", 1]);
    expect(await sharesOf(setting, 400)).toEqual([200, 200]);
  });
});
