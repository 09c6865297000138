/** Running a program to its end. */
import { childEnvironment } from "../environment.ts";

export interface CommandOptions {
  /** Written to the program's stdin. */
  input?: string;
  environment?: Record<string, string>;
  directory?: string;
}

/**
 * Runs `argv` and returns what it wrote to stdout.
 * @throws Error with the end of what it printed when it exits with anything but 0.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const ended = await tryCommand(argv, options);
  if (ended.exitCode === 0) return ended.stdout;
  const printed = lastLines(`${ended.stdout}${ended.stderr}`, 20);
  throw new Error(`${shown(argv)} ended with exit code ${ended.exitCode}:\n${printed}`);
}

/** How a program ended and what it printed. */
export interface EndedCommand {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `argv` to its end, whatever that is. */
export async function tryCommand(argv: readonly string[], options: CommandOptions = {}): Promise<EndedCommand> {
  const child = Bun.spawn([...argv], {
    stdin: options.input === undefined ? "ignore" : Buffer.from(options.input),
    stdout: "pipe",
    stderr: "pipe",
    env: childEnvironment(options.environment ?? {}),
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { exitCode: await child.exited, stdout, stderr };
}

/** The last `count` lines of `text`, indented. */
export function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split("\n").slice(-count);
  return lines.map((line) => `  ${line}`).join("\n");
}

/** A command line for people: one line, not too long, passwords out. */
function shown(argv: readonly string[]): string {
  const words = argv.map((word) => word.replace(/^(--[\w-]*password)=.*/s, "$1=[redacted]"));
  const line = words.join(" ").replace(/\s+/g, " ");
  return line.length > 300 ? `${line.slice(0, 300)} ...` : line;
}
