/** The linter's settings file, `.pisanix-lint.yaml`. */
import * as v from "valibot";
import { choice, nonEmptyText, text } from "./fields.ts";

export const LINT_SETTINGS_FILE = ".pisanix-lint.yaml";

export const FAILURE_THRESHOLDS = ["notice", "warning", "error", "never"] as const;
export const FAILURE_THRESHOLD_DEFAULT = "warning";

const ignored = v.object({
  rule: nonEmptyText("id or name of a rule, or * for all"),
  kind: v.exactOptional(nonEmptyText("kind of the objects; any when absent")),
  namespace: v.exactOptional(nonEmptyText("namespace of the objects, with * for any characters; any when absent")),
  name: v.exactOptional(nonEmptyText("name of the objects, with * for any characters; any when absent")),
  file: v.exactOptional(nonEmptyText("file of the objects, with * for any characters; any when absent")),
  reason: v.exactOptional(text("why; shown in reports")),
});

export const lintSettingsSchema = v.object({
  failureThreshold: v.exactOptional(
    choice(FAILURE_THRESHOLDS, "the least level of findings that makes the check fail"),
    FAILURE_THRESHOLD_DEFAULT,
  ),
  rules: v.exactOptional(
    v.pipe(
      v.record(
        v.string(),
        choice(["off", "notice", "warning", "error"], "level of the rule's findings; off for no findings"),
      ),
      v.description("levels of rules by id or name, where they differ from the usual ones"),
    ),
    {},
  ),
  ignore: v.exactOptional(
    v.pipe(v.array(ignored), v.description("findings that are reported as ignored, and fail nothing")),
    [],
  ),
});

export type LintSettingsFile = v.InferOutput<typeof lintSettingsSchema>;
export type FailureThreshold = (typeof FAILURE_THRESHOLDS)[number];
