/** `make bench` and `make bench-quick`: CPU per query beside a direct connection, HAProxy in TCP mode and MySQL Router. */
import { accountOf } from "../manifests.ts";
import { withScratch } from "../scratch.ts";
import { unpackDebian } from "../servers/debian.ts";
import { realServer } from "../servers.ts";
import { runProgram, say } from "../terminal.ts";
import { startContenders } from "./contenders.ts";
import { measureIdleClients } from "./idle-clients.ts";
import { fillTable, measure } from "./measure.ts";
import { type Measured, report, sayScenario } from "./report.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { writeScripts } from "./scripts.ts";

const IDLE_CLIENTS = [0, 1_000, 10_000];
/** Below ten per cent a difference is noise on a machine that others use, too. */
const TOLERANCE = 1.1;

const USAGE = "usage: bench/main.ts [--quick] [--gate] [--rounds N] [--seconds N] [--only PART-OF-A-NAME]";

interface Options {
  isQuick: boolean;
  /** Ends with 1 when a goal is missed by more than a tenth. */
  isGate: boolean;
  rounds: number;
  seconds: number;
  only: string;
}

await runProgram(() => withScratch((scratch) => bench(scratch, readOptions(process.argv.slice(2)))));

async function bench(scratch: string, options: Options): Promise<number> {
  const { isQuick, isGate, rounds, seconds } = options;
  const scenarios = SCENARIOS.filter((scenario) => isWanted(scenario, options));
  if (scenarios.length === 0) throw new Error(`bench: no load has ${options.only} in its name`);
  const debian = await unpackDebian("bookworm");
  const server = realServer("mysql");
  const direct = { ...accountOf(server), host: server.host, port: server.port, database: "sbtest" };
  await writeScripts(scratch);
  const prepared = { debian, directory: scratch, scanMegabytes: await fillTable(debian, direct), rounds, seconds };
  const contenders = await startContenders(scratch, server, direct, isQuick);
  try {
    say(`${scenarios.length} kinds of load, ${rounds} rounds of ${seconds} s each over ${contenders.all.length} ways`);
    const all: Measured[] = [];
    for (const scenario of scenarios) {
      const measured = { scenario, medians: await measure(prepared, scenario, contenders.all) };
      sayScenario(measured);
      all.push(measured);
    }
    const fresh = await contenders.startFresh();
    const isWhole = !isQuick && options.only === "";
    const idle = await measureIdleClients(fresh, isWhole ? IDLE_CLIENTS : IDLE_CLIENTS.slice(0, 1));
    const about = { startMs: fresh.startMs, idle, server: server.version, rounds, seconds };
    const missed = await report(all, about, TOLERANCE);
    return isGate && missed > 0 ? 1 : 0;
  } finally {
    await contenders.stop();
  }
}

function isWanted({ name, isQuick }: Scenario, options: Options): boolean {
  return (!options.isQuick || isQuick === true) && name.includes(options.only);
}

function readOptions(args: readonly string[]): Options {
  const isQuick = args.includes("--quick");
  const options: Options = { isQuick, isGate: false, rounds: 6, seconds: isQuick ? 2 : 3, only: "" };
  const rest = [...args];
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "--quick") continue;
    if (name === "--gate") options.isGate = true;
    else if (name === "--rounds" || name === "--seconds")
      options[name === "--rounds" ? "rounds" : "seconds"] = count(rest.shift());
    else if (name === "--only") options.only = rest.shift() ?? "";
    else throw new Error(`bench: unknown argument ${name}; ${USAGE}`);
  }
  return options;
}

function count(text: string | undefined): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`bench: ${text ?? "nothing"} is not a whole number above 0; ${USAGE}`);
}
