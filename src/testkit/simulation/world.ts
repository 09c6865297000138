/** One run of a seed: the proxy between simulated servers and clients, in virtual time, and what the oracles found. */
import { seededRandom } from "../../lib/random.ts";
import { NO_ATTRIBUTES } from "../../mysql/connection-attributes.ts";
import { type RunningProxy, startProxy, stopProxy } from "../../proxy/proxy.ts";
import { newProxyMetrics } from "../../telemetry/metrics.ts";
import { recordingLogger } from "../log.ts";
import { testConfig } from "../proxy-under-test.ts";
import { pick } from "./chance.ts";
import { checkAlways, checkCalm, checkEnd, isConnecting } from "./checks.ts";
import { startClient } from "./client.ts";
import { planFaults } from "./faults.ts";
import { newNetwork } from "./network.ts";
import { type Plan, PORT, planOf } from "./plan.ts";
import { newSimulatedProbe } from "./probe.ts";
import { planReloads } from "./reloads.ts";
import { clockOf, later, newSchedule, runUntil } from "./schedule.ts";
import { newServer } from "./server.ts";
import type { Tallies, World } from "./world-types.ts";

/** All addresses of a simulation are numbers. */
const noLookup = () => Promise.reject(new Error("a simulation has no names"));

/** How a seed ended. */
export interface Run {
  readonly plan: Plan;
  readonly failures: readonly string[];
  readonly tallies: Tallies;
  readonly virtualMs: number;
  readonly steps: number;
  /** What happened, line by line; empty unless it was asked for. */
  readonly lines: readonly string[];
}

/** Virtual time after which everybody must be done. */
const END_MS = 900_000;
/** No plan has a longer timeout_connect_ms. */
const CONNECT_MAX_MS = 60_000;
const LOOK_MS = 500;
/** More failures say nothing more. */
const FAILURES_MAX = 5;

