/** `bun test` with its usual output, its exit code, and a last line `N passed, N failed`. Arguments go to `bun test` as they are. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "./paths.ts";
import { runProgram, say } from "./terminal.ts";

/** Of one test that names none: the machine may have other work. */
const TIMEOUT_TEST_MS = 30_000;
const REPORT = join(REPOSITORY, "dist", "test.xml");

await runProgram(async () => {
  await mkdir(join(REPOSITORY, "dist"), { recursive: true });
  await rm(REPORT, { force: true });
  const options = [
    "--only-failures",
    `--timeout=${TIMEOUT_TEST_MS}`,
    "--reporter=junit",
    `--reporter-outfile=${REPORT}`,
  ];
  const child = Bun.spawn([process.execPath, "test", ...options, ...process.argv.slice(2)], {
    cwd: REPOSITORY,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exitCode = await child.exited;
  const { passed, failed, skipped } = await readCounts();
  if (skipped > 0) say(`${skipped} skipped: run them before you trust the result`);
  // A file that does not load, or an error between two tests, fails the run without failing a test.
  const failedInAll = exitCode !== 0 && failed === 0 ? 1 : failed;
  if (exitCode !== 0 && failed === 0)
    say(`no test failed, but \`bun test\` ended with exit code ${exitCode}: see above`);
  say(`${passed} passed, ${failedInAll} failed`);
  return passed === 0 && exitCode === 0 ? 1 : exitCode;
});

async function readCounts(): Promise<{ passed: number; failed: number; skipped: number }> {
  const root = (await readFile(REPORT, "utf8").catch(() => "")).match(/<testsuites [^>]*>/)?.[0] ?? "";
  const count = (name: string) => Number(root.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = count("failures");
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped };
}
