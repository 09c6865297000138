/**
 * `make simulate`: runs seeds of the simulation, SEEDS=1..10000 or one with all that happens in it, and prints those that
 * fail. The same seed is the same run, always.
 */
import { readSeeds } from "../environment.ts";
import { runProgram, say } from "../terminal.ts";
import { type Run, simulate } from "./world.ts";

/** Seeds between two lines that say how far it is. */
const REPORT_EVERY = 1_000;

await runProgram(async () => {
  const { from, to } = readSeeds();
  if (from === to) return tell(await simulate(from, true));
  const failed: Run[] = [];
  let statements = 0;
  let faults = 0;
  for (let seed = from; seed <= to; seed++) {
    const run = await simulate(seed, false);
    statements += run.tallies.statements;
    for (const count of run.tallies.faults.values()) faults += count;
    if (run.failures.length > 0) {
      failed.push(run);
      say(explainRun(run));
    }
    if ((seed - from + 1) % REPORT_EVERY === 0) say(`${seed - from + 1} seeds, ${failed.length} failed`);
  }
  say(`${to - from + 1} seeds: ${statements} statements, ${faults} faults, ${failed.length} seeds failed`);
  if (failed.length > 0) say(`failed: ${failed.map(({ plan }) => plan.seed).join(" ")}`);
  return failed.length === 0 ? 0 : 1;
});

function explainRun({ plan, failures }: Run): string {
  return `seed ${plan.seed} (${plan.profile}, ${plan.flavour}): ${failures.join("\n")}`;
}

function tell(run: Run): number {
  for (const line of run.lines) say(line);
  const { plan, failures, tallies, virtualMs } = run;
  say(`${plan.profile}, ${plan.flavour}, ${JSON.stringify(plan.listener)}`);
  say(
    `${plan.clients.length} clients, ${tallies.statements} statements in ${(virtualMs / 1_000).toFixed(1)} virtual s`,
  );
  say(failures.length === 0 ? `seed ${plan.seed} is fine` : explainRun(run));
  return failures.length === 0 ? 0 : 1;
}
