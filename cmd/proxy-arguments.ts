/** What every form of the proxy's command line has: the admin server, the log, and the end. */
import { type AdminConfig, LOG_LEVELS } from "../src/api/proxy-config.ts";
import { localEngine } from "../src/proxy/engine.ts";
import type { ServeOptions } from "../src/proxy/serve.ts";
import { workersEngine } from "../src/workers/engine.ts";
import { type Arguments, UsageError } from "./arguments.ts";
import { coresOf } from "./cores.ts";
import { shouldColour } from "./terminal.ts";
import { COMMIT, VERSION } from "./version.ts";

/** More threads than this one process has not been tried with. */
const WORKERS_MAX = 64;

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
  workers: {
    type: "string",
    valueHint: "N|auto",
    env: "PISA_PROXY_WORKERS",
    default: "1",
    description: "event loops that share the clients, each on a core of its own; auto: as many as there are cores",
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
  const admin = adminOf(args);
  if (args["log-level"] !== undefined) admin.log_level = logLevelOf(args["log-level"]);
  return {
    version: { version: VERSION, commit: COMMIT, bun: Bun.version },
    noColor: !shouldColour(process.stderr),
    logFormat: args["log-format"],
    attributes: whereWeRun(),
    newEngine: engineOf(args.workers),
    admin,
  };
}

/** Where the admin server is, as far as the command line says. @throws UsageError */
export function adminOf(args: ProxyArguments): Partial<AdminConfig> {
  const admin: Partial<AdminConfig> = {};
  if (args["admin-host"] !== undefined) admin.host = args["admin-host"];
  if (args["admin-port"] !== undefined) admin.port = numberOf("--admin-port", args["admin-port"], 65_535);
  return admin;
}

/** One event loop serves beside the admin server; several have a thread each. @throws UsageError */
function engineOf(written: string): NonNullable<ServeOptions["newEngine"]> {
  const count = written === "auto" ? coresOf() : numberOf("--workers", written, WORKERS_MAX, 1);
  if (count === 1) return localEngine;
  return (options, edges) => workersEngine(count, Bun.main, options, edges);
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

function numberOf(flag: string, text: string, max: number, min = 0): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${flag} takes a whole number from ${min} to ${max}, not "${text}"`, "correct the number");
}
