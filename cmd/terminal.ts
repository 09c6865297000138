/** Results to stdout, everything else to stderr; colour only where a person looks. */
import { formatIssue, type Issue, type Severity } from "../src/lib/issue.ts";

/** Writes a result and waits until it is out. */
export async function print(text: string): Promise<void> {
  await Bun.write(Bun.stdout, text);
}

/** Writes what is not the result: mistakes, notices. */
export async function printError(text: string): Promise<void> {
  await Bun.write(Bun.stderr, text);
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
