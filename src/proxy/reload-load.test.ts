/** Many configurations one after another while clients work: no statement is lost, and nothing of the old ones is left. */
import { afterEach, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { resultSet, textRow } from "../testkit/answers.ts";
import { eventually } from "../testkit/eventually.ts";
import { query } from "../testkit/fake-client.ts";
import { openConnections } from "../testkit/fake-server.ts";
import type { ProxyUnderTest, TestListener, TestNode } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { poolsOf } from "./listener.ts";

const rig = newRig();
afterEach(rig.tearDown);

const CLIENTS = 12;
const RELOADS = 60;
/** The engine's garbage collector may take some words for pointers. */
const KEPT_MAX = 3;

test("sixty configurations under traffic: each answer is right, connections are exact, what is old can be collected", async () => {
  const random = seededRandom(7);
  const servers = [await rig.server(), await rig.server(), await rig.server()];
  for (const server of servers) {
    server.script = ({ text, connection }) =>
      text.startsWith("SELECT nonce") ? resultSet(connection.capabilities, ["n"], [textRow([text])]) : undefined;
  }
  const nodes = servers.map(({ port }, index): TestNode => ({ name: `node-${index}`, port }));
  const tested = rig.proxy({ nodes, listeners: [{ name: "a" }] });
  let [isOver, answered] = [false, 0];
  const work = async (index: number) => {
    const client = await rig.client({ port: tested.port });
    for (let turn = 0; !isOver; turn++) {
      if (turn % 5 === 0) await query(client, "BEGIN");
      const text = `SELECT nonce ${index} ${turn}`;
      const answer = await query(client, text);
      if (turn % 5 === 2) await query(client, "COMMIT");
      expect(Buffer.from(answer[2]?.payload ?? []).toString("latin1")).toContain(text);
      answered++;
    }
    await query(client, "COMMIT");
    client.stream.socket.destroy();
  };
  const clients = Array.from({ length: CLIENTS }, (_, index) => work(index));
  const old: WeakRef<object>[] = [];
  for (let index = 0; index < RELOADS; index++) {
    for (const pool of poolsOf(tested.listener)) old.push(new WeakRef(pool), new WeakRef(pool.endpoint));
    old.push(new WeakRef(tested.listener.setup));
    const before = answered;
    tested.reload(another(random, nodes, index));
    await eventually(() => answered > before + CLIENTS);
  }
  tested.reload({ nodes: nodes.slice(0, 1), listeners: [{ name: "a", pool_size: 3 }] });
  isOver = true;
  await Promise.all(clients);
  await isAtRest(tested);
  const [pool] = poolsOf(tested.listener);
  expect(poolsOf(tested.listener)).toHaveLength(1);
  expect(servers.map((server) => openConnections(server).length)).toEqual([pool?.connections.size ?? -1, 0, 0]);
  expect(pool?.connections.size).toBeLessThanOrEqual(3);
  expect(tested.log.lines.filter(({ level }) => level === "WARN" || level === "ERROR")).toEqual([]);
  const scraped = await tested.scrape();
  expect(scraped).not.toContain('domain="b"');
  expect(scraped).not.toContain(`server="127.0.0.1:${servers[1]?.port}"`);
  Bun.gc(true);
  await new Promise((resolve) => setImmediate(resolve));
  Bun.gc(true);
  const kept = new Set(old.map((each) => each.deref()).filter((each) => each !== undefined));
  if (pool !== undefined) for (const used of [pool, pool.endpoint]) kept.delete(used);
  expect(kept.size).toBeLessThanOrEqual(KEPT_MAX);
});

/** Rules, sizes, nodes with other passwords, listeners that come and go: never the same as before. */
function another(random: () => number, nodes: readonly TestNode[], index: number) {
  const chance = (share: number) => random() < share;
  const some = nodes.filter(() => chance(0.6)).map((node) => ({ ...node, weight: 1 + Math.floor(random() * 3) }));
  const regex = [`never ${index}`];
  const listener: TestListener = {
    name: "a",
    pool_size: 1 + Math.floor(random() * 6),
    ...(chance(0.5) ? { plugin: { circuit_break: [{ regex, case_insensitive: false }] } } : {}),
  };
  const listeners = chance(0.3) ? [{ name: "b" }, listener] : [listener];
  return { listeners, nodes: some.length === 0 ? [{ ...nodes[index % nodes.length]!, user: `user-${index}` }] : some };
}

/** Sessions are gone, and so are listeners and pools that were left. */
async function isAtRest(tested: ProxyUnderTest): Promise<void> {
  await eventually(() => {
    tested.clock.advance(20);
    const { listener, proxy } = tested;
    return listener.sessions.size === 0 && listener.retiring.size === 0 && proxy.leaving.size === 0;
  });
}
