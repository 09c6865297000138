/** `pisanix render`: manifests in, the configuration of each VirtualDatabase's proxy out; and what else is to be said of manifests. */
import { type ArgumentDefinitions, type Arguments, UsageError } from "./arguments.ts";
import { defineDoor } from "./cli.ts";
import { type FilesRead, readFiles } from "./read-files.ts";

const ARGUMENTS = {
  filename: {
    type: "string",
    alias: "f",
    valueHint: "FILE|DIR|-",
    repeatable: true,
    description:
      "manifests: a file, a folder, or - for stdin, which is read, too, when nothing is named and something is piped",
  },
  recursive: { type: "boolean", alias: "R", description: "look into the folders of folders too" },
  "virtual-database": {
    type: "string",
    valueHint: "NS/NAME",
    description: "print the configuration of this one only",
  },
  output: {
    type: "string",
    alias: "o",
    valueHint: "FORMAT[=FILE]",
    repeatable: true,
    description:
      "yaml (the default), json, toml (what the original's standalone proxy reads); of a check text, json, sarif, junit, github; of --diff text, json, markdown; of --explain text, json",
  },
  "show-secrets": { type: "boolean", description: "print passwords instead of [redacted]" },
  check: { type: "boolean", description: "the linter: report mistakes and risks instead of printing configurations" },
  "failure-threshold": {
    type: "string",
    valueHint: "LEVEL",
    description:
      "least level of findings that ends a check with exit code 1: notice, warning (the default), error, never",
  },
  ignore: {
    type: "string",
    valueHint: "RULE[=KIND/NS/NAME]",
    repeatable: true,
    description: "findings of a check that fail nothing; * stands for any characters",
  },
  settings: {
    type: "string",
    valueHint: "FILE",
    description: "settings of a check; .pisanix-lint.yaml of the current folder when absent",
  },
  "list-rules": { type: "boolean", description: "print the rules of the linter" },
  rule: { type: "string", valueHint: "ID", description: "explain a rule of the linter" },
  diff: {
    type: "boolean",
    description: "compare what two sides, OLD and NEW, amount to: files, folders, or git revisions (REV, REV:PATH)",
  },
  explain: {
    type: "string",
    valueHint: "NS/NAME",
    description: "say in words what the proxy of this VirtualDatabase will do, and where each value comes from",
  },
  schema: { type: "string", valueHint: "KIND", description: "print the JSON Schema of a kind" },
  files: { type: "positional", description: "more manifests, as after -f; with --diff OLD and NEW" },
} as const satisfies ArgumentDefinitions;

type RenderArguments = Arguments<typeof ARGUMENTS>;

export const door = defineDoor({
  name: "render",
  description: "Print the proxy configuration that manifests amount to; check, compare and explain them",
  args: ARGUMENTS,
  examples: [
    "pisanix render -f deploy/examples/socks-shop",
    "pisanix render -f manifests -R --virtual-database demotest/catalogue -o json",
    "pisanix render --check -f manifests -R -o text -o sarif=pisanix.sarif",
    "pisanix render --rule PSX4002",
    "pisanix render --diff main HEAD -f manifests -o markdown",
    "pisanix render --explain demotest/catalogue -f deploy/examples/socks-shop",
    "pisanix render --schema TrafficStrategy > traffic-strategy.json",
    "kubectl get vdb,ts,dbep -A -o yaml | pisanix render --show-secrets -o toml > config.toml",
  ],
  run: render,
});

const MODES = ["check", "list-rules", "rule", "diff", "explain", "schema"] as const;

async function render(args: RenderArguments): Promise<number> {
  const [mode, other] = MODES.filter((name) => args[name] !== undefined && args[name] !== false);
  if (mode !== undefined && other !== undefined)
    throw new UsageError(`--${mode} and --${other} exclude each other`, "give one of them");
  switch (mode) {
    case "list-rules":
      return (await import("./render-rules.ts")).printRules();
    case "rule":
      return (await import("./render-rules.ts")).printRule(args.rule ?? "");
    case "schema":
      return (await import("./render-schema.ts")).printSchema(args.schema ?? "");
    case "diff":
      return (await import("./render-diff.ts")).renderDiff(args);
    case "explain":
      return (await import("./render-explain.ts")).renderExplanation(await readInput(args), args);
    default: {
      const read = await readInput(args);
      const [file, more] = read.files;
      const { isResourceList } = await import("../src/mesh/lint/report-function.ts");
      if (file !== undefined && more === undefined && file.file === "stdin" && isResourceList(file.text))
        return (await import("./render-function.ts")).renderFunction(read, args);
      if (mode === "check") return (await import("./render-check.ts")).renderCheck(read, args);
      return (await import("./render-plain.ts")).renderPlain(read, args);
    }
  }
}

/** What is named, or what is piped in. */
async function readInput(args: RenderArguments): Promise<FilesRead> {
  const paths = [...args.filename, ...args.files];
  const isPiped = paths.length === 0 && process.stdin.isTTY !== true;
  const read = isPiped || paths.length > 0 ? await readFiles(isPiped ? ["-"] : paths, args) : null;
  const isNothing = read === null || (isPiped && read.files.every(({ text }) => text.trim() === ""));
  if (isNothing) throw new UsageError("no manifests are named", "write -f FILE, -f DIR, or -f - for stdin");
  return read;
}
