/** `make fuzz`: breaks the inputs of every reader for a while. SEED, FUZZ_SECONDS and TARGET (names, with commas between) choose. */
import { systemClock } from "../../lib/clock.ts";
import { readTestEnvironment } from "../environment.ts";
import { runProgram, say, sayTable } from "../terminal.ts";
import { storeFinding } from "./findings.ts";
import { runTarget, sidesOf, type TargetReport } from "./run.ts";
import { TARGETS, targetNamed } from "./targets.ts";

const SECONDS_DEFAULT = 60;
/** Classes that a line of the table names. */
const CLASSES_SHOWN = 3;

await runProgram(async () => {
  const { fuzz } = readTestEnvironment();
  const targets = fuzz.target === undefined ? TARGETS : fuzz.target.split(",").map(targetNamed);
  const seconds = fuzz.seconds ?? SECONDS_DEFAULT;
  const seed = fuzz.seed ?? Math.floor(Math.random() * 2 ** 31);
  say(
    `SEED=${seed} FUZZ_SECONDS=${seconds}: ${targets.length} targets, ${(seconds / targets.length).toFixed(1)} s each`,
  );
  const options = {
    seed,
    clock: systemClock,
    iterationsMax: Number.POSITIVE_INFINITY,
    msMax: (seconds * 1000) / targets.length,
  };
  const reports: TargetReport[] = [];
  for (const target of targets) reports.push(await runTarget(target, options));
  sayTable(["target", "iterations", "a second", "read", "refused", "classes", "most often"], reports.map(rowOf));
  if (targets.length === 1 && reports[0] !== undefined) sayClasses(reports[0]);
  const found = reports.flatMap(({ finding }) => (finding === null ? [] : [finding]));
  for (const finding of found) {
    const path = storeFinding(finding);
    say(`\n${finding.target}: ${finding.error.stack ?? finding.error.message}`);
    say(`  seed ${finding.seed}, iteration ${finding.iteration}; ${finding.input.length} bytes in ${path}`);
  }
  const iterations = reports.reduce((sum, report) => sum + report.iterations, 0);
  say(`${iterations} iterations, ${found.length} findings`);
  return found.length === 0 ? 0 : 1;
});

function rowOf(report: TargetReport): string[] {
  const { target, iterations, ms, classes } = report;
  const { read, refused } = sidesOf(report);
  const common = [...classes].sort(([, left], [, right]) => right - left).slice(0, CLASSES_SHOWN);
  return [
    target,
    String(iterations),
    String(Math.round((iterations * 1000) / Math.max(1, ms))),
    String(read),
    String(refused),
    String(classes.size),
    common.map(([name]) => name.slice(0, 50)).join("; "),
  ];
}

function sayClasses({ classes }: TargetReport): void {
  say();
  sayTable(
    ["times", "class"],
    [...classes].sort(([, left], [, right]) => right - left).map(([name, count]) => [String(count), name]),
  );
}
