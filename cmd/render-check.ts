/** `pisanix render --check`: the linter. */
import { type Finding, isFailure, type LintResult, lintFiles } from "../src/mesh/lint/lint.ts";
import { type Report, wholeReport } from "../src/mesh/lint/report.ts";
import { githubReport } from "../src/mesh/lint/report-github.ts";
import { jsonReport } from "../src/mesh/lint/report-json.ts";
import { junitReport } from "../src/mesh/lint/report-junit.ts";
import { sarifReport } from "../src/mesh/lint/report-sarif.ts";
import { textReport } from "../src/mesh/lint/report-text.ts";
import type { LintSettings } from "../src/mesh/lint/settings.ts";
import { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE } from "./cli.ts";
import { readSettings, type SettingsArguments } from "./lint-settings.ts";
import { type Output, readOutputs, writeOutput } from "./outputs.ts";
import { newProgress, type Progress } from "./progress.ts";
import type { FilesRead } from "./read-files.ts";
import { printError, shouldColour } from "./terminal.ts";
import { VERSION } from "./version.ts";

export const CHECK_FORMATS = ["text", "json", "sarif", "junit", "github"] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

export interface CheckArguments extends SettingsArguments {
  readonly output: readonly string[];
}

/** Checks manifests and writes the reports that are wished for; returns the exit code. */
export async function renderCheck(read: FilesRead, args: CheckArguments): Promise<number> {
  const outputs = readOutputs(args.output, CHECK_FORMATS);
  const settings = await readSettings(args);
  if (settings === null) return EXIT_USAGE;
  const progress = newProgress("documents read");
  const result = checkFiles(read, settings, progress);
  const report = reportOf(read, result);
  await writeReports(report, outputs, settings, progress);
  if (outputs.every((output) => output.file !== null)) {
    const failing = result.findings.filter((finding) => isFailure([finding], settings)).length;
    const none = wholeReport(textReport({ ...report, findings: [] }, { isColoured: false, width: null }));
    const some = `${failing} finding${failing === 1 ? "" : "s"} at or above the threshold\n`;
    await printError(failing === 0 ? none : some);
  }
  return isFailure(result.findings, settings) ? EXIT_FINDINGS : EXIT_OK;
}

/** Runs the linter, with a line of progress. */
export function checkFiles(read: FilesRead, settings: LintSettings, progress: Progress): LintResult {
  const { step: onDocument, rest: onRule } = progress;
  const result = lintFiles(read.files, settings, { onDocument, onRule, issues: read.issues });
  progress.end();
  return result;
}

/** The report of a check. */
export function reportOf(read: FilesRead, { findings, manifests }: LintResult): Report {
  const texts = new Map(read.files.map(({ file, text }) => [file, text]));
  return { findings, texts, objects: manifests.objects, version: VERSION };
}

/** Parts of a report between two moments of rest. */
const PARTS_PER_REST = 500;

/** Writes a report in every form that is wished for. */
export async function writeReports(
  report: Report,
  outputs: readonly Output<CheckFormat>[],
  settings: LintSettings,
  progress: Progress,
): Promise<void> {
  const isFailing = (finding: Finding) => isFailure([finding], settings);
  for (const output of outputs) {
    let text = "";
    let count = 0;
    for (const part of partsOf(report, output, isFailing)) {
      text += part;
      count += 1;
      if (count % PARTS_PER_REST === 0) progress.rest();
    }
    await writeOutput(output, text);
    progress.rest();
  }
}

function partsOf(
  report: Report,
  { format, file }: Output<CheckFormat>,
  isFailing: (finding: Finding) => boolean,
): Iterable<string> {
  switch (format) {
    case "text": {
      const { isTTY = false, columns } = process.stdout;
      const isColoured = file === null && shouldColour(process.stdout);
      return textReport(report, { isColoured, width: file === null && isTTY ? columns : null });
    }
    case "json":
      return jsonReport(report);
    case "sarif":
      return sarifReport(report);
    case "junit":
      return junitReport(report, isFailing);
    case "github":
      return githubReport(report);
  }
}
