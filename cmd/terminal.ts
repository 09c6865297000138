/** Results to stdout, everything else to stderr; colour only where a person looks. */
import { writeSync } from "node:fs";
import { formatIssue, type Issue, type Severity } from "../src/lib/issue.ts";

/** Writes a result and waits until it is out. */
export async function print(text: string): Promise<void> {
  await write(1, text);
}

/** Writes what is not the result: mistakes, notices. */
export async function printError(text: string): Promise<void> {
  await write(2, text);
}

/**
 * Not Bun.write(): where output is appended to a file (`>>`), that leaves a hole as long as the text before a long one.
 * Not the streams of `process` unless a pipe is full: making them takes longer than all else that a short answer needs.
 */
async function write(descriptor: 1 | 2, text: string): Promise<void> {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    const stream = descriptor === 1 ? process.stdout : process.stderr;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stream.once("error", reject);
    stream.write(rest, (failure) => (failure == null ? resolve() : reject(failure)));
    await promise;
  }
}

/** https://no-color.org: any value of NO_COLOR says no. */
export function shouldColour(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
}

const COLOURS: Record<Severity, string> = { error: "\x1b[31m", warning: "\x1b[33m", notice: "\x1b[36m" };

/** Lists issues on stderr, and counts them at the end. */
export async function printIssues(issues: readonly Issue[]): Promise<void> {
  if (issues.length === 0) return;
  const isColoured = shouldColour(process.stderr);
  const lines = issues.map((issue) => {
    const text = formatIssue(issue);
    const end = text.indexOf("\n");
    return isColoured ? `${COLOURS[issue.severity]}${text.slice(0, end)}\x1b[0m${text.slice(end)}` : text;
  });
  const counts = (["error", "warning", "notice"] as const).flatMap((severity) => {
    const count = issues.filter((issue) => issue.severity === severity).length;
    return count === 0 ? [] : `${count} ${severity}${count === 1 ? "" : "s"}`;
  });
  await printError(`${lines.join("\n")}\n${counts.join(", ")}\n`);
}
