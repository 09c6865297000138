/** The files that drivers send with LOAD DATA LOCAL INFILE. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** By the name in a scenario's step. */
export type Files = Record<"rows" | "empty" | "missing" | "large", string>;

const LARGE_ROWS = 20_000;

/** Writes them into `directory`; `missing` is a path where nothing is. */
export async function writeFiles(directory: string): Promise<Files> {
  const path = (name: string) => join(directory, `${name}.tsv`);
  const files = { rows: path("rows"), empty: path("empty"), missing: path("missing"), large: path("large") };
  await writeFile(files.rows, "1\tone\n2\tzwei \\t äöü\n3\t\\N\n4\t\n");
  await writeFile(files.empty, "");
  const rows = Array.from({ length: LARGE_ROWS }, (_, i) => `${i}\t${"file ".repeat(20)}${i}\n`);
  await writeFile(files.large, rows.join(""));
  return files;
}