/** Runs `seed` to its end. */
export async function simulate(seed: number, isTraced: boolean): Promise<Run> {
  const plan = planOf(seed);
  const world = newWorld(plan, isTraced);
  for (const client of world.clients) startClient(client);
  planFaults(world);
  planReloads(world);
  watch(world);
  const { schedule, failures, proxy } = world;
  try {
    const isOver = () => failures.length >= FAILURES_MAX || world.clients.every(({ phase }) => phase === "done");
    await runUntil(schedule, END_MS, isOver);
    if (failures.length === 0) {
      // What was stalled comes through, what was silent is given up, and what is idle stays.
      await runUntil(schedule, schedule.nowMs + 120_000, () => false);
      // Upkeep may just be opening another one.
      await runUntil(schedule, schedule.nowMs + CONNECT_MAX_MS, () => !isConnecting(world));
      checkEnd(world);
      await stopAll(world);
    }
  } catch (error) {
    world.fail(`thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  proxy.stopUpkeep();
  const { tallies, lines } = world;
  return { plan, failures, tallies, virtualMs: schedule.nowMs, steps: schedule.steps, lines };
}

async function stopAll(world: World): Promise<void> {
  const { schedule, proxy } = world;
  const stopping = stopProxy(proxy, 1_000);
  await runUntil(schedule, schedule.nowMs + 5_000, () => false);
  await stopping;
  await runUntil(schedule, schedule.nowMs + 70_000, () => false);
  if (schedule.timers !== 0) world.fail(`${schedule.timers} timers of the proxy are left when it has stopped`);
  for (const server of world.servers) {
    if (server.connections.size > 0) world.fail(`${server.name} still has connections when the proxy has stopped`);
  }
}

/** Looks now and then at what must always hold. */
function watch(world: World): void {
  checkAlways(world);
  if (world.failures.length < FAILURES_MAX) later(world.schedule, LOOK_MS, () => watch(world));
}

function newWorld(plan: Plan, isTraced: boolean): World {
  const schedule = newSchedule();
  const random = seededRandom(plan.seed ^ 0x5eed);
  const weather = () => ({ ...pick(random, plan.weathers) });
  const network = newNetwork(schedule, random, weather);
  const log = recordingLogger();
  const tallies: Tallies = { statements: 0, refusals: new Map(), faults: new Map(), sessions: 0, cutOffs: 0 };
  const world: World = {
    plan,
    schedule,
    random,
    weather,
    network,
    log,
    tallies,
    flavour: plan.flavour,
    port: PORT,
    servers: [],
    clients: [],
    spoken: new Map(),
    executions: new Map(),
    failures: [],
    broken: new Set(),
    lines: [],
    proxy: undefined as unknown as RunningProxy, // three lines down
    ...reportsOf(() => world, isTraced),
  };
  openServers(world);
  const { metrics, transport } = { metrics: newProxyMetrics(), transport: network.transport };
  const config = testConfig({ listeners: [plan.listener], nodes: plan.nodes });
  const probe = newSimulatedProbe(network, random);
  const proxyRandom = seededRandom(plan.seed ^ 0xb0b);
  const edges = {
    clock: clockOf(schedule),
    random: proxyRandom,
    log,
    metrics,
    transport,
    lookup: noLookup,
    probe,
    crew: null,
    attributes: NO_ATTRIBUTES,
  };
  Object.assign(world, { proxy: startProxy(config, edges) });
  openClients(world);
  return world;
}

function openServers(world: World): void {
  world.plan.servers.forEach((manners, i) => {
    const server = newServer(`server-${i}`, world.plan.flavour, manners, world);
    world.servers.push(server);
    world.network.hosts.set(`10.0.1.${i + 1}:${PORT}`, server);
  });
}

function openClients(world: World): void {
  let nonce = 0;
  world.plan.clients.forEach((manners, i) => {
    world.clients.push({
      name: `client-${i}`,
      random: seededRandom(world.plan.seed * 31 + i),
      spoken: world.spoken,
      nextNonce: () => ++nonce,
      marks: world.plan.marks,
      prepared: [],
      world,
      manners,
      wire: null,
      pipe: null,
      judge: null,
      phase: "away",
      sinceMs: 0,
      heard: [],
      received: 0,
      awaited: 0,
      words: [],
      phrasesLeft: manners.phrasesMax,
      sessionLeft: 0,
      isWrong: false,
      isTurnedAway: false,
      hasLoggedIn: false,
    });
  });
}

/** What clients, servers and oracles tell the world. */
function reportsOf(
  worldOf: () => World,
  isTraced: boolean,
): Pick<World, "fail" | "trace" | "refused" | "answered" | "isStored" | "vanished" | "cutOff"> {
  const trace = (what: string) => {
    const { lines, schedule } = worldOf();
    if (isTraced) lines.push(`${schedule.nowMs.toFixed(3).padStart(11)} ${what}`);
  };
  const fail = (what: string) => {
    trace(`FAILURE ${what}`);
    worldOf().failures.push(what);
  };
  const count = (of: Map<string, number>, key: string) => void of.set(key, (of.get(key) ?? 0) + 1);
  return {
    fail,
    trace,
    refused: (kind, sent) => {
      const world = worldOf();
      count(world.tallies.refusals, kind);
      world.tallies.statements++;
      checkCalm(world, kind, sent);
    },
    answered: () => {
      worldOf().tallies.statements++;
    },
    isStored: ({ server, outcome }) => {
      const found = worldOf().servers.find(({ name }) => name === server);
      return found?.database.inserted.has(outcome.id ?? 0) === true;
    },
    vanished: (how) => count(worldOf().tallies.faults, `client breaks off: ${how}`),
    cutOff: (client, sent, why) => {
      const world = worldOf();
      world.tallies.cutOffs++;
      const { profile, listener } = world.plan;
      const isCalm = profile === "calm" || profile === "clients";
      const isFull = why.startsWith("while logging in") && (listener.limits?.sessions_max ?? 0) < 1_000;
      if (!isCalm || isFull || world.broken.has(client)) return;
      world.fail(`${client} was cut off (${why}) with ${sent.length} commands open, and nothing had gone wrong`);
    },
  };
}
