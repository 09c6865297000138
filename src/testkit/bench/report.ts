/** The figures as tables: for the terminal, for the README, and as JSON for comparing runs. */
import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { REPOSITORY } from "../paths.ts";
import { say, sayTable } from "../terminal.ts";
import type { Contender } from "./contenders.ts";
import type { IdleMemory } from "./idle-clients.ts";
import type { Sample } from "./measure.ts";
import type { Scenario } from "./scenarios.ts";

export interface Measured {
  scenario: Scenario;
  medians: ReadonlyMap<Contender["name"], Sample>;
}

/** What the figures were measured under, and those of a process before any load. */
export interface Circumstances {
  /** From spawn to the first accepted connection. */
  startMs: number;
  idle: readonly IdleMemory[];
  server: string;
  rounds: number;
  seconds: number;
}

const HEAD = [
  "",
  "a second",
  "CPU us",
  "of haproxy's",
  "of router's",
  "user us",
  "+p50 us",
  "+p95 us",
  "+p99 us",
  "RSS MB",
];

/** CPU time of pisanix as part of `other`'s; NaN when either was not measured. */
export function ratioTo({ medians }: Measured, other: "haproxy" | "router"): number {
  return (medians.get("pisanix")?.cpuUs ?? Number.NaN) / (medians.get(other)?.cpuUs ?? Number.NaN);
}

/** Prints the table of one scenario. */
export function sayScenario(measured: Measured): void {
  say(`\n${measured.scenario.name}; CPU and user time a ${measured.scenario.unit}`);
  sayTable(HEAD, rowsOf(measured));
}

/** Writes bench.json and bench.md into dist, and returns how many goals were missed by more than `tolerance`, which is a factor. */
export async function report(all: readonly Measured[], about: Circumstances, tolerance: number): Promise<number> {
  const directory = join(REPOSITORY, "dist");
  const scenarios = all.map(({ scenario, medians }) => ({ ...scenario, medians: Object.fromEntries(medians) }));
  await writeFile(join(directory, "bench.json"), `${JSON.stringify({ ...about, scenarios }, null, 2)}\n`);
  await writeFile(join(directory, "bench.md"), markdown(all, about));
  say(`\nstart to accepting ${about.startMs.toFixed(0)} ms`);
  for (const { clients, rssBytes } of about.idle) say(`${clients} idle clients: RSS ${megabytes(rssBytes)} MB`);
  let missed = 0;
  for (const measured of all) {
    for (const other of ["haproxy", "router"] as const) {
      const goal = measured.scenario.goals[other];
      const ratio = ratioTo(measured, other);
      if (goal === undefined || Number.isNaN(ratio)) continue;
      if (ratio > goal * tolerance) missed++;
      const verdict = ratio <= goal ? "reached" : "missed";
      say(`${measured.scenario.name}: ${ratio.toFixed(2)} of ${other}'s CPU time, goal ${goal}: ${verdict}`);
    }
  }
  for (const { scenario, medians } of all) {
    const [one, two] = [medians.get("pisanix"), medians.get("pisanix, 2 workers")];
    if (one === undefined || two === undefined || !scenario.name.includes("64 clients")) continue;
    const [cost, work] = [two.cpuUs / one.cpuUs, two.perSecond / one.perSecond];
    say(
      `${scenario.name}: two workers need ${cost.toFixed(2)} of one's CPU time and do ${work.toFixed(2)} of its work`,
    );
  }
  say(`written to ${directory}: bench.json, bench.md`);
  return missed;
}

function rowsOf({ medians }: Measured): string[][] {
  const direct = medians.get("direct");
  return [...medians].map(([name, sample]) => {
    const perSecond = sample.perSecond.toFixed(0);
    if (name === "direct") return [name, perSecond];
    const ratio = (other: "haproxy" | "router") => {
      const of = medians.get(other)?.cpuUs;
      return of === undefined || other === name ? "" : (sample.cpuUs / of).toFixed(2);
    };
    const added = (field: "p50Ms" | "p95Ms" | "p99Ms") => ((sample[field] - (direct?.[field] ?? 0)) * 1000).toFixed(0);
    return [
      name,
      perSecond,
      sample.cpuUs.toFixed(1),
      ratio("haproxy"),
      ratio("router"),
      sample.userUs.toFixed(1),
      added("p50Ms"),
      added("p95Ms"),
      added("p99Ms"),
      megabytes(sample.rssBytes),
    ];
  });
}

function markdown(all: readonly Measured[], about: Circumstances): string {
  const [cpu] = cpus();
  const lines = [
    `${new Date(systemClock.wallMs()).toISOString().slice(0, 10)}, ${cpus().length} cores (${cpu?.model.trim()}), ` +
      `${(totalmem() / 2 ** 30).toFixed(0)} GiB, MySQL ${about.server}; medians of ${about.rounds} interleaved rounds of ${about.seconds} s.`,
    "",
    `| load | ${HEAD.slice(1).join(" | ")} |`,
    `|---|${"---|".repeat(HEAD.length - 1)}`,
  ];
  for (const measured of all) {
    lines.push(`| **${measured.scenario.name}**, a ${measured.scenario.unit} |${" |".repeat(HEAD.length - 1)}`);
    for (const row of rowsOf(measured)) {
      lines.push(`| ${HEAD.map((_, column) => row[column] ?? "").join(" | ")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
