/** What the runnable programs of the testkit print: plain lines and tables on stdout, failures on stderr. */

/** Prints one line. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Prints `rows` under `head` with aligned columns; numbers belong to the right, so callers pad inside the cell if they care. */
export function sayTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  say(line(head));
  say(widths.map((width) => "-".repeat(width)).join("  "));
  for (const row of rows) say(line(row));
}

/** Runs a program's main function and ends the process: 0, the number that `run` returns, or 70 with the error's message. */
export async function runProgram(run: () => Promise<number>): Promise<void> {
  try {
    process.exit(await run());
  } catch (error) {
    process.stderr.write(`\n${explain(error)}\n`);
    process.exit(70);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${explain(error.cause)}`;
}
