/** `pisanix proxy`: serves MySQL clients by a configuration, or by the manifests that amount to one. */
import { readFile } from "node:fs/promises";
import type { ProxyConfig } from "../src/api/proxy-config.ts";
import { readProxyConfig } from "../src/api/read-proxy-config.ts";
import { hasErrors, type Issue, issueOfFile } from "../src/lib/issue.ts";
import { renderMesh, selectDatabase } from "../src/mesh/render.ts";
import { type ServeOptions, serve } from "../src/proxy/serve.ts";
import { UsageError } from "./arguments.ts";
import { defineDoor, EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { readFiles } from "./read-files.ts";
import { printError, printIssues, shouldColour } from "./terminal.ts";
import { COMMIT, VERSION } from "./version.ts";

const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;

export const door = defineDoor({
  name: "proxy",
  description: "Serve MySQL clients: govern, route and relay their statements",
  args: {
    config: {
      type: "string",
      alias: "c",
      valueHint: "FILE",
      description: "a proxy configuration: YAML, JSON, or the original's TOML",
    },
    filename: {
      type: "string",
      alias: "f",
      valueHint: "FILE|DIR|-",
      repeatable: true,
      description: "instead of --config: manifests, rendered and served in one step",
    },
    recursive: { type: "boolean", alias: "R", description: "look into the folders of folders too" },
    "virtual-database": {
      type: "string",
      valueHint: "NS/NAME",
      description: "which VirtualDatabase of the manifests to serve",
    },
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
    "shutdown-grace": {
      type: "string",
      valueHint: "SECONDS",
      default: "30",
      description: "how long running statements and transactions may take after SIGTERM",
    },
  },
  examples: [
    "pisanix proxy --config config.toml",
    "pisanix proxy -f deploy/examples/socks-shop --virtual-database demotest/catalogue",
    "pisanix proxy -f manifests -R --virtual-database demotest/catalogue --admin-port 5591 --log-level DEBUG",
  ],
  async run(args) {
    if ((args.config === undefined) === (args.filename.length === 0)) {
      throw new UsageError("either a configuration or manifests are needed", "write --config FILE, or -f FILE|DIR");
    }
    const graceMs = numberOf("--shutdown-grace", args["shutdown-grace"], 86_400) * 1000;
    const port = args["admin-port"] === undefined ? undefined : numberOf("--admin-port", args["admin-port"], 65_535);
    const level = args["log-level"]?.toUpperCase();
    const logLevel = LOG_LEVELS.find((each) => each === level);
    if (level !== undefined && logLevel === undefined) {
      throw new UsageError(`"${args["log-level"]}" is no log level`, `write one of ${LOG_LEVELS.join(", ")}`);
    }
    const { config, issues } =
      args.config === undefined
        ? await readManifests(args.filename, args.recursive, args["virtual-database"])
        : await readConfig(args.config);
    await printIssues(issues);
    if (config === null || hasErrors(issues)) return EXIT_FINDINGS;
    config.admin.host = args["admin-host"] ?? config.admin.host;
    config.admin.port = port ?? config.admin.port;
    config.admin.log_level = logLevel ?? config.admin.log_level;
    return run(config, {
      version: { version: VERSION, commit: COMMIT, bun: Bun.version },
      noColor: !shouldColour(process.stderr),
      attributes: whereWeRun(),
      graceMs,
    });
  },
});

/** The pod and its namespace, where the environment names them. */
function whereWeRun(): Array<readonly [string, string]> {
  const { PISA_DEPLOYED_NAMESPACE, POD_NAMESPACE = PISA_DEPLOYED_NAMESPACE, POD_NAME } = process.env;
  const told = [
    ["_pisanix_pod", POD_NAME],
    ["_pisanix_namespace", POD_NAMESPACE],
  ] as const;
  return told.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const]));
}

interface ConfigRead {
  config: ProxyConfig | null;
  issues: Issue[];
}

async function readConfig(file: string): Promise<ConfigRead> {
  let text: string;
  try {
    text = file === "-" ? await Bun.stdin.text() : await readFile(file, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { config: null, issues: [issueOfFile(file, message, "name a file that is there and may be read")] };
  }
  return readProxyConfig(text, file === "-" ? "stdin" : file);
}

async function readManifests(paths: string[], recursive: boolean, wanted: string | undefined): Promise<ConfigRead> {
  const read = await readFiles(paths, { recursive });
  // A placeholder for a password opens no database.
  const rendered = renderMesh(read.files, { secretsAreComplete: true });
  const selected = wanted === undefined ? rendered : selectDatabase(rendered, wanted);
  const [only, second] = selected.databases;
  if (only !== undefined && second !== undefined) {
    const names = selected.databases.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
    throw new UsageError(
      "the manifests have more than one VirtualDatabase",
      `add --virtual-database with one of ${names}`,
    );
  }
  return { config: only?.config ?? null, issues: [...read.issues, ...selected.issues] };
}

/** Serves until SIGTERM or SIGINT; a second one does not wait for anybody. */
async function run(config: ProxyConfig, options: ServeOptions): Promise<number> {
  const started = await serve(config, options);
  if (started.kind === "failed") {
    await printError(`pisanix proxy: ${started.reason}\n`);
    return EXIT_FINDINGS;
  }
  await new Promise<void>((resolve) => {
    let signals = 0;
    const onSignal = () => {
      signals++;
      if (signals === 1) void started.stop(options.graceMs).then(resolve);
      else void started.stop(0).then(resolve);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
  return EXIT_OK;
}

function numberOf(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new UsageError(`${flag} takes a whole number from 0 to ${max}, not "${text}"`, "correct the number");
}
