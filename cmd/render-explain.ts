/** `pisanix render --explain NS/NAME`: a VirtualDatabase in words. */
import { NAMESPACE_DEFAULT } from "../src/api/metadata.ts";
import { hasErrors } from "../src/lib/issue.ts";
import { explainDatabase } from "../src/mesh/explain/explain.ts";
import { jsonExplanation, textExplanation } from "../src/mesh/explain/report.ts";
import { readManifests } from "../src/mesh/manifest.ts";
import { renderManifests, selectDatabase } from "../src/mesh/render.ts";
import { EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { readOutputs, writeOutput } from "./outputs.ts";
import type { FilesRead } from "./read-files.ts";
import { printIssues, shouldColour } from "./terminal.ts";

/** Where nobody's terminal says how wide it is. */
const WIDTH = 120;

export interface ExplainArguments {
  readonly explain: string | undefined;
  readonly output: readonly string[];
}

/** Explains one VirtualDatabase; returns the exit code. */
export async function renderExplanation(read: FilesRead, args: ExplainArguments): Promise<number> {
  const outputs = readOutputs(args.output, ["text", "json"]);
  const wanted = args.explain ?? "";
  const rendered = renderManifests(
    readManifests(read.files),
    read.files.map(({ file }) => file),
  );
  const issues = [...read.issues, ...selectDatabase(rendered, wanted).issues];
  await printIssues(issues.filter((issue) => issue.severity !== "notice"));
  if (hasErrors(issues)) return EXIT_FINDINGS;
  const name = wanted.includes("/") ? wanted : `${NAMESPACE_DEFAULT}/${wanted}`;
  const database = rendered.mesh.databases.find((each) => `${each.namespace}/${each.name}` === name);
  if (database === undefined) throw new Error(`${name} was rendered, so it was resolved`);
  const explanation = explainDatabase(database);
  const isColoured = shouldColour(process.stdout);
  for (const output of outputs) {
    const isSeen = output.file === null && process.stdout.isTTY === true;
    const options = { isColoured: isSeen && isColoured, width: isSeen ? process.stdout.columns : WIDTH };
    await writeOutput(
      output,
      output.format === "json" ? jsonExplanation(explanation) : textExplanation(explanation, options),
    );
  }
  return EXIT_OK;
}
