/** testdata/diff/edits.txt says what each edit below amounts to, in words; the other files are one diff in every form. `UPDATE=1` rewrites. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lintFiles } from "../lint/lint.ts";
import { LINT_SETTINGS_DEFAULT } from "../lint/settings.ts";
import { renderMesh } from "../render.ts";
import { type DiffSide, diffMeshes, hasDifferences } from "./diff.ts";
import { jsonDiff, markdownDiff, textDiff } from "./report.ts";

const TESTDATA = join(import.meta.dir, "../../../testdata");
const read = (name: string) => readFileSync(join(TESTDATA, "mesh", `${name}.in.yaml`), "utf8");
const MESHES = {
  splitting: read("read-write-splitting"),
  extensions: read("extensions"),
  shards: read("data-shard"),
  groups: read("node-group"),
};

function golden(name: string, text: string): void {
  const path = join(TESTDATA, "diff", name);
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
}

function sideOf(text: string): DiffSide {
  const files = [{ file: "x.yaml", text }];
  const { databases, issues } = renderMesh(files);
  if (databases.length === 0) throw new Error(JSON.stringify(issues));
  return { databases, findings: lintFiles(files, LINT_SETTINGS_DEFAULT).findings };
}

const EDITS: readonly (readonly [title: string, mesh: keyof typeof MESHES, from: string, to: string])[] = [
  ["a replica takes writes", "splitting", "database-mesh.io/role: read }", "database-mesh.io/role: readwrite }"],
  ["another address", "splitting", "host: 10.0.0.2", "host: 10.0.0.3"],
  [
    "another password",
    "splitting",
    "password: app, db: app }, trafficStrategy: static",
    "password: other, db: app }, trafficStrategy: static",
  ],
  [
    "a read rule for another target",
    "splitting",
    'regex: ["^select"], target: read, ',
    'regex: ["^select"], target: readwrite, ',
  ],
  ["one more pattern", "splitting", '["^insert"]', '["^insert", "^update"]'],
  ["a rule is gone", "splitting", "        - { name: other, type: generic, algorithmName: random }\n", ""],
  [
    "rules in another order",
    "splitting",
    '        - { name: read-rule,  type: regex, regex: ["^select"], target: read,      algorithmName: random }\n        - { name: write-rule,',
    '        - { name: write-rule, type: regex, regex: ["^insert"], target: readwrite, algorithmName: roundrobin }\n        - { name: read-rule, type: regex, regex: ["^select"], target: read, algorithmName: random }\n        - { name: third,',
  ],
  ["another default target", "splitting", "defaultTarget: read\n", "defaultTarget: readwrite\n"],
  ["a probe", "splitting", "monitorPeriod: 500", "monitorPeriod: 900"],
  [
    "simple balancing instead",
    "splitting",
    MESHES.splitting.slice(
      MESHES.splitting.indexOf("    readWriteSplitting:"),
      MESHES.splitting.indexOf("---\n", MESHES.splitting.indexOf("    readWriteSplitting:")),
    ),
    "    simpleLoadBalance: { kind: roundrobin }\n  circuitBreaks: [{ regex: x }]\n",
  ],
  ["another port", "splitting", "port: 3307", "port: 3308"],
  [
    "a service is gone",
    "splitting",
    "  - { name: dynamic, databaseMySQL: { port: 3307, user: app, password: app, db: app }, trafficStrategy: dynamic }\n",
    "",
  ],
  ["another name", "splitting", "metadata: { name: app, namespace: test }", "metadata: { name: web, namespace: test }"],
  ["a weight", "extensions", 'weight: "3"', 'weight: "7"'],
  ["no weight", "extensions", 'weight: "0"', 'weight: "2"'],
  ["a limit", "extensions", "sessionsMax: 500", "sessionsMax: 600"],
  ["a limit is the default again", "extensions", "sessionsMax: 500, ", ""],
  ["a pool", "extensions", "poolSize: 0", "poolSize: 8"],
  ["a rule's error", "extensions", "code: 1142", "code: 1143"],
  ["case", "extensions", "caseInsensitive: true, ", ""],
  ["how many at once", "extensions", "maxConcurrency: 2", "maxConcurrency: 4"],
  ["a rule with another name", "extensions", "name: no-locks", "name: no-locking"],
  ["TLS to the database", "extensions", "mode: verify-ca", "mode: verify-identity"],
  [
    "no TLS to clients",
    "extensions",
    "    tls: { mode: required, cert: /etc/pisanix/tls/tls.crt, key: /etc/pisanix/tls/tls.key }\n",
    "",
  ],
  [
    "no rules",
    "extensions",
    '  circuitBreaks:\n  - { name: no-locks, regex: "for update$", caseInsensitive: true, code: 1142, sqlState: "42000", message: locks are not allowed here }\n',
    "",
  ],
  ["shards", "shards", "shardingCount: 4", "shardingCount: 8"],
  ["a group", "groups", "ms001", "ms002"],
];

test("diffMeshes() says in words what each edit amounts to", () => {
  const out = EDITS.map(([title, name, from, to]) => {
    const edited = MESHES[name].replaceAll(from, to);
    if (edited === MESHES[name]) throw new Error(`"${title}" changes nothing`);
    return `## ${title}\n${textDiff(diffMeshes(sideOf(MESHES[name]), sideOf(edited)), false)}`;
  });
  golden("edits.txt", out.join("\n"));
});

test("diffMeshes() finds the same both ways", () => {
  for (const [title, name, from, to] of EDITS) {
    const [one, other] = [sideOf(MESHES[name]), sideOf(MESHES[name].replaceAll(from, to))];
    const paths = (left: DiffSide, right: DiffSide) =>
      diffMeshes(left, right)
        .databases.flatMap((database) => [database.name, ...database.changes.map(({ path }) => path.join())])
        .sort();
    expect([title, paths(one, other)]).toEqual([title, paths(other, one)]);
    expect(hasDifferences(diffMeshes(one, other))).toBe(true);
  }
});

test("diffMeshes() finds nothing where everything amounts to the same", () => {
  const same = `# a comment\n${MESHES.splitting.replace("defaultTarget: readwrite", 'defaultTarget: "readwrite"').replace("monitorPeriod: 500", "monitorInterval: 500")}`;
  const diff = diffMeshes(sideOf(MESHES.splitting), sideOf(same));
  expect([diff.databases, hasDifferences(diff)]).toEqual([[], false]);
  expect(diff.appeared.map((finding) => finding.rule.name)).toEqual(["monitor-interval"]);
  expect(textDiff(diff, false)).toContain("no differences: every proxy gets the same configuration");
});

test("reports of a diff are the same as ever, and show no password", () => {
  const edited = MESHES.splitting
    .replaceAll("password: app", "password: hunter2")
    .replace("role: read }", "role: readwrite }")
    .replace("^insert", "^`a|b`_*");
  const diff = diffMeshes(sideOf(MESHES.splitting), sideOf(edited));
  golden("diff.txt", textDiff(diff, false));
  golden("diff.json", jsonDiff(diff));
  golden("diff.md", markdownDiff(diff));
  for (const text of [textDiff(diff, true), jsonDiff(diff), markdownDiff(diff)]) expect(text).not.toContain("hunter2");
  expect(Bun.stripANSI(textDiff(diff, true))).toBe(textDiff(diff, false));
});
