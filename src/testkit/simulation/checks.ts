/** The other oracles: nothing hangs, nothing is lost track of, every permit comes back, every connection is pooled or closed. */
import type { RefusalKind } from "./refusals.ts";
import type { Sent } from "./sent.ts";
import type { World } from "./world-types.ts";

/** A client that has heard nothing for this long hangs: no fault and no limit of a plan lasts longer. */
const HANGS_MS = 150_000;

/** What must hold at any time. */
export function checkAlways(world: World): void {
  const { schedule, proxy, clients, log } = world;
  for (const client of clients) {
    if (client.phase === "done" || schedule.nowMs - client.sinceMs < HANGS_MS) continue;
    world.fail(`${client.name} hangs in ${client.phase}: ${client.judge?.sent[0]?.what ?? "nothing said"}`);
    client.phase = "done";
  }
  for (const { setup } of proxy.listeners) {
    for (const pool of setup.pools.values()) {
      const max = pool.options.sizeMax + pool.options.reserveMax + pool.surplus;
      if (pool.connections.size > max) world.fail(`a pool has ${pool.connections.size} connections of ${max}`);
    }
    for (const { tallies } of setup.chain) {
      for (const { key, taken } of tallies) if (taken < 0) world.fail(`rule ${key} has ${taken} places taken`);
    }
  }
  for (const line of log.lines.splice(0)) {
    world.trace(`LOG ${line.level} ${line.message} ${JSON.stringify(line.fields ?? {})}`);
    if (line.level === "ERROR") world.fail(`logged an error: ${line.message} ${JSON.stringify(line.fields)}`);
  }
}

/** Where nothing goes wrong the proxy refuses only what rules and the pool's size make it refuse. */
export function checkCalm(world: World, kind: RefusalKind, sent: Sent): void {
  const { profile } = world.plan;
  const isCalm = profile === "calm" || profile === "clients";
  if (isCalm && kind === "backend") world.fail(`${sent.what} was refused for a backend, and none had failed`);
  if (kind === "left" && sent.asked === null && !sent.what.includes("ROW_COUNT")) {
    world.fail(`${sent.what} does not ask what the last statement left, and was refused for it`);
  }
}

/** True while a pool opens a connection. */
export function isConnecting({ proxy }: World): boolean {
  return proxy.listeners.some(({ setup }) =>
    [...setup.pools.values()].some(({ connections }) => [...connections].some(({ state }) => state === "connecting")),
  );
}

/** What must hold when all clients have left and everything has settled. */
export function checkEnd(world: World): void {
  const { proxy, servers, spoken } = world;
  for (const { sessions, book, setup, cleanups, counters, retiring } of proxy.listeners) {
    if (retiring.size > 0) world.fail(`${retiring.size} pools that no route leads to are left`);
    if (sessions.size > 0) world.fail(`${sessions.size} sessions are left: ${phasesOf(sessions)}`);
    if (book.size > 0) world.fail(`${book.size} prepared statements are left`);
    if (cleanups !== 0) world.fail(`${cleanups} statements of vanished clients are still being killed`);
    for (const { name, tallies } of setup.chain) {
      for (const { key, taken } of tallies) {
        if (taken !== 0) world.fail(`${taken} places of ${name} ${key} were not given back`);
      }
    }
    if (counters.values.some((value) => value < 0)) world.fail("a counter of the listener is negative");
    let pooled = 0;
    for (const pool of setup.pools.values()) {
      pooled += pool.connections.size;
      if (pool.waiters.length > 0) world.fail(`${pool.waiters.length} statements still wait for a connection`);
      for (const connection of pool.connections) {
        const { state, holder, tracker, ownStatements } = connection;
        const isPooled = state === "idle" || state === "checking";
        const isClean =
          isPooled && holder === null && tracker.isDone && (ownStatements.length === 0 || state === "checking");
        if (!isClean) world.fail(`a connection is ${state} when all clients have left`);
      }
      if (!pool.endpoint.isUsable) world.fail(`${pool.endpoint.name} is out of service though its server is up`);
    }
    // A server may be answering somebody who has hung up.
    const open = servers.flatMap((server) => [...server.connections]).filter(({ pipe }) => !pipe.isOver).length;
    if (open !== pooled) world.fail(`servers have ${open} connections open, the pools know of ${pooled}`);
  }
  for (const server of servers) {
    const { rowLocks, namedLocks, tableLock } = server.database;
    if (rowLocks.size > 0 || namedLocks.size > 0 || tableLock !== null) {
      world.fail(`${server.name} still has locks when all clients have left`);
    }
  }
  if (spoken.size === 0) world.fail("nobody has said anything");
}

function phasesOf(sessions: ReadonlyMap<number, { phase: string }>): string {
  return [...sessions.values()].map(({ phase }) => phase).join(", ");
}
