/** The command-line tools that come with the servers, each run to its end. */
import { childEnvironment } from "../environment.ts";
import type { ClientLogin } from "../manifests.ts";
import { lastLines } from "../servers/command.ts";
import { type DebianRoot, debianCommand } from "../servers/debian.ts";

/** The tools of one server: each knows its own server's ways best. */
export interface Tools {
  readonly debian: DebianRoot;
  /** The name in usr/bin of what MySQL calls so. */
  nameOf(tool: string): string;
}

export interface ToolRun {
  readonly tool: string;
  readonly args: readonly string[];
  /** Read as its stdin. */
  readonly input?: string;
  /** Where its stdout goes; otherwise it is returned. */
  readonly output?: string;
}

/**
 * Runs a tool for `login`, and returns what it printed.
 * @throws Error with the end of what it complained of when it exits with anything but 0.
 */
export async function runTool(tools: Tools, login: ClientLogin, run: ToolRun): Promise<string> {
  const { host, port, user, password } = login;
  const args = [
    "--no-defaults",
    `--host=${host}`,
    `--port=${port}`,
    `--user=${user}`,
    `--password=${password}`,
    ...run.args,
  ];
  const child = Bun.spawn(debianCommand(tools.debian, `usr/bin/${tools.nameOf(run.tool)}`, args), {
    stdin: run.input === undefined ? "ignore" : Bun.file(run.input),
    stdout: run.output === undefined ? "pipe" : Bun.file(run.output),
    stderr: "pipe",
    env: childEnvironment({}),
  });
  const { stdout } = child;
  const printing = stdout instanceof ReadableStream ? new Response(stdout).text() : Promise.resolve("");
  const [printed, complaints] = await Promise.all([printing, new Response(child.stderr).text()]);
  if ((await child.exited) === 0) return printed;
  throw new Error(`${run.tool} ended with ${child.exitCode}:\n${lastLines(complaints, 12)}`);
}
