/**
 * testdata/inject/NAME.in.yaml (or .json) with sidecars is NAME.out.yaml, and what was done is NAME.report. `UPDATE=1`
 * rewrites. Taking the sidecars out again gives every input to the byte, except where it had some before.
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatIssue, hasErrors } from "../lib/issue.ts";
import { readYaml } from "../lib/yaml.ts";
import { podMistakes } from "../testkit/pod-shape.ts";
import { someOptions } from "../testkit/sidecar-settings.ts";
import { formatReports } from "./report.ts";
import { injectFiles, uninjectFiles } from "./workload.ts";
import { workloadsIn } from "./workload-kinds.ts";

const FOLDER = join(import.meta.dir, "../../testdata/inject");
const NAMES = readdirSync(FOLDER).filter((name) => name.includes(".in."));
const OPTIONS = someOptions();
const OTHERS = {
  ...someOptions({ "native-sidecar": "false", "proxy-image": "elsewhere/pisanix:2" }),
  version: "2.0.0",
};

test("there are golden manifests of every kind", () => {
  const kinds = NAMES.flatMap((name) =>
    readYaml(textOf(name), name).documents.flatMap(({ value }) => workloadsIn(value)),
  );
  const names = [...new Set(kinds.map(({ kind }) => kind))].sort();
  const all = ["CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "Rollout"];
  expect(names).toEqual([...all, "StatefulSet"]);
});

for (const name of NAMES) {
  const file = { file: name, text: textOf(name) };
  describe(name, () => {
    const injected = injectFiles([file], OPTIONS);
    const [{ text } = { text: "" }] = injected.files;

    test("gets its sidecars", () => {
      const issues = injected.issues.map((issue) => `${formatIssue(issue)}\n`).join("");
      expectGolden(name.replace(".in.", ".out."), text);
      expectGolden(name.replace(/\.in\.\w+$/, ".report"), issues + formatReports(injected, "done"));
    });

    test("is left alone the second time", () => {
      const again = injectFiles(injected.files, OPTIONS);
      expect(again.files[0]?.text).toBe(text);
      expect(again.reports.filter(({ outcome }) => outcome.kind === "injected" || outcome.kind === "updated")).toEqual(
        [],
      );
    });

    test("has pods that an API server accepts", () => {
      const read = readYaml(text, name);
      expect(hasErrors(read.issues)).toBe(false);
      for (const { value } of read.documents) {
        for (const { template } of workloadsIn(value)) {
          if (template === null) continue;
          expect(
            podMistakes(template, (container) => container["image"] !== "app:1" && container["name"] === "pisa-proxy"),
          ).toEqual([]);
        }
      }
    });

    if (name.startsWith("injected-by-")) return;
    test("is the same file again when the sidecars are taken out, also after another version has updated them", () => {
      expect(uninjectFiles(injected.files).files[0]?.text).toBe(file.text);
      const updated = injectFiles(injected.files, OTHERS);
      expect(updated.files).toEqual(injectFiles([file], OTHERS).files);
      expect(uninjectFiles(updated.files).files[0]?.text).toBe(file.text);
    });

    if (!name.endsWith(".json") || name === "stream.in.json") return;
    test("is still JSON", () => {
      expect(() => JSON.parse(text)).not.toThrow();
    });
  });
}

function textOf(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

function expectGolden(name: string, text: string): void {
  if (process.env["UPDATE"] === "1") writeFileSync(join(FOLDER, name), text);
  expect(text).toBe(textOf(name));
}
