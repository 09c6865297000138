/**
 * The executable: chooses the door, and turns however it ends into an exit code. Doors are loaded when they are entered.
 * It is also the program of the proxy's workers, which are threads of the same process.
 */
import { defineCommand } from "citty";
import { didYouMean } from "../src/lib/suggest.ts";
import type { MainThread } from "../src/workers/worker.ts";
import { UsageError } from "./arguments.ts";
import { asksForHelp, type Door, EXIT_INTERNAL, EXIT_OK, EXIT_USAGE, helpOf } from "./cli.ts";
import { print, printError } from "./terminal.ts";
import { versionText } from "./version.ts";

interface DoorEntry {
  description: string;
  load(): Promise<{ door: Door }>;
}

const DOORS: Readonly<Record<string, DoorEntry>> = {
  controller: {
    description: "serve configurations to the proxies of a cluster, and inject them into pods",
    load: () => import("./controller.ts"),
  },
  proxy: {
    description: "serve MySQL clients: govern, route and relay their statements",
    load: () => import("./proxy.ts"),
  },
  inject: {
    description: "add the proxy to the pods of workload manifests",
    load: () => import("./inject.ts"),
  },
  render: {
    description: "print the proxy configuration that manifests amount to",
    load: () => import("./render.ts"),
  },
  sql: {
    description: "print what a statement is read as",
    load: () => import("./sql.ts"),
  },
};

/** The original's names for the two forms of its proxy, which its containers are started with. */
const FORMER_NAMES = ["sidecar", "daemon"] as const;

const EXAMPLES = [
  "pisanix render -f deploy/examples/socks-shop",
  "pisanix proxy -f deploy/examples/socks-shop --virtual-database demotest/catalogue",
  "pisanix proxy --config config.toml",
];

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    await printError(await rootHelp());
    return EXIT_USAGE;
  }
  if (first === "--version" || first === "-V") {
    await print(`${versionText()}\n`);
    return EXIT_OK;
  }
  if (first.startsWith("-")) {
    if (!asksForHelp([first]))
      throw new UsageError(`unknown flag ${first}`, didYouMean(first, ["--help", "--version"], ""));
    await print(await rootHelp());
    return EXIT_OK;
  }
  const former = FORMER_NAMES.find((name) => name === first);
  if (former !== undefined) {
    const [{ door }, { fromFormer }] = await Promise.all([import("./proxy.ts"), import("./former-arguments.ts")]);
    return door.enter(fromFormer(former, rest));
  }
  const entry = Object.hasOwn(DOORS, first) ? DOORS[first] : undefined;
  if (entry === undefined)
    throw new UsageError(`unknown command "${first}"`, didYouMean(first, Object.keys(DOORS), ""));
  const { door } = await entry.load();
  return door.enter(rest);
}

function rootHelp(): Promise<string> {
  const commands = Object.entries(DOORS).map(([name, { description }]) => [
    name,
    defineCommand({ meta: { name, description } }),
  ]);
  const root = defineCommand({
    meta: { name: "pisanix", description: "A database mesh for MySQL in one executable" },
    subCommands: Object.fromEntries(commands),
    args: {
      help: { type: "boolean", alias: "h", description: "this text, or that of a command" },
      version: { type: "boolean", alias: "V", description: "version, commit and Bun" },
    },
  });
  return helpOf(root, EXAMPLES);
}

/** One clear line for whatever went wrong; the stack only for who asks for it. */
async function exitCodeOf(error: unknown, argv: readonly string[]): Promise<number> {
  const [first = ""] = argv;
  const command = Object.hasOwn(DOORS, first) ? `pisanix ${first}` : "pisanix";
  if (error instanceof UsageError) {
    await printError(`${command}: ${error.message}\n    ${error.remedy}\n    see ${command} --help\n`);
    return EXIT_USAGE;
  }
  // Whoever read our output has had enough of it, as `head` does.
  if (error instanceof Error && "code" in error && error.code === "EPIPE") return EXIT_OK;
  const message = error instanceof Error ? error.message : String(error);
  const stack = process.env["PISANIX_DEBUG"] === "1" && error instanceof Error ? `${error.stack}\n` : "";
  await printError(`${command}: internal error: ${message} (PISANIX_DEBUG=1 shows where)\n${stack}`);
  return EXIT_INTERNAL;
}

if (Bun.isMainThread) {
  const argv = process.argv.slice(2);
  process.exit(await main(argv).catch((error: unknown) => exitCodeOf(error, argv)));
} else {
  const { runWorker } = await import("../src/workers/worker.ts");
  runWorker(globalThis as unknown as MainThread);
}
