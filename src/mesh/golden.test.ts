/** testdata/mesh/NAME.in.yaml renders to NAME.out.yaml: its issues as comments, then what the proxies get. `UPDATE=1` rewrites. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainProxyConfig } from "../api/print-proxy-config.ts";
import { parseProxyConfig } from "../api/read-proxy-config.ts";
import { formatIssue } from "../lib/issue.ts";
import { readYaml, writeYaml } from "../lib/yaml.ts";
import { renderMesh } from "./render.ts";

const FOLDER = join(import.meta.dir, "../../testdata/mesh");
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".in.yaml"));

test("there are golden manifests", () => {
  expect(NAMES.length).toBeGreaterThan(8);
});

for (const name of NAMES) {
  test(`renderMesh() of ${name}`, () => {
    const { databases, issues } = renderMesh([{ file: name, text: readFileSync(join(FOLDER, name), "utf8") }]);
    const comments = issues.map((issue) => `${formatIssue(issue).replace(/^/gm, "# ")}\n`).join("");
    const documents = databases.map(({ namespace, name: own, config }) => {
      return `# proxy configuration of ${namespace}/${own}\n${writeYaml(plainProxyConfig(config, { showSecrets: true }))}`;
    });
    const text = comments + documents.join("---\n");
    const out = join(FOLDER, name.replace(".in.", ".out."));
    if (process.env["UPDATE"] === "1") writeFileSync(out, text);
    expect(text).toBe(readFileSync(out, "utf8"));
  });

  if (name === "mistakes.in.yaml") continue;
  test(`what renderMesh() makes of ${name} reads back as the same configuration`, () => {
    const { databases } = renderMesh([{ file: name, text: readFileSync(join(FOLDER, name), "utf8") }]);
    for (const { config } of databases) {
      const printed = plainProxyConfig(config, { showSecrets: true });
      const [document] = readYaml(writeYaml(printed), "printed.yaml").documents;
      if (document === undefined) throw new Error("nothing was printed");
      const read = parseProxyConfig(document);
      expect(read.issues).toEqual([]);
      if (read.config === null) throw new Error("not read");
      expect(plainProxyConfig(read.config, { showSecrets: true })).toEqual(printed);
      expect(read.config.proxy.config.map((listener) => listener.limits)).toEqual(
        config.proxy.config.map((listener) => listener.limits),
      );
    }
  });
}
