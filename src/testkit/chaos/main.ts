/**
 * `make chaos`: many clients on few connections while everything around the proxy fails. Each statement has a nonce that must
 * come back in its own answer. CHAOS_SECONDS=600 is the long form; CHAOS_SEED and CHAOS_SERVER=mariadb choose another run.
 */
import { join } from "node:path";
import { seededRandom } from "../../lib/random.ts";
import { readChaosSettings } from "../environment.ts";
import { readUsage } from "../process-usage.ts";
import { startConfigured } from "../proxy-process.ts";
import { withScratch } from "../scratch.ts";
import { MARIADB } from "../servers/mariadb.ts";
import { MYSQL } from "../servers/mysql.ts";
import { freePort } from "../servers/port.ts";
import { waitUntil } from "../servers/process.ts";
import { runProgram, say } from "../terminal.ts";
import { checkAccounts, connectionsOf, sum } from "./accounts.ts";
import { type ChaosClients, liveClient } from "./client.ts";
import { type ConfigPlaces, FIRST_VARIANT, POOL_SIZE } from "./config.ts";
import type { Score } from "./conversation.ts";
import { type Faults, placeConfig, runFaults } from "./faults.ts";
import { auditLedger, newLedger } from "./ledger.ts";
import { type Leg, openLeg } from "./leg.ts";
import { newMemory, sampleMemory, whatGrew } from "./memory.ts";
import { type ChaosServer, startChaosServer } from "./server.ts";

const { seconds: SECONDS, seed: SEED, clients: CLIENTS, server: SERVER } = readChaosSettings();
const THINK_MS_MAX = 600;
const REPORT_EVERY_S = 10;
/** Of each kind of finding. */
const SHOWN_MAX = 10;
/** Of all statements, while the server can be reached: more, and the run shows nothing. */
const REFUSED_SHARE_MAX = 0.1;

await runProgram(() => withScratch(chaos));

async function chaos(scratch: string): Promise<number> {
  say(`seed ${SEED}: ${CLIENTS} clients on a pool of ${POOL_SIZE} to ${SERVER}, ${SECONDS} s`);
  const server = await startChaosServer(SERVER === "mariadb" ? MARIADB : MYSQL, scratch);
  try {
    return await runOn(server, scratch);
  } finally {
    await server.stop();
  }
}

async function runOn(server: ChaosServer, scratch: string): Promise<number> {
  const random = seededRandom(SEED);
  const backends = await openLeg(server.port, seededRandom(SEED + 1));
  const places: ConfigPlaces = {
    file: join(scratch, "pisanix.yaml"),
    port: await freePort(),
    adminPort: await freePort(),
    backendPort: backends.port,
    account: server.account,
  };
  await placeConfig(places, FIRST_VARIANT);
  const proxy = await startConfigured(places.file, places.port, places.adminPort);
  const legs = { clients: await openLeg(places.port, seededRandom(SEED + 2)), backends };
  const { user, password } = server.account;
  const score = newScore();
  const port = legs.clients.port;
  const all: ChaosClients = {
    ...{ port, user, password, score },
    ledger: newLedger(),
    thinkMsMax: THINK_MS_MAX,
    isOver: false,
  };
  const faults: Faults = { random, server, legs, places, counts: new Map(), outages: score.outages, isOver: false };
  const findings: string[] = [];
  try {
    const memory = newMemory();
    const living = Array.from({ length: CLIENTS }, (_, i) => liveClient(all, i, SEED));
    const failing = runFaults(faults);
    for (let second = 1; second <= SECONDS; second++) {
      await Bun.sleep(1_000);
      sampleMemory(memory, (await readUsage(proxy.pid)).rssBytes);
      if (second % REPORT_EVERY_S === 0) say(`${second} s: ${words(score)}`);
    }
    faults.isOver = true;
    await failing;
    all.isOver = true;
    await Promise.all(living);
    await placeConfig(places, FIRST_VARIANT);
    findings.push(...(await checkAccounts({ adminUrl: proxy.adminUrl, server, legs })));
    findings.push(...whatGrew(memory));
    findings.push(...(await checkConfigs(proxy.adminUrl)));
  } finally {
    all.isOver = true;
    faults.isOver = true;
    findings.push(...(await stopAll(proxy, server, legs)));
  }
  const root = await server.connect();
  findings.push(...(await auditLedger(all.ledger, root)));
  await root.end();
  return report(score, faults, findings, all.ledger.fates.size);
}

async function checkConfigs(adminUrl: string): Promise<string[]> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const [generation, failures] = [
    sum(metrics, "pisanix_config_generation"),
    sum(metrics, "pisanix_config_failures_total"),
  ];
  say(`the last configuration was number ${generation}`);
  return failures === 0 && generation > 1 ? [] : [`configuration ${generation}, ${failures} of them failed`];
}

/** The proxy leaves in order, and nothing of it stays with the server. */
async function stopAll(
  proxy: { stop(): Promise<number> },
  server: ChaosServer,
  legs: { clients: Leg; backends: Leg },
): Promise<string[]> {
  const findings: string[] = [];
  const code = await proxy.stop();
  if (code !== 0) findings.push(`the proxy ended with exit code ${code}`);
  const isEmpty = await waitUntil(async () => (await connectionsOf(server)) === 0, 10_000);
  if (!isEmpty) findings.push("the server still has connections of a proxy that has ended");
  legs.clients.stop();
  legs.backends.stop();
  return findings;
}

function newScore(): Score {
  return {
    right: 0,
    refusals: new Map(),
    refusedInPeace: 0,
    outages: { upSinceMs: 0, recoveriesMs: [], isRecovered: true },
    ...{ lost: 0, vanished: 0, logins: 0 },
    wrong: [],
    hangs: [],
  };
}

function words({ right, refusals, lost, vanished, logins, wrong, hangs }: Score): string {
  const refused = [...refusals.values()].reduce((total, count) => total + count, 0);
  const bad = `${wrong.length} wrong, ${hangs.length} hangs`;
  return `${right} right answers, ${refused} refusals, ${logins} sessions, ${lost} lost, ${vanished} vanished; ${bad}`;
}

function report(score: Score, { counts }: Faults, findings: readonly string[], rows: number): number {
  const all = [...score.wrong.slice(0, SHOWN_MAX), ...score.hangs.slice(0, SHOWN_MAX), ...findings.slice(0, SHOWN_MAX)];
  const { refusedInPeace, right, outages } = score;
  const share = refusedInPeace / (right + refusedInPeace);
  if (!(share <= REFUSED_SHARE_MAX)) all.push(`${Math.round(share * 100)} % refused while the server could be reached`);
  say(words(score));
  say(`refusals: ${[...score.refusals].map(([code, count]) => `${count} of ${code}`).join(", ") || "none"}`);
  say(`${refusedInPeace} of them while the server could be reached`);
  const recoveries = outages.recoveriesMs.map((ms) => (ms / 1_000).toFixed(1));
  say(`seconds from the server's return to the first answer: ${recoveries.join(", ") || "it was never away"}`);
  say(`faults: ${[...counts].map(([what, count]) => `${count} ${what}`).join(", ")}`);
  say(`${rows} rows written, and each is where it has to be unless it is named below`);
  for (const each of all) say(`WRONG: ${each}`);
  say(all.length === 0 ? "nothing is wrong" : `${all.length} findings with seed ${SEED}`);
  return all.length === 0 ? 0 : 1;
}
