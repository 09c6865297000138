/** testdata/explain/NAME.txt is what is said of testdata/mesh/NAME.in.yaml. `UPDATE=1` rewrites. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readManifests } from "../manifest.ts";
import { renderManifests } from "../render.ts";
import { explainDatabase } from "./explain.ts";
import { jsonExplanation, textExplanation } from "./report.ts";

const TESTDATA = join(import.meta.dir, "../../../testdata");
const NAMES = readdirSync(join(TESTDATA, "mesh")).filter(
  (name) => name.endsWith(".in.yaml") && name !== "mistakes.in.yaml",
);

function explanationsOf(name: string) {
  const manifests = readManifests([{ file: name, text: readFileSync(join(TESTDATA, "mesh", name), "utf8") }]);
  return renderManifests(manifests, [name]).mesh.databases.map(explainDatabase);
}

test.each(NAMES)("explainDatabase() of %s", (name) => {
  const text = explanationsOf(name)
    .map((each) => textExplanation(each, { isColoured: false, width: 120 }))
    .join("\n");
  const path = join(TESTDATA, "explain", name.replace(".in.yaml", ".txt"));
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
});

test("explainDatabase() gives for each value the line that it is on", () => {
  const name = "extensions.in.yaml";
  const lines = readFileSync(join(TESTDATA, "mesh", name), "utf8").split("\n");
  const all = explanationsOf(name).flatMap((each) => each.sections.flatMap((section) => section.lines));
  const at = (start: string) => {
    const from = all.find((line) => line.text.startsWith(start))?.from;
    return from === null ? "default" : from === undefined ? "none" : lines[from.line - 1];
  };
  expect(at("sessionsMax 500")).toContain("sessionsMax: 500");
  expect(at("timeoutConnectMs 5000")).toBe("default");
  expect(at("the client gets error 1142")).toContain("code: 1142");
  expect(at("weight 3")).toContain('weight: "3"');
  expect(at("clients must encrypt")).toContain("tls: { mode: required");
});

test("explanations show no password, and fit the terminal", () => {
  const [explanation] = explanationsOf("catalogue-dynamic.in.yaml");
  if (explanation === undefined) throw new Error("nothing was explained");
  const narrow = textExplanation(explanation, { isColoured: true, width: 70 });
  expect(jsonExplanation(explanation) + narrow).not.toContain("fake_password");
  const texts = Bun.stripANSI(narrow).split("\n");
  expect(texts.filter((line) => Bun.stringWidth(line.replace(/ {2}\S+:\d+$/, "")) > 70)).toEqual([]);
});
