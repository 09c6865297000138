/** What design.md says of the layout, as tables. A new room, package or exception is one line here and one in that page. */

/** What each room may import besides itself. `api/proxy-config` is that one file. Everything goes down, so there are no circles of rooms. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  cmd: [
    "workers",
    "controller",
    "proxy",
    "config-source",
    "install",
    "inject",
    "mesh",
    "sql",
    "api",
    "telemetry",
    "lib",
  ],
  controller: ["mesh", "kube", "inject", "net", "api", "telemetry", "lib"],
  workers: ["proxy", "net", "api/proxy-config", "telemetry", "lib"],
  proxy: ["governance", "routing", "backend", "mysql", "sql", "net", "api/proxy-config", "telemetry", "lib"],
  "config-source": ["api", "telemetry", "lib"],
  install: ["inject", "api", "lib"],
  inject: ["api", "lib"],
  mesh: ["api", "sql", "governance", "lib"],
  kube: ["lib"],
  backend: ["mysql", "net", "routing/endpoint-view", "api/proxy-config", "telemetry", "lib"],
  routing: ["sql", "api/proxy-config", "lib"],
  governance: ["sql", "api/proxy-config", "lib"],
  telemetry: ["lib"],
  api: ["lib"],
  mysql: ["lib"],
  sql: ["lib"],
  net: ["lib"],
  lib: [],
};

/** A package and the files that may import it; a name that ends in `/` is a folder. Tests and the testkit may import any of `inTests`. */
export interface Door {
  readonly files: readonly string[];
  readonly inTests: boolean;
}

export const DOORS: Readonly<Record<string, Door>> = {
  citty: { files: ["cmd/"], inTests: false },
  valibot: { files: ["src/api/"], inTests: false },
  yaml: {
    files: ["src/lib/yaml.ts", "src/lib/yaml-layout.ts", "src/lib/yaml-limits.ts", "src/lib/yaml-places.ts"],
    inTests: false,
  },
  ajv: { files: [], inTests: true },
  "ajv-draft-04": { files: [], inTests: true },
  "@microsoft/jest-sarif": { files: [], inTests: true },
  consola: { files: ["src/telemetry/log.ts"], inTests: false },
  "prom-client": {
    files: ["src/telemetry/metrics.ts", "src/telemetry/prom-client-registry.d.ts"],
    inTests: false,
  },
  mysql2: { files: ["src/backend/probe.ts"], inTests: true },
  rregex: { files: ["src/lib/pattern.ts", "src/lib/pattern-engine.ts"], inTests: false },
  "bun:ffi": { files: ["src/lib/libc.ts"], inTests: false },
  "bun:jsc": { files: [], inTests: true },
  "bun:test": { files: [], inTests: true },
  "node:crypto": { files: ["src/lib/x509.ts", "src/mysql/scramble.ts", "src/mysql/ed25519.ts"], inTests: true },
  "node:fs": {
    files: [
      "cmd/",
      "src/lib/pattern-engine.ts",
      "src/net/pem.ts",
      "src/net/unix-path.ts",
      "src/controller/certificate-files.ts",
      "src/config-source/watch-folders.ts",
    ],
    inTests: true,
  },
  "node:fs/promises": {
    files: [
      "cmd/",
      "src/lib/footprint.ts",
      "src/kube/credentials.ts",
      "src/controller/certificate-files.ts",
      "src/config-source/controller-client.ts",
      "src/config-source/last-good.ts",
    ],
    inTests: true,
  },
  "node:path": {
    files: ["cmd/", "src/kube/credentials.ts", "src/controller/certificate-files.ts"],
    inTests: true,
  },
  "node:stream": { files: ["src/net/duplex-tls.ts"], inTests: true },
  "node:tls": { files: ["src/net/tls-options.ts", "src/net/duplex-tls.ts"], inTests: true },
  "node:zlib": { files: ["src/mysql/compressed-packet.ts"], inTests: true },
  "node:net": { files: ["src/lib/network.ts", "src/net/proxy-protocol.ts", "src/backend/probe.ts"], inTests: true },
  "node:os": { files: ["cmd/cores.ts"], inTests: true },
};

/** Something that only some files may say. `pattern` is matched in code, not in comments or strings. */
export interface Reserved {
  readonly what: string;
  readonly pattern: RegExp;
  readonly files: readonly string[];
  readonly inTests: boolean;
  readonly why: string;
}

export const RESERVED: readonly Reserved[] = [
  {
    what: "the machine's clock",
    pattern: /\b(?:Date\.now|performance\.now|Bun\.nanoseconds|process\.hrtime|new Date\(\))/g,
    files: ["src/lib/clock.ts"],
    inTests: true,
    why: "time is passed in as a Clock, so that tests own it",
  },
  {
    what: "a timer",
    pattern: /\b(?:setTimeout|setInterval)\b/g,
    files: ["src/lib/clock.ts"],
    inTests: true,
    why: "timers are clock.after(), which tests own",
  },
  {
    what: "chance",
    pattern: /\bMath\.random\b/g,
    files: ["src/lib/random.ts", "cmd/"],
    inTests: true,
    why: "chance is passed in as a Random, so that a seed repeats a run",
  },
  {
    what: "the environment",
    pattern: /\b(?:process|Bun|import\.meta)\.env\b/g,
    files: ["cmd/", "src/kube/credentials.ts"],
    inTests: true,
    why: "settings come in as values; only the command line and the Kubernetes credentials read the environment",
  },
  {
    what: "the end of the process",
    pattern: /\bprocess\.exit\b/g,
    files: ["cmd/"],
    inTests: true,
    why: "only the command line decides that the process ends",
  },
  {
    what: "sockets",
    pattern: /\bBun\.(?:listen|connect|udpSocket)\b|\.upgradeTLS\(/g,
    files: ["src/net/transport.ts", "src/net/tls.ts", "src/net/claim.ts", "src/net/listen-shared.ts"],
    inTests: true,
    why: "sockets are behind src/net, so that another event loop is one file",
  },
  {
    what: "an HTTP server",
    pattern: /\bBun\.serve\b/g,
    files: ["src/telemetry/admin.ts", "src/controller/https-server.ts", "src/controller/config-server.ts"],
    inTests: true,
    why: "HTTP servers are the admin server and the controller's",
  },
  {
    what: "a RegExp made of text",
    pattern: /\bRegExp\(/g,
    files: [],
    inTests: true,
    why: "a user's pattern goes through src/lib/pattern.ts, which runs in linear time",
  },
  {
    what: "the console",
    pattern: /(?<![.\w])console\.\w+/g,
    files: [],
    inTests: false,
    why: "logs go through telemetry/log.ts to stderr, results through cmd to stdout",
  },
];

/** What may lie at the top of the checkout besides dot-files. */
export const TOP_LEVEL: readonly string[] = [
  "LICENSE",
  "Makefile",
  "README.md",
  "bun.lock",
  "bunfig.toml",
  "cmd",
  "deploy",
  "package.json",
  "src",
  "testdata",
  "tsconfig.json",
];

/** Lines of a file and of a function at most. */
export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 60;
