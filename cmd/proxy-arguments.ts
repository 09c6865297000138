/** What every form of the proxy's command line has: the admin server, the log, and the end. */
import { type AdminConfig, LOG_LEVELS } from "../src/api/proxy-config.ts";
import type { ServeOptions } from "../src/proxy/serve.ts";
import { type Arguments, UsageError } from "./arguments.ts";
import { shouldColour } from "./terminal.ts";
import { COMMIT, VERSION } from "./version.ts";

const LOG_FORMATS = ["text", "json"] as const;

export const PROXY_ARGUMENTS = {
  "admin-host": {
    type: "string",
    valueHint: "HOST",
    env: "PISA_PROXY_ADMIN_LISTEN_HOST",
    description: "where the admin server listens; the configuration's admin.host when absent",
  },
  "admin-port": {
    type: "string",
    valueHint: "PORT",
    env: "PISA_PROXY_ADMIN_LISTEN_PORT",
    description: "the configuration's admin.port when absent; 0 takes a free one",
  },
  "log-level": {
    type: "string",
    valueHint: "LEVEL",
    env: "PISA_PROXY_ADMIN_LOG_LEVEL",
    description: "TRACE, DEBUG, INFO, WARN or ERROR; the configuration's admin.log_level when absent",
  },
  "log-format": {
    type: "string",
    valueHint: "FORMAT",
    env: "PISA_PROXY_LOG_FORMAT",
    options: LOG_FORMATS,
    default: "text",
    description: "lines for people, or a JSON object each",
  },
  "shutdown-grace": {
    type: "string",
    valueHint: "SECONDS",
    default: "30",
    description: "how long running statements and transactions may take after SIGTERM",
  },
} as const;

type ProxyArguments = Arguments<typeof PROXY_ARGUMENTS>;

/** Everything but where the configuration comes from. @throws UsageError */
export function proxyOptionsOf(args: ProxyArguments): Omit<ServeOptions, "adminAtFirst" | "source" | "reload"> {
  const admin: Partial<AdminConfig> = {};
  if (args["admin-host"] !== undefined) admin.host = args["admin-host"];
  if (args["admin-port"] !== undefined) admin.port = numberOf("--admin-port", args["admin-port"], 65_535);
  if (args["log-level"] !== undefined) admin.log_level = logLevelOf(args["log-level"]);
  return {
    version: { version: VERSION, commit: COMMIT, bun: Bun.version },
    noColor: !shouldColour(process.stderr),
    logFormat: args["log-format"],
    attributes: whereWeRun(),
    admin,
  };
}

/** How long sessions may take at the end. @throws UsageError */
export function graceMsOf(args: ProxyArguments): number {
  return numberOf("--shutdown-grace", args["shutdown-grace"], 86_400) * 1000;
}

function logLevelOf(written: string): AdminConfig["log_level"] {
  const level = LOG_LEVELS.find((each) => each === written.toUpperCase());
  if (level !== undefined) return level;
  throw new UsageError(`"${written}" is no log level`, `write one of ${LOG_LEVELS.join(", ")}`);
}

/** The pod and its namespace, where the environment names them. */
function whereWeRun(): Array<readonly [string, string]> {
  const { PISA_DEPLOYED_NAMESPACE, POD_NAMESPACE = PISA_DEPLOYED_NAMESPACE, POD_NAME } = process.env;
  const told = [
    ["_pisanix_pod", POD_NAME],
    ["_pisanix_namespace", POD_NAMESPACE],
  ] as const;
  return told.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const]));
}

function numberOf(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new UsageError(`${flag} takes a whole number from 0 to ${max}, not "${text}"`, "correct the number");
}
