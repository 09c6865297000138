/** What a check goes by: the settings file, then the flags. */
import { readFile } from "node:fs/promises";
import { FAILURE_THRESHOLDS, LINT_SETTINGS_FILE } from "../src/api/lint-settings.ts";
import {
  LINT_SETTINGS_DEFAULT,
  type LintSettings,
  readIgnoreFlag,
  readLintSettings,
} from "../src/mesh/lint/settings.ts";
import { UsageError } from "./arguments.ts";
import { printIssues } from "./terminal.ts";

export interface SettingsArguments {
  readonly settings: string | undefined;
  readonly "failure-threshold": string | undefined;
  readonly ignore: readonly string[];
}

/** Reads the settings; null when the file is wrong, which has been said. */
export async function readSettings(args: SettingsArguments): Promise<LintSettings | null> {
  const file = await readSettingsFile(args.settings);
  if (file === null) return null;
  const threshold = args["failure-threshold"] ?? file.failureThreshold;
  const failureThreshold = FAILURE_THRESHOLDS.find((each) => each === threshold);
  if (failureThreshold === undefined)
    throw new UsageError(`"${threshold}" is no level`, `write one of ${FAILURE_THRESHOLDS.join(", ")}`);
  const flags = args.ignore.map((written) => {
    const ignore = readIgnoreFlag(written);
    if (typeof ignore !== "string") return ignore;
    throw new UsageError(`--ignore ${written}: ${ignore}`, "write --ignore RULE, or --ignore RULE=KIND/NAMESPACE/NAME");
  });
  return { ...file, failureThreshold, ignore: [...flags, ...file.ignore] };
}

/** The file that is named, or the one of the current folder if it is there. */
async function readSettingsFile(named: string | undefined): Promise<LintSettings | null> {
  const file = named ?? LINT_SETTINGS_FILE;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isAbsent && named === undefined) return LINT_SETTINGS_DEFAULT;
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the settings: ${message}`, "name a file that is there and may be read");
  }
  const { settings, issues } = readLintSettings(text, file);
  await printIssues(issues);
  return settings;
}
