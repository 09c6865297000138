/** `pisanix render`: manifests in, the configuration of each VirtualDatabase's proxy out. */
import { plainProxyConfig } from "../src/api/print-proxy-config.ts";
import { hasErrors } from "../src/lib/issue.ts";
import { writeToml } from "../src/lib/toml.ts";
import { writeYaml } from "../src/lib/yaml.ts";
import { type RenderedDatabase, renderMesh, selectDatabase } from "../src/mesh/render.ts";
import { UsageError } from "./arguments.ts";
import { defineDoor, EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { readFiles } from "./read-files.ts";
import { print, printError, printIssues } from "./terminal.ts";

export const door = defineDoor({
  name: "render",
  description: "Print the proxy configuration that manifests amount to, and every mistake in them",
  args: {
    filename: {
      type: "string",
      alias: "f",
      valueHint: "FILE|DIR|-",
      repeatable: true,
      description: "manifests: a file, a folder, or - for stdin",
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
      valueHint: "FORMAT",
      options: ["yaml", "json", "toml"],
      default: "yaml",
      description: "toml is what the original's standalone proxy reads",
    },
    "show-secrets": { type: "boolean", description: "print passwords instead of [redacted]" },
    files: { type: "positional", description: "more manifests, as after -f" },
  },
  examples: [
    "pisanix render -f deploy/examples/socks-shop",
    "pisanix render -f manifests -R --virtual-database demotest/catalogue -o json",
    "kubectl get vdb,ts,dbep -A -o yaml | pisanix render -f - --show-secrets -o toml > config.toml",
  ],
  async run(args) {
    const paths = [...args.filename, ...args.files];
    if (paths.length === 0) throw new UsageError("no manifests are named", "write -f FILE, -f DIR, or -f - for stdin");
    const read = await readFiles(paths, { recursive: args.recursive });
    const rendered =
      read.issues.length > 0 && read.files.length === 0 ? { databases: [], issues: [] } : renderMesh(read.files);
    const wanted = args["virtual-database"];
    const selected = wanted === undefined ? rendered : selectDatabase(rendered, wanted);
    const issues = [...read.issues, ...selected.issues];
    await printIssues(issues);
    if (hasErrors(issues)) return EXIT_FINDINGS;
    const text = textOf(selected.databases, args.output, args["show-secrets"]);
    if (!args["show-secrets"]) await printError("passwords are shown as [redacted]; --show-secrets prints them\n");
    await print(text);
    // A warning leaves no doubt about the result, so that is printed; but it is a finding.
    return issues.some((issue) => issue.severity === "warning") ? EXIT_FINDINGS : EXIT_OK;
  },
});

function textOf(
  databases: readonly RenderedDatabase[],
  format: "yaml" | "json" | "toml",
  showSecrets: boolean,
): string {
  const plain = databases.map(({ namespace, name, config }) => {
    return { key: `${namespace}/${name}`, value: plainProxyConfig(config, { showSecrets }) };
  });
  const [only, second] = plain;
  switch (format) {
    case "yaml":
      return plain.map(({ key, value }) => `# proxy configuration of ${key}\n${writeYaml(value)}`).join("---\n");
    case "json": {
      const all = Object.fromEntries(plain.map(({ key, value }) => [key, value]));
      return `${JSON.stringify(second === undefined ? only?.value : all, null, 2)}\n`;
    }
    case "toml": {
      if (only === undefined || second !== undefined) {
        const names = plain.map(({ key }) => key).join(", ");
        throw new UsageError(
          `TOML holds one configuration, but there are ${plain.length}`,
          `add --virtual-database with one of ${names}`,
        );
      }
      return writeToml(only.value);
    }
  }
}
