/** Manifests that are right, broken in one place at random: the linter must find that place. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../lib/random.ts";
import { type Finding, lintFiles } from "./lint.ts";
import { LINT_SETTINGS_DEFAULT } from "./settings.ts";

const ROOT = join(import.meta.dir, "../../..");
const SHOP = "deploy/examples/socks-shop";

/** The socks shop, and what the original came with. */
const SOURCES = [
  readdirSync(join(ROOT, SHOP))
    .map((name) => readFileSync(join(ROOT, SHOP, name), "utf8"))
    .join("---\n"),
  ...[
    "sample-v0.1.0",
    "catalogue-dynamic",
    "catalogue-simple",
    "catalogue-static",
    "data-shard",
    "node-group",
    "read-write-splitting",
  ].map((name) => readFileSync(join(ROOT, `testdata/mesh/${name}.in.yaml`), "utf8")),
];

interface Mutation {
  readonly name: string;
  /** Where it can be made; what is found is broken. */
  readonly at: RegExp;
  readonly by: (found: string, ...groups: string[]) => string;
  readonly rules: readonly string[];
  /** How many lines below the broken one the finding may stand at most. */
  readonly below?: number;
}

const KEYS =
  "services|databaseMySQL|trafficStrategy|dataShard|selector|loadBalance|simpleLoadBalance|readWriteSplitting|circuitBreaks|concurrencyControls|maxConcurrency|duration|database|MySQL|host|port|user|password|poolSize|tableName|actualDatanodes|valueSource|shardingCount|defaultTarget|algorithmName|spec|metadata";

