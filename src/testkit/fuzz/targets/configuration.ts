/** Configurations and manifests as a whole: whatever they say, the reader finds the mistakes and their places. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plainProxyConfig } from "../../../api/print-proxy-config.ts";
import { readProxyConfig } from "../../../api/read-proxy-config.ts";
import { hasErrors, type Issue } from "../../../lib/issue.ts";
import { jsonText } from "../../../lib/json-text.ts";
import type { Random } from "../../../lib/random.ts";
import { writeToml } from "../../../lib/toml.ts";
import { writeYaml } from "../../../lib/yaml.ts";
import { readManifests } from "../../../mesh/manifest.ts";
import { REPOSITORY } from "../../paths.ts";
import { between, isLucky, pick } from "../chance.ts";
import { must, mustEqual } from "../oracle.ts";
import { refused, type Target, words } from "../target.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Every mistake has a place in the text, or is the whole file's, and says what to do. */
function checkIssues(issues: readonly Issue[]): void {
  for (const { position, message, remedy } of issues) {
    const isOfWholeFile = position.line === 0 && position.column === 0;
    must(isOfWholeFile || (position.line >= 1 && position.column >= 1), `a mistake before the beginning: ${message}`);
    must(message !== "" && remedy !== "", `a mistake without a remedy: ${message}`);
  }
}

const proxyConfig: Target = {
  name: "proxy-config",
  dictionary: words(
    "name: ",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "null",
    "-1",
    "0",
    "1e9",
    "true",
    "''",
    "(?i)",
    "tls: { mode: required }",
    "limits: { pool_wait_max: 1 }",
    "127.0.0.1:0",
    "\u00e4",
  ),
  bytesMax: 1_500,
  generate(random) {
    const config = someConfig(random);
    const text = pick(random, [writeYaml, writeYaml, jsonText, writeToml])(config);
    return new TextEncoder().encode(text);
  },
  run(input) {
    const { config, issues } = readProxyConfig(textOf(input), "fuzz");
    checkIssues(issues);
    must((config === null) === hasErrors(issues), "a configuration and its mistakes");
    if (config === null) return refused(new Error(issues[0]?.message ?? ""));
    const written = writeYaml(plainProxyConfig(config, { showSecrets: true }));
    const again = readProxyConfig(written, "again.yaml");
    must(again.config !== null, `what is written has mistakes: ${again.issues[0]?.message ?? ""}`);
    const plain = (read: typeof config) => plainProxyConfig(read, { showSecrets: true });
    mustEqual(plain(again.config), plain(config), "what is written reads otherwise");
    return `${Math.min(3, config.proxy.config.length)} listeners`;
  },
};

function someConfig(random: Random): Record<string, unknown> {
  const nodes = Array.from({ length: between(random, 1, 3) }, (_, i) => ({
    name: `db${i}`,
    host: pick(random, ["10.0.0.5", "db.example", "::1"]),
    port: between(random, 1, 65_535),
    user: "shop",
    password: pick(random, ["", "it's", "0644"]),
    db: "shop",
    role: pick(random, ["readwrite", "read"]),
    weight: between(random, 0, 3),
    ...(isLucky(random, 0.3) ? { tls: { mode: "preferred" } } : {}),
  }));
  const listeners = Array.from({ length: between(random, 1, 2) }, (_, i) => ({
    name: `listener${i}`,
    backend_type: "mysql",
    listen_addr: `127.0.0.1:${3306 + i}`,
    user: "app",
    password: "pw",
    db: "shop",
    pool_size: between(random, 1, 64),
    simple_loadbalance: { balance_type: pick(random, ["random", "roundrobin"]), nodes: nodes.map(({ name }) => name) },
    ...(isLucky(random, 0.4) ? { plugin: { circuit_break: [{ regex: ["(?i)^delete"] }] } } : {}),
    ...(isLucky(random, 0.4) ? { limits: { sessions_max: between(random, 1, 99) } } : {}),
  }));
  return {
    admin: { host: "0.0.0.0", port: 5591, log_level: "INFO" },
    proxy: { config: listeners },
    mysql: { node: nodes },
  };
}

/** Manifests as people write them. */
const MANIFESTS = readdirSync(join(REPOSITORY, "testdata", "mesh"))
  .filter((file) => file.endsWith(".in.yaml"))
  .map((file) => readFileSync(join(REPOSITORY, "testdata", "mesh", file)))
  .filter((bytes) => bytes.length < 2_500);

const manifests: Target = {
  name: "manifests",
  dictionary: words(
    "kind: VirtualDatabase",
    "kind: TrafficStrategy",
    "kind: DatabaseEndpoint",
    "spec:",
    "\n",
    "  ",
    "- ",
    "---\n",
    "null",
    "1e9",
    "''",
    "&a ",
    "*a",
    "{}",
    "[]",
  ),
  bytesMax: 1_500,
  generate: (random) => new Uint8Array(pick(random, MANIFESTS)),
  run(input) {
    const { manifests: read, issues } = readManifests([{ file: "fuzz.yaml", text: textOf(input) }]);
    checkIssues(issues);
    const error = issues.find(({ severity }) => severity === "error");
    if (error !== undefined) return refused(new Error(error.message));
    return `${Math.min(4, read.length)} manifests`;
  },
};

/** Readers of what people configure. */
export const CONFIGURATION_TARGETS: readonly Target[] = [proxyConfig, manifests];
