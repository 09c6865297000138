/**
 * `make churn`: clients that come and go, stay for long and prepare statements, at a moderate rate: does the proxy's memory stay
 * where it is? One row a minute, and the middle of the last third beside that of the one before. `CHURN_MINUTES=60`: an hour.
 */
import { systemClock } from "../../lib/clock.ts";
import { readChurnMinutes } from "../environment.ts";
import { megabytes, percentile } from "../kube/load/figures.ts";
import { placePlain } from "../manifests.ts";
import { readUsage } from "../process-usage.ts";
import { type ProxyProcess, startProxy } from "../proxy-process.ts";
import { withScratch } from "../scratch.ts";
import { freePort } from "../servers/port.ts";
import { realServer } from "../servers.ts";
import { runProgram, say } from "../terminal.ts";
import { type Churn, newChurn, stay, visit } from "./clients.ts";

const VISITORS = 4;
const STAYERS = 4;
const MINUTE_MS = 60_000;
/** An allocator gives back late, and caches fill: more than this is growth. */
const GROWTH_MAX = 1.1;

await runProgram(() => withScratch(run));

async function run(scratch: string): Promise<number> {
  const minutes = readChurnMinutes();
  const manifests = await placePlain(scratch, await freePort(), realServer("mysql"), "test", { poolSize: 16 });
  const proxy = await startProxy(manifests);
  try {
    const churn = newChurn();
    const loops = [
      ...Array.from({ length: VISITORS }, () => visit(churn, proxy.login)),
      ...Array.from({ length: STAYERS }, () => stay(churn, proxy.login)),
    ];
    const figures = await Promise.race([watch(proxy, churn, minutes), failureOf(loops)]);
    churn.isOver = true;
    await Promise.all(loops);
    return report(figures);
  } finally {
    await proxy.stop();
  }
}

/** Prints a row a minute. Returns the resident bytes of each. */
async function watch({ pid }: ProxyProcess, churn: Churn, minutes: number): Promise<number[]> {
  const figures: number[] = [];
  const startedMs = systemClock.monotonicMs();
  say("minute  resident  connections  statements");
  for (let minute = 0; minute <= minutes; minute++) {
    await Bun.sleep(Math.max(0, startedMs + minute * MINUTE_MS - systemClock.monotonicMs()));
    const { rssBytes } = await readUsage(pid);
    const cells = [String(minute).padStart(6), megabytes(rssBytes).padStart(8)];
    say([...cells, String(churn.connections).padStart(11), String(churn.statements).padStart(10)].join("  "));
    if (minute > 0) figures.push(rssBytes);
  }
  return figures;
}

/** Never resolves. Rejects when one of `loops` does: then nothing more is to be learned. */
function failureOf(loops: readonly Promise<void>[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const loop of loops) loop.catch(reject);
  });
}

function report(figures: readonly number[]): number {
  const third = Math.max(1, Math.floor(figures.length / 3));
  const last = percentile(figures.slice(-third), 0.5);
  const growth = last / percentile(figures.slice(-2 * third, -third), 0.5);
  say(
    `the last third of the minutes: ${megabytes(last)}, x${growth.toFixed(3)} of the third before; x${GROWTH_MAX} is the limit`,
  );
  return growth > GROWTH_MAX ? 1 : 0;
}