const MUTATIONS: readonly Mutation[] = [
  { name: "a letter too many in a key", at: new RegExp(`(?<=^|[{,\\s-])(${KEYS}):`), by: (_, key) => `${key}x:`, rules: ["unknown-field"] },
  { name: "two letters swapped in a key", at: new RegExp(`(?<=^|[{,\\s-])(${KEYS}):`), by: (_, key = "") => `${key[0]}${key[2] ?? ""}${key[1]}${key.slice(3)}:`, rules: ["unknown-field"] },
  { name: "a port that is none", at: /\bport: \d+/, by: () => "port: 70000", rules: ["invalid-value"] },
  { name: "a port that is text", at: /\bport: (\d+)/, by: (_, port) => `port: "${port}"`, rules: ["wrong-type"] },
  { name: "a pool of text", at: /\bpoolSize: \d+/, by: () => "poolSize: many", rules: ["wrong-type"] },
  { name: "a host that is a list", at: /\bhost: [\w.-]+/, by: (host) => host.replace(/: (.*)/, ": [$1]"), rules: ["wrong-type"] },
  { name: "a user that is a number", at: /\buser: \w+/, by: () => "user: 12345", rules: ["wrong-type"] },
  { name: "a balance that is none", at: /\bkind: (random|roundrobin)\b/, by: () => "kind: fastest", rules: ["invalid-value"] },
  { name: "an algorithm that is none", at: /\balgorithmName: \w+/, by: () => "algorithmName: randon", rules: ["invalid-value"] },
  { name: "a target that is none", at: /\btarget: \w+/, by: () => "target: write", rules: ["invalid-value"] },
  { name: "a role that is none", at: /database-mesh\.io\/role"?: "?\w+"?/, by: (role) => role.replace(/: .*/, ": reed"), rules: ["invalid-value"] },
  { name: "a strategy that is not there", at: /\btrafficStrategy: \S+/, by: () => "trafficStrategy: nobody", rules: ["unresolved-reference"] },
  { name: "a shard that is not there", at: /\bdataShard: \S+/, by: () => "dataShard: nobody", rules: ["unresolved-reference"] },
  { name: "a data node that is not there", at: /\bvalue: [\w-]+/, by: () => "value: nobody", rules: ["unresolved-reference"] },
  { name: "a count that is none", at: /\bshardingCount: \d+/, by: () => "shardingCount: 0", rules: ["invalid-value"] },
  { name: "a window that is too short", at: /\bduration: \S+\b/, by: () => "duration: 500ms", rules: ["invalid-value"] },
  { name: "a window in nanoseconds", at: /\bduration: \S+\b/, by: () => "duration: 10000000000", rules: ["invalid-value"] },
  { name: "fewer than none at once", at: /\bmaxConcurrency: \d+/, by: () => "maxConcurrency: -1", rules: ["invalid-value"] },
  { name: "none at once", at: /\bmaxConcurrency: \d+/, by: () => "maxConcurrency: 0", rules: ["concurrency-zero"] },
  { name: "a group that is not closed", at: /\bregex: \[ ?"?\^\w+"?/, by: () => 'regex: ["(^select"', rules: ["regex-syntax"] },
  { name: "look-ahead", at: /\bregex: \[ ?"?\^\w+"?/, by: () => 'regex: ["^(?!select)"', rules: ["regex-unsupported"] },
  { name: "a pattern that matches everything", at: /\bregex: \[ ?"?\^\w+"?/, by: () => 'regex: [".*"', rules: ["regex-matches-everything"] },
  { name: "a pattern that matches nothing", at: /\bregex: \[ ?"?\^\w+"?/, by: () => 'regex: ["$100"', rules: ["regex-matches-nothing"] },
  { name: "a kind that is none", at: /^kind: (\w+)$/, by: (_, kind = "") => `kind: ${kind.slice(0, -2)}${kind.slice(-1)}`, rules: ["unknown-kind"] },
  { name: "a version that is none", at: /^apiVersion: core\S+$/, by: () => "apiVersion: core.database-mesh.io/v1", rules: ["unknown-kind"] },
  { name: "a name that is none", at: /(?<=^metadata: \{ |^ {2})name: ([a-z0-9-]+)/, by: (_, name) => `name: ${name}_X`, rules: ["invalid-value"] },
  { name: "a label that is a number", at: /\bsource: [a-z]+/, by: () => "source: 7", rules: ["wrong-type"] },
  { name: "a bracket that is not closed", at: /\b(host|db): [\w.-]+$/, by: (text) => text.replace(/: /, ": ["), rules: ["yaml-syntax"], below: 2 },
  { name: "a quote that is not closed", at: /\bdb: [\w.-]+$/, by: (text) => text.replace(/: /, ': "'), rules: ["yaml-syntax"], below: 0 },
  { name: "a colon too many", at: /\b(host|db|kind): [\w.-]+$/, by: (text) => `${text}: x`, rules: ["yaml-syntax"] },
]; // biome-ignore format: a table

const VARIANTS = 400;

function lint(text: string): readonly Finding[] {
  return lintFiles([{ file: "x.yaml", text }], LINT_SETTINGS_DEFAULT).findings;
}

const keyOf = ({ rule, position, message, path }: Finding) => [rule.name, position.line, path, message].join("\n");

test("lintFiles() finds what was broken, at its line, in random variants of manifests that are right", () => {
  const random = seededRandom(20_260_924);
  const before = SOURCES.map((text) => new Set(lint(text).map(keyOf)));
  const seen = new Set<string>();
  const missed: string[] = [];
  const made = new Map<string, number>();
  for (let round = 0; round < 20_000 && seen.size < VARIANTS; round++) {
    const source = Math.floor(random() * SOURCES.length);
    const mutation = MUTATIONS[Math.floor(random() * MUTATIONS.length)]!;
    const lines = SOURCES[source]!.split("\n");
    const places = lines.flatMap((line, index) => (mutation.at.test(line) ? [index] : []));
    const index = places[Math.floor(random() * places.length)];
    if (index === undefined) continue;
    const line = lines[index]!.replace(mutation.at, mutation.by);
    const broken = lines.with(index, line).join("\n");
    if (seen.has(broken) || line === lines[index]) continue;
    seen.add(broken);
    made.set(mutation.name, (made.get(mutation.name) ?? 0) + 1);
    const found = lint(broken).filter((finding) => !before[source]!.has(keyOf(finding)));
    const isHit = found.some(({ rule, position }) => {
      const distance = position.line - (index + 1);
      return mutation.rules.includes(rule.name) && distance >= 0 && distance <= (mutation.below ?? 0);
    });
    if (!isHit)
      missed.push(
        `${mutation.name}: line ${index + 1} of source ${source}: ${line} -> ${found.map((each) => `${each.rule.name}@${each.position.line}`)}`,
      );
  }
  expect(missed).toEqual([]);
  expect([...made.keys()].sort()).toEqual(MUTATIONS.map((mutation) => mutation.name).sort());
  expect(seen.size).toBe(VARIANTS);
}, 60_000);

test("lintFiles() finds nothing that hinders in the manifests that were broken", () => {
  for (const text of SOURCES) expect(lint(text).filter(({ level }) => level === "error")).toEqual([]);
});
