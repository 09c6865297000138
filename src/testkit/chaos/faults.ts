/** What goes wrong while clients talk: connections break and stall on both legs, the server is killed, the configuration changes. */
import { rename, writeFile } from "node:fs/promises";
import { systemClock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { between, isLucky, pick } from "../simulation/chance.ts";
import { type ConfigPlaces, chaosConfig, newVariant } from "./config.ts";
import type { Outages } from "./conversation.ts";
import type { Leg } from "./leg.ts";
import type { ChaosServer } from "./server.ts";

const STALL_MS_MAX = 3_000;
const AWAY_MS_MAX = 2_000;

export interface Faults {
  readonly random: Random;
  readonly server: ChaosServer;
  readonly legs: { readonly clients: Leg; readonly backends: Leg };
  readonly places: ConfigPlaces;
  readonly counts: Map<string, number>;
  readonly outages: Outages;
  isOver: boolean;
}

/** All of them, each at its own pace. Resolves when the run is over and the server is up. */
export async function runFaults(faults: Faults): Promise<void> {
  await Promise.all([
    repeat(faults, 50, 400, () => hurtNetwork(faults)),
    repeat(faults, 10_000, 20_000, () => killServer(faults)),
    repeat(faults, 2_000, 6_000, () => changeConfig(faults)),
  ]);
}

async function repeat(faults: Faults, fromMs: number, toMs: number, run: () => Promise<void> | void): Promise<void> {
  for (;;) {
    let leftMs = between(faults.random, fromMs, toMs);
    for (; leftMs > 0 && !faults.isOver; leftMs -= 100) await Bun.sleep(Math.min(100, leftMs));
    if (faults.isOver) return;
    await run();
  }
}

function count({ counts }: Faults, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function hurtNetwork(faults: Faults): void {
  const { random, legs } = faults;
  const side = pick(random, ["clients", "backends"] as const);
  if (isLucky(random, 0.5)) {
    if (legs[side].breakOne()) count(faults, `connections of ${side} reset`);
  } else if (legs[side].stallOne(random() * STALL_MS_MAX)) {
    count(faults, `connections of ${side} stalled`);
  }
}

async function killServer(faults: Faults): Promise<void> {
  count(faults, "server killed");
  faults.outages.upSinceMs = null;
  await faults.server.kill(faults.random() * AWAY_MS_MAX);
  faults.outages.upSinceMs = systemClock.monotonicMs();
  faults.outages.isRecovered = false;
}

async function changeConfig(faults: Faults): Promise<void> {
  count(faults, "configuration changed");
  await placeConfig(faults.places, newVariant(faults.random));
}

/** Puts a configuration in the place of the one that is served, in one step. */
export async function placeConfig(places: ConfigPlaces, variant: ReturnType<typeof newVariant>): Promise<void> {
  await writeFile(`${places.file}.new`, JSON.stringify(chaosConfig(places, variant)), { mode: 0o600 });
  await rename(`${places.file}.new`, places.file);
}
