/** One pool of two event loops, both in the test's thread: the same cells and bells as between workers, under random load. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { type Bells, listenToBell } from "../lib/bell.ts";
import { systemClock } from "../lib/clock.ts";
import { seededRandom } from "../lib/random.ts";
import { newSharedCells } from "../lib/worker-share.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, errOf, query, tryFakeClient } from "../testkit/fake-client.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import { closeStream } from "../testkit/packet-stream.ts";
import type { TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import type { Crew } from "./generation.ts";
import { poolsOf } from "./listener.ts";
import { heedBells } from "./proxy.ts";
import { accountCells, lineCells, listenerCells, poolCells } from "./shared-names.ts";

/** Threads and processes start late on a machine that has much to do. */
setDefaultTimeout(60_000);

const rig = newRig();
const stops: Array<() => void> = [];
afterEach(async () => {
  await rig.tearDown();
  for (const stop of stops.splice(0)) stop();
});

/** `workers` proxies in front of one server, which count their connections together. */
function aCrew(server: FakeServer, workers: number, poolSize: number, more: TestListener = {}) {
  const names = [
    ...listenerCells({ user: "app" } as Parameters<typeof listenerCells>[0]),
    poolCells("node-0"),
    lineCells("node-0"),
    accountCells("node-0"),
  ];
  const cells = new Map(names.map((name) => [name, newSharedCells(workers)]));
  const bellCells = new Int32Array(new SharedArrayBuffer(workers * 4));
  const proxies = Array.from({ length: workers }, (_, worker) => {
    const bells: Bells = { cells: bellCells, worker };
    const crew: Crew = { worker, workers, shareOf: () => ({ worker, workers, bells, cells }), killElsewhere() {} };
    const tested = rig.proxy({
      ...{ crew, clock: systemClock, seed: worker },
      listeners: [{ pool_size: poolSize, limits: { pool_reserve_max: 0 }, ...more }],
      nodes: [{ port: server.port }],
    });
    stops.push(listenToBell(bells, () => heedBells(tested.proxy)));
    return tested;
  });
  return { proxies, pool: new Int32Array(cells.get(poolCells("node-0")) ?? new SharedArrayBuffer(0)) };
}

test("two workers have so many connections of accounts of the server, together", async () => {
  const server = await rig.server();
  const { proxies } = aCrew(server, 2, 1, { accounts: "server", limits: { account_connections_max: 2 } });
  const guest = (worker: number) => ({ port: proxies[worker]?.port ?? 0, user: "guest", password: "secret" });
  const [first] = [await rig.client(guest(0)), await rig.client(guest(1))];
  for (const worker of [0, 1]) expect(errOf((await tryFakeClient(guest(worker))).last).code).toBe(1040);
  closeStream(first.stream);
  await eventually(() =>
    poolsOf(proxies[0]!.listener).every(({ isForAccounts, connections }) => !isForAccounts || connections.size === 0),
  );
  await rig.client(guest(1));
});

for (const [workers, poolSize, seed] of [
  [2, 1, 1],
  [2, 3, 2],
  [3, 2, 3],
  [4, 5, 4],
] as const) {
  test(`${workers} workers never have more than ${poolSize} connections, everybody is served, nothing is left taken`, async () => {
    const server = await rig.server();
    const { proxies, pool } = aCrew(server, workers, poolSize);
    const random = seededRandom(seed);
    let most = 0;
    // Not by the server's count: it may hear of a new connection before it hears of the end of the one that made room.
    const connections = () => proxies.map(({ listener }) => poolsOf(listener)[0]?.connections.size ?? -1);
    const sum = (counts: number[]) => counts.reduce((all, each) => all + each, 0);
    server.script = () => {
      most = Math.max(most, sum(connections()));
      return undefined;
    };
    const work = async (worker: number) => {
      const client = await rig.client({ port: proxies[worker]?.port ?? 0 });
      for (let turn = 0; turn < 25; turn++) {
        const isPinned = random() < 0.3;
        if (isPinned) expect(brief(await query(client, "BEGIN"))).toBe("OK");
        expect(brief(await query(client, "SELECT 1"))).toBe("OK");
        if (isPinned) expect(brief(await query(client, "COMMIT"))).toBe("OK");
        if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all(Array.from({ length: workers * 4 }, (_, index) => work(index % workers)));
    expect(most).toBeLessThanOrEqual(poolSize);
    expect([...pool.subarray(0, 1 + workers)]).toEqual([sum(connections()), ...connections()]);
    for (const tested of proxies) await tested.stop();
    await eventually(() => pool[0] === 0);
    expect([...pool.subarray(0, 1 + workers)]).toEqual(Array.from({ length: 1 + workers }, () => 0));
  });
}
