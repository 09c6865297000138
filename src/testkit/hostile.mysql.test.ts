import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { seededRandom } from "../lib/random.ts";
import { makeAttack } from "./hostile/attack.ts";
import { attacksOf } from "./hostile/attacks.ts";
import { placePlain } from "./manifests.ts";
import { readUsage } from "./process-usage.ts";
import { type ProxyProcess, startProxy } from "./proxy-process.ts";
import { freePort } from "./servers/port.ts";
import { realServer } from "./servers.ts";

const SEED = 20_221_122;
const POOL_SIZE = 8;
const RSS_GROWTH_BYTES_MAX = 64 * 1024 * 1024;

let directory: string;
let proxy: ProxyProcess;
let bystander: Connection;
let asked = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "pisanix-hostile-"));
  proxy = await startProxy(
    await placePlain(directory, await freePort(), realServer("mysql"), "test", { poolSize: POOL_SIZE }),
  );
  bystander = await createConnection({ ...proxy.login });
});

afterAll(async () => {
  bystander?.destroy();
  await proxy?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Another session's life: its own rows, in order, while the attack runs. */
async function bystanderIsServed(): Promise<void> {
  asked++;
  const [rows] = await bystander.query<RowDataPacket[]>("SELECT ? AS n, CONNECTION_ID() > 0 AS alive", [asked]);
  expect(rows).toEqual([expect.objectContaining({ n: asked, alive: 1 })]);
}

const attacks = attacksOf(seededRandom(SEED));

test("attacksOf() makes at least fifty different attacks", () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBeGreaterThanOrEqual(50);
});

for (const attack of attacks) {
  test(`a proxy outlives ${attack.phase}: ${attack.name} (seed ${SEED})`, async () => {
    const [outcome] = await Promise.all([makeAttack(proxy.login, attack), bystanderIsServed()]);
    expect(outcome).toMatch(/^(closed|ERR \d+)$/);
    await bystanderIsServed();
  }, 15_000);
}

test("a proxy forgets its attackers: memory stays bounded when all come at once", async () => {
  const before = await readUsage(proxy.pid);
  for (let round = 0; round < 3; round++) {
    const crowd = attacksOf(seededRandom(SEED + round)).map((attack) => makeAttack(proxy.login, attack));
    await Promise.all([...crowd, bystanderIsServed()]);
  }
  await bystanderIsServed();
  expect((await readUsage(proxy.pid)).rssBytes - before.rssBytes).toBeLessThan(RSS_GROWTH_BYTES_MAX);
}, 60_000);
