/** `pisanix render --schema KIND`: a JSON Schema. */
import { schemaDocuments, schemaNamed } from "../src/api/schema-documents.ts";
import { didYouMean } from "../src/lib/suggest.ts";
import { UsageError } from "./arguments.ts";
import { EXIT_OK } from "./cli.ts";
import { print } from "./terminal.ts";

/** Prints the schema of a kind, of the proxy's configuration, or of the linter's settings. */
export async function printSchema(word: string): Promise<number> {
  const found = schemaNamed(word);
  const names = schemaDocuments().map(({ name }) => name);
  if (found === null) throw new UsageError(`there is no schema of "${word}"`, didYouMean(word, names, ""));
  await print(`${JSON.stringify(found.schema, null, 2)}\n`);
  return EXIT_OK;
}
