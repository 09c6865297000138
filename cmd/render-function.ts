/** `pisanix render` as a KRM function: a ResourceList on stdin, the same with the linter's results on stdout. */
import { readYaml, writeYaml } from "../src/lib/yaml.ts";
import { isFailure } from "../src/mesh/lint/lint.ts";
import { functionReport, functionSettings } from "../src/mesh/lint/report-function.ts";
import { readLintSettings } from "../src/mesh/lint/settings.ts";
import { UsageError } from "./arguments.ts";
import { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE } from "./cli.ts";
import { readSettings } from "./lint-settings.ts";
import { readOutputs } from "./outputs.ts";
import { newProgress } from "./progress.ts";
import type { FilesRead } from "./read-files.ts";
import { CHECK_FORMATS, type CheckArguments, checkFiles, reportOf, writeReports } from "./render-check.ts";
import { print, printIssues } from "./terminal.ts";

/** Checks the items of the list; further reports go to files. Returns the exit code. */
export async function renderFunction(read: FilesRead, args: CheckArguments): Promise<number> {
  const outputs = args.output.length === 0 ? [] : readOutputs(args.output, CHECK_FORMATS);
  const [taken] = outputs.filter((output) => output.file === null);
  if (taken !== undefined)
    throw new UsageError("the ResourceList goes to stdout", `write -o ${taken.format}=FILE for a further report`);
  const text = read.files[0]?.text ?? "";
  const value = readYaml(text, "stdin").documents[0]?.value as Record<string, unknown> | undefined;
  const flags = await readSettings(args);
  const config = value === undefined ? null : functionSettings(value);
  const { settings: own, issues } = readLintSettings(writeYaml(config ?? {}), "functionConfig");
  await printIssues(issues);
  if (flags === null || own === null) return EXIT_USAGE;
  const settings = config === null ? flags : { ...own, ignore: [...own.ignore, ...flags.ignore] };
  const progress = newProgress("documents read");
  const result = checkFiles(read, settings, progress);
  await writeReports(reportOf(read, result), outputs, settings, progress);
  await print(value === undefined ? text : functionReport(text, value, result.findings));
  return isFailure(result.findings, settings) ? EXIT_FINDINGS : EXIT_OK;
}
