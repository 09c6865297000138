/** The settings of all pods as flags: `--NAME`, or the variables in which the original's controller is told them. */
import { type Issue, wholeFile } from "../lib/issue.ts";
import { descriptionOf, walkable } from "./schema-walk.ts";
import { requestAboveLimit, type SidecarSettings, sidecarSettings } from "./sidecar.ts";
import { validate } from "./validate.ts";

export type SettingName = keyof typeof sidecarSettings.entries;

interface SettingFlag {
  readonly hint: string;
  readonly env?: string;
}

const FLAGS: Readonly<Record<SettingName, SettingFlag>> = {
  "proxy-image": { hint: "IMAGE", env: "PISA_PROXY_IMAGE" },
  "image-pull-policy": { hint: "Always|IfNotPresent|Never" },
  "proxy-cpu-request": { hint: "CPU" },
  "proxy-cpu-limit": { hint: "CPU" },
  "proxy-memory-request": { hint: "BYTES" },
  "proxy-memory-limit": { hint: "BYTES" },
  "log-level": { hint: "LEVEL", env: "PISA_PROXY_ADMIN_LOG_LEVEL" },
  "log-format": { hint: "text|json" },
  "admin-port": { hint: "PORT", env: "PISA_PROXY_ADMIN_LISTEN_PORT" },
  "native-sidecar": { hint: "true|false" },
  "shutdown-grace-period": { hint: "DURATION" },
  "config-failure-mode": { hint: "closed|open" },
  "controller-service": { hint: "NAME", env: "PISA_CONTROLLER_SERVICE" },
  "controller-namespace": { hint: "NAME", env: "PISA_CONTROLLER_NAMESPACE" },
};

export interface SettingFlagText extends SettingFlag {
  readonly name: SettingName;
  readonly description: string;
  /** What counts when nothing is said, as text. */
  readonly fallback: string | undefined;
}

/** All of them, in the order of the schema. */
export function settingFlags(): SettingFlagText[] {
  return Object.entries(sidecarSettings.entries).map(([name, schema]) => {
    const fallback = "default" in schema && typeof schema.default === "string" ? schema.default : undefined;
    return {
      name: name as SettingName,
      ...FLAGS[name as SettingName],
      description: descriptionOf(walkable(schema)),
      fallback,
    };
  });
}

/** Settings as they were written; null when `issues` has some. The path of an issue is the name of its flag. */
export function readSettings(written: Readonly<Partial<Record<SettingName, string>>>): {
  settings: SidecarSettings | null;
  issues: Issue[];
} {
  const source = wholeFile("");
  const { value, issues } = validate(sidecarSettings, written, { source, path: [] });
  if (value === null || issues.length > 0) return { settings: null, issues };
  const above = requestAboveLimit(value);
  if (above === null) return { settings: value, issues };
  const { request, limit } = above;
  const message = `${value[request]} is more than --${limit}, which is ${value[limit]}`;
  const position = source.positionOf([]);
  const issue: Issue = { severity: "error", position, path: request, message, remedy: "correct one of the two" };
  return { settings: null, issues: [issue] };
}
