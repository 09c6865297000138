/** `pisanix render`: the configuration of each VirtualDatabase's proxy. */
import { plainProxyConfig } from "../src/api/print-proxy-config.ts";
import { hasErrors } from "../src/lib/issue.ts";
import { writeToml } from "../src/lib/toml.ts";
import { writeYaml } from "../src/lib/yaml.ts";
import { type RenderedDatabase, renderMesh, selectDatabase } from "../src/mesh/render.ts";
import { UsageError } from "./arguments.ts";
import { EXIT_FINDINGS, EXIT_OK } from "./cli.ts";
import { readOutputs, writeOutput } from "./outputs.ts";
import { newProgress } from "./progress.ts";
import type { FilesRead } from "./read-files.ts";
import { printError, printIssues } from "./terminal.ts";

const FORMATS = ["yaml", "json", "toml"] as const;

export interface PlainArguments {
  readonly output: readonly string[];
  readonly "virtual-database": string | undefined;
  readonly "show-secrets": boolean;
}

/** Prints what every proxy gets, or one of them; returns the exit code. */
export async function renderPlain(read: FilesRead, args: PlainArguments): Promise<number> {
  const outputs = readOutputs(args.output, FORMATS);
  const progress = newProgress("documents read");
  const rendered =
    read.issues.length > 0 && read.files.length === 0
      ? { databases: [], issues: [] }
      : renderMesh(read.files, { onDocument: progress.step });
  progress.end();
  const wanted = args["virtual-database"];
  const selected = wanted === undefined ? rendered : selectDatabase(rendered, wanted);
  const issues = [...read.issues, ...selected.issues];
  await printIssues(issues);
  if (hasErrors(issues)) return EXIT_FINDINGS;
  const showSecrets = args["show-secrets"];
  if (!showSecrets) await printError("passwords are shown as [redacted]; --show-secrets prints them\n");
  for (const output of outputs) await writeOutput(output, textOf(selected.databases, output.format, showSecrets));
  // A warning leaves no doubt about the result, so that is printed; but it is a finding.
  return issues.some((issue) => issue.severity === "warning") ? EXIT_FINDINGS : EXIT_OK;
}

function textOf(
  databases: readonly RenderedDatabase[],
  format: (typeof FORMATS)[number],
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
