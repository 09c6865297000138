/** Runs a driver's program over the scenarios, acts for it when it asks, and gathers what it tells. */
import { childEnvironment } from "../environment.ts";
import { ACTS, type Scene } from "./acts.ts";
import type { Scenario } from "./scenario.ts";

/** How long a program may be silent. */
const SILENCE_MAX_MS = 60_000;

/** How outcomes begin that are the harness's own: nobody acted as asked, or the program was no more. */
export const ACT_FAILED = "the act failed";
export const PROGRAM_ENDED = "the program ended";

/** What a program told of one scenario: an outcome for the log-in and for each step, or what its driver has no way to do. */
export type Told = { outcomes: unknown[] } | { unsupported: string };

export interface Program {
  command: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** The first line that the program reads, without the scenarios. */
  job: Record<string, unknown>;
}

/** What `program` told, by the scenario's name. A program that ends or falls silent is started again behind the scenario that it failed at. */
export async function runProgram(
  program: Program,
  scenarios: readonly Scenario[],
  scene: Scene,
): Promise<Map<string, Told>> {
  const told = new Map<string, Told>();
  for (let left = scenarios; left.length > 0; left = left.filter(({ name }) => !told.has(name))) {
    const end = await runOnce(program, left, scene, told);
    const next = left.find(({ name }) => !told.has(name));
    if (next !== undefined) told.set(next.name, { outcomes: [`${PROGRAM_ENDED}: ${end}`] });
  }
  return told;
}

async function runOnce(
  program: Program,
  scenarios: readonly Scenario[],
  scene: Scene,
  told: Map<string, Told>,
): Promise<string> {
  const child = Bun.spawn([...program.command], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    // A group of its own, so that a client that the program has started ends with it.
    detached: true,
    env: childEnvironment(program.environment ?? {}),
  });
  const complaints = new Response(child.stderr).text();
  let stray = "";
  const failures: string[] = [];
  let isSilent = false;
  let watch = setTimeout(() => {}, 0);
  const hear = () => {
    clearTimeout(watch);
    watch = setTimeout(() => {
      isSilent = true;
      process.kill(-child.pid, "SIGKILL");
    }, SILENCE_MAX_MS);
  };
  const write = (line: string) => {
    child.stdin.write(`${line}\n`);
    child.stdin.flush();
  };
  hear();
  write(JSON.stringify({ ...program.job, scenarios: scenarios.map(({ setup, ...rest }) => rest) }));
  for await (const line of linesOf(child.stdout)) {
    hear();
    const message = parseLine(line);
    if (message === null) stray += `${line}\n`;
    else if ("ask" in message) write(await act(scene, message, failures));
    else {
      for (const later of await Promise.allSettled(scene.later.splice(0))) {
        if (later.status === "rejected") failures.push(`${ACT_FAILED}: ${explain(later.reason)}`);
      }
      const outcomes = "outcomes" in message ? [...message.outcomes, ...failures.splice(0)] : [];
      told.set(message.scenario, "outcomes" in message ? { outcomes } : { unsupported: message.unsupported });
    }
  }
  clearTimeout(watch);
  const exitCode = await child.exited;
  if (isSilent) return `silent for ${SILENCE_MAX_MS / 1000} s`;
  return `exit code ${child.signalCode ?? exitCode}, ${(stray + (await complaints)).trim().slice(-500)}`;
}

async function act(scene: Scene, { ask, id }: { ask: string; id: number }, failures: string[]): Promise<string> {
  const known = ACTS[ask];
  if (known === undefined) throw new Error(`no act is called "${ask}"`);
  try {
    await known(scene, id);
  } catch (error) {
    failures.push(`${ACT_FAILED}: ${explain(error)}`);
  }
  return "done";
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Message = { ask: string; id: number } | ({ scenario: string } & Told);

/** A line of the protocol, or null for what an interpreter says besides. */
function parseLine(line: string): Message | null {
  return line.startsWith('{"') ? (JSON.parse(line) as Message) : null;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
