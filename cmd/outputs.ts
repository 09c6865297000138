/** `-o FORMAT[=FILE]`, given any number of times: one result on stdout, the others in files. */
import { writeFile } from "node:fs/promises";
import { didYouMean } from "../src/lib/suggest.ts";
import { UsageError } from "./arguments.ts";
import { print } from "./terminal.ts";

export interface Output<F extends string> {
  readonly format: F;
  /** Null for stdout. */
  readonly file: string | null;
}

/**
 * Reads the flags; the first of `formats` is what is printed when none is given.
 * @throws UsageError for a format that is none of `formats`, and for two results on stdout.
 */
export function readOutputs<const F extends readonly string[]>(
  written: readonly string[],
  formats: F,
): Output<F[number]>[] {
  const outputs = written.map((text) => {
    const equals = text.indexOf("=");
    const format = equals < 0 ? text : text.slice(0, equals);
    if (!formats.includes(format))
      throw new UsageError(`--output cannot be ${JSON.stringify(format)}`, didYouMean(format, formats, ""));
    const file = equals < 0 ? null : text.slice(equals + 1);
    if (file === "") throw new UsageError(`--output ${text} names no file`, `write -o ${format}=FILE, or -o ${format}`);
    return { format, file: file === "-" ? null : file };
  });
  if (outputs.length === 0) return [{ format: formats[0] ?? "", file: null }];
  const [first, second] = outputs.filter((output) => output.file === null);
  if (first === undefined || second === undefined) return outputs;
  const message = `two results go to stdout: ${first.format} and ${second.format}`;
  throw new UsageError(message, `name a file for all but one: -o ${second.format}=FILE`);
}

/** Writes one result where it was wished. */
export async function writeOutput({ file, format }: Output<string>, text: string): Promise<void> {
  if (file === null) return print(text);
  try {
    await writeFile(file, text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot write -o ${format}=${file}: ${message}`, "name a file in a folder that is there");
  }
}
