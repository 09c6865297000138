/** design.md and style.md as a test: each rule on this checkout, and each rule on a made-up tree that breaks it. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readProxyConfig } from "./api/read-proxy-config.ts";
import { sidecarAnnotations } from "./api/sidecar.ts";
import { settingFlags } from "./api/sidecar-flags.ts";
import { CONTROLLER_SCOPES } from "./telemetry/controller-metrics-table.ts";
import { SCOPES } from "./telemetry/metrics-table.ts";
import type { Metric } from "./telemetry/series.ts";
import { REPOSITORY } from "./testkit/paths.ts";
import { IMPORT_RULES } from "./testkit/tidy/import-rules.ts";
import { TEXT_RULES } from "./testkit/tidy/text-rules.ts";
import { isTestkit, newTree, type Rule, readTree, type Tree } from "./testkit/tidy/tree.ts";
import { TREE_RULES } from "./testkit/tidy/tree-rules.ts";

const RULES: readonly Rule[] = [...IMPORT_RULES, ...TEXT_RULES, ...TREE_RULES];
const checkout = readTree(REPOSITORY);

/** What a rule finds, as `file:line detail`. */
function findings(name: string, tree: Tree): string[] {
  const rule = RULES.find((known) => known.name === name);
  if (rule === undefined) throw new Error(`no rule is called "${name}"`);
  return rule.find(tree).map((finding) => `${finding.path}:${finding.line} ${finding.detail}`);
}

/** What a rule finds in one made-up file. */
function findingsIn(name: string, path: string, text: string): string[] {
  return findings(name, newTree({ [path]: text }));
}

describe("this checkout", () => {
  for (const rule of RULES) {
    test(`${rule.name} (${rule.why})`, () => {
      expect(findings(rule.name, checkout)).toEqual([]);
    });
  }

  test("every metric of the table is counted somewhere", () => {
    const product = [...checkout.files.values()].filter((file) => !isTestkit(file.path));
    const keys = [...SCOPES, ...CONTROLLER_SCOPES].flatMap((scope) => Object.keys(scope.metrics));
    const isCounted = (key: string) => product.some((file) => file.code.includes(`slots.${key}`));
    expect(keys.filter((key) => !isCounted(key))).toEqual([]);
  });

  test("is not empty", () => {
    expect(checkout.files.size).toBeGreaterThan(20);
    expect(checkout.files.get("src/tidy.test.ts")?.imports.map((made) => made.target)).toContain(
      "src/testkit/paths.ts",
    );
  });
});

describe("import rules", () => {
  test("a room that is not in the table is found", () => {
    expect(findingsIn("every room is in the table", "src/cache/lru.ts", "")).toEqual([
      "src/cache/lru.ts:1 the room cache is not in the table of src/testkit/tidy/tables.ts",
    ]);
    expect(findingsIn("every room is in the table", "src/main.ts", "")).toEqual(["src/main.ts:1 lies in no room"]);
  });

  test("an import that goes up or aside is found, also of types only and in tests", () => {
    const tree = newTree({
      "src/sql/lexer.ts": '/** x */\nimport type { A } from "../mysql/packet.ts";',
      "src/sql/lexer.test.ts": 'import {\n  A,\n} from "../proxy/session.ts";',
      "src/routing/route.ts": 'import { a } from "../api/proxy-config.ts";\nimport { b } from "../api/crd.ts";',
      "src/proxy/proxy.ts": 'const a = await import("../../cmd/main.ts");',
      "cmd/version.ts": 'import pack from "../package.json";',
    });
    expect(findings("imports only go down", tree)).toEqual([
      "src/proxy/proxy.ts:1 proxy must not import cmd/main.ts",
      "src/routing/route.ts:2 routing must not import src/api/crd.ts",
      "src/sql/lexer.test.ts:3 sql must not import src/proxy/session.ts",
      "src/sql/lexer.ts:2 sql must not import src/mysql/packet.ts",
    ]);
  });

  test("the product must not import the testkit", () => {
    const tree = newTree({
      "src/mysql/packet.ts": 'import { pipe } from "../testkit/pipe.ts";',
      "src/mysql/packet.test.ts": 'import { pipe } from "../testkit/pipe.ts";',
      "src/testkit/fake.ts": 'import { pipe } from "./pipe.ts";',
    });
    expect(findings("only tests import the testkit", tree)).toEqual([
      "src/mysql/packet.ts:1 imports src/testkit/pipe.ts",
    ]);
  });

  test("a cycle is found once, with its path", () => {
    const tree = newTree({
      "src/sql/a.ts": 'import { b } from "./b.ts";',
      "src/sql/b.ts": 'import { c } from "./c.ts";',
      "src/sql/c.ts": 'import { a } from "./a.ts";\nimport { b } from "./d.ts";',
      "src/sql/d.ts": "",
    });
    expect(findings("no import cycles", tree)).toEqual([
      "src/sql/c.ts:1 src/sql/a.ts -> src/sql/b.ts -> src/sql/c.ts -> src/sql/a.ts",
    ]);
  });

  test("a package is imported at its door only", () => {
    const tree = newTree({
      "src/lib/yaml.ts": 'import { parse } from "yaml";',
      "src/mesh/manifest.ts": 'import { parse } from "yaml";',
      "src/backend/pool.ts":
        'import { createPool } from "mysql2/promise";\nimport left from "left-pad";\nimport wasm from "../../node_modules/rregex/a.wasm";',
      "src/backend/pool.test.ts": 'import { createPool } from "mysql2/promise";',
    });
    expect(findings("one door per package", tree)).toEqual([
      "src/backend/pool.ts:1 mysql2 may be imported in src/backend/probe.ts only",
      "src/backend/pool.ts:2 left-pad has no door in src/testkit/tidy/tables.ts",
      "src/backend/pool.ts:3 rregex may be imported in src/lib/pattern.ts, src/lib/pattern-engine.ts only",
      "src/mesh/manifest.ts:1 yaml may be imported in src/lib/yaml.ts, src/lib/yaml-layout.ts, src/lib/yaml-limits.ts, src/lib/yaml-places.ts only",
    ]);
  });

  test("an import names a file that exists, with its ending", () => {
    const text = 'import { a } from "./b";\nimport { c } from "./gone.ts";\nimport "./a.ts";';
    expect(findingsIn("imports name the file", "src/lib/a.ts", text)).toEqual([
      "src/lib/a.ts:1 ./b does not end in .ts",
      "src/lib/a.ts:2 ./gone.ts does not exist",
    ]);
  });
});

describe("text rules", () => {
  const broken: ReadonlyArray<readonly [rule: string, path: string, text: string, found: string]> = [
    ["the machine's clock in one place", "src/sql/a.ts", "const t = Date.now();", "Date.now is the machine's clock"],
    ["a timer in one place", "src/sql/a.ts", "setTimeout(run, 5);", "setTimeout is a timer"],
    ["chance in one place", "src/sql/a.ts", "Math.random()", "Math.random is chance"],
    ["the environment in one place", "src/sql/a.ts", "process.env", "process.env is the environment"],
    [
      "the end of the process in one place",
      "src/sql/a.ts",
      "process.exit(1)",
      "process.exit is the end of the process",
    ],
    ["sockets in one place", "src/sql/a.ts", "Bun.connect({})", "Bun.connect is sockets"],
    ["an HTTP server in one place", "src/sql/a.ts", "Bun.serve({})", "Bun.serve is an HTTP server"],
    ["a RegExp made of text in one place", "src/sql/a.ts", "new RegExp(a)", "RegExp( is a RegExp made of text"],
    ["the console in one place", "src/sql/a.test.ts", "console.log(1)", "console.log is the console"],
    ["no default exports", "src/sql/a.ts", "export default 1;", "export default"],
    ["no barrels", "src/sql/a.ts", 'export * from "./b.ts";', "export *"],
    ["no barrels", "src/sql/a.ts", 'export { b } from "./b.ts";', "export { b } from"],
    ["no enums", "src/sql/a.ts", "export enum Color { Red }", "enum Color {"],
    ["no classes but errors", "src/sql/a.ts", "class Session {}", "class Session"],
    ["no escape from the type checker", "src/sql/a.ts", "const a = b as any;", "as any"],
    ["files open with a comment", "src/sql/a.ts", "const a = 1;", "no header comment"],
    ["nothing is left to do", "src/sql/a.ts", `// TO${"DO"}: later`, `TO${"DO"}`],
    ["exports have a docstring", "src/sql/a.ts", "export function readA(): void {}", "readA"],
    ["exports have a docstring", "src/sql/a.ts", "export class E extends Error {}", "E"],
    ["files are short", "src/sql/a.ts", "\n".repeat(301), "301 lines"],
  ];

  for (const [rule, path, text, found] of broken) {
    test(`${rule}: finds \`${text.trim().slice(0, 40)}\``, () => {
      expect(findingsIn(rule, path, text)).toEqual([`${path}:${rule === "files are short" ? 301 : 1} ${found}`]);
    });
  }

  test("every rule has a broken tree here", () => {
    const tried = new Set(broken.map(([rule]) => rule));
    expect(TEXT_RULES.map((rule) => rule.name).filter((name) => !tried.has(name))).toEqual(["functions fit a screen"]);
  });

  test("comments, strings, templates and regular expressions are not code", () => {
    const text = [
      "// console.log(1)",
      'const a = "console.log(2)"; /* console.log(3) */',
      `const b = \`console.log(4) $\{a ? \`$\{console.log(5)}\` : 0} console.log(6)\`;`,
      'const c = /[/"`]console.log(7)/.test(a) ? 1 / 2 : 3 / 4; console.log(8);',
    ].join("\n");
    expect(findingsIn("the console in one place", "src/sql/a.ts", text)).toEqual([
      "src/sql/a.ts:3 console.log is the console",
      "src/sql/a.ts:4 console.log is the console",
    ]);
  });

  test("a class that is an error may be, and an overload needs one docstring", () => {
    expect(findingsIn("no classes but errors", "src/sql/a.ts", "class ProxyError extends Error {}")).toEqual([]);
    const overload = "/** x */\nexport function a(b: string): void;\nexport function a(b: number): void {}";
    expect(findingsIn("exports have a docstring", "src/sql/a.ts", overload)).toEqual([]);
  });

  test("an interface is told by the header, its docstring or its fields", () => {
    const first = "/** The lexer. */\n\nexport interface A {\n  b: number;\n}\n";
    const told = "export interface C {\n  /** Bytes. */\n  d: number;\n}\n";
    const bare = "export interface E {\n  f: number;\n}\n";
    expect(findingsIn("exports have a docstring", "src/sql/a.ts", first + told + bare)).toEqual(["src/sql/a.ts:10 E"]);
  });

  test("a function is measured from its first line to its brace", () => {
    const body = "  a();\n".repeat(59);
    const short = `function b({\n  c,\n}: D) {\n${"  a();\n".repeat(56)}}\n`;
    const long = `export function e(): void {\n${body}}\nconst f = () => {\n${body}};\n`;
    const method = `const g = {\n  h(a) {\n${body.replaceAll("  a", "    a")}  },\n};\n`;
    expect(findingsIn("functions fit a screen", "src/sql/a.ts", short + long + method)).toEqual([
      "src/sql/a.ts:61 61 lines",
      "src/sql/a.ts:122 61 lines",
      "src/sql/a.ts:184 61 lines",
    ]);
  });
});

describe("tree rules", () => {
  test("a stranger at the top level is found, a dot-file is not", () => {
    const tree = newTree({}, ["src", "Makefile", ".ci", "docs", "notes.txt"]);
    expect(findings("the top level is fixed", tree)).toEqual([
      "docs:1 not a name of the top level",
      "notes.txt:1 not a name of the top level",
    ]);
  });

  test("an address in the lock file is found", () => {
    const lock = '{\n  "a": ["a@1.0.0", "https://packages.example/a.tgz"],\n}';
    expect(findings("no file records where packages come from", newTree({}, [], { "bun.lock": lock }))).toEqual([
      "bun.lock:2 https://packages.example/a.tgz",
    ]);
  });

  test("a file that only its test uses is dead, one that the Makefile runs is not", () => {
    const tree = newTree(
      {
        "cmd/main.ts": 'import { a } from "../src/lib/a.ts";',
        "src/lib/a.ts": "",
        "src/lib/b.ts": "",
        "src/lib/b.test.ts": 'import { b } from "./b.ts";\nimport { c } from "../testkit/c.ts";',
        "src/testkit/c.ts": "",
        "src/testkit/bench.ts": "",
        "src/testkit/gone.ts": "",
      },
      [],
      { Makefile: "bench:\n\t$(BUN) $(TESTKIT)/bench.ts\n" },
    );
    expect(findings("no dead files", tree)).toEqual([
      "src/lib/b.ts:1 nothing uses it",
      "src/testkit/gone.ts:1 nothing uses it",
    ]);
  });
});

describe("README rules", () => {
  test("a folder without a caption is found", () => {
    const tree = newTree({ "src/sql/a.ts": "", "src/net/b.ts": "", "cmd/main.ts": "", "src/tidy.test.ts": "" }, [], {
      "README.md": "| `src/sql` | reading SQL |\n",
    });
    expect(findings("the README has a caption for every folder", tree)).toEqual([
      "README.md:1 no caption for cmd",
      "README.md:1 no caption for src/net",
    ]);
  });

  test("a make target that only one of the two knows is found", () => {
    const tree = newTree({}, [], {
      Makefile: "demo: ## shows\ntest: a ## tests\nlint: ## looks\ndist/a: b\n",
      "README.md": "```\nmake demo\n```\n`make lint` and `make polish`\n",
    });
    expect(findings("the README names make targets that exist, and all of them", tree)).toEqual([
      "README.md:1 make polish does not exist",
      "README.md:1 make test is not named",
    ]);
  });

  test("the configuration of the README is valid, and its links lead somewhere", () => {
    const text = checkout.texts.get("README.md") ?? "";
    const example = /```yaml\n(.*?)```/s.exec(text)?.[1] ?? "";
    expect(readProxyConfig(example, "README.md").issues).toEqual([]);
    expect(example).toContain("simple_loadbalance");
    const links = [...text.matchAll(/\]\(([^):]+)\)/g)].map((match) => match[1] ?? "");
    expect(links.filter((link) => !existsSync(join(REPOSITORY, link)))).toEqual([]);
  });

  test("the metrics of the README are those of the table", () => {
    const text = checkout.texts.get("README.md") ?? "";
    const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \|/gm)].map((match) => match.slice(1, 4).join(" "));
    const declared = [...new Set([...SCOPES, ...CONTROLLER_SCOPES])].flatMap((scope) => {
      return Object.values<Metric>(scope.metrics).map((metric) => {
        const labels = metric.by === null ? scope.labels : [...scope.labels, metric.by.label];
        return `${metric.name} ${metric.kind} ${labels.map((label) => `\`${label}\``).join(", ")}`;
      });
    });
    expect(rows).toEqual(declared);
  });
});

describe("README tables", () => {
  test("the annotations of the README are those of the schema, with their flags and defaults", () => {
    const text = checkout.texts.get("README.md") ?? "";
    const rows = [...text.matchAll(/^\| `(pisanix\.io\/[\w-]+)` \| (yes)? *\| .* \| (?:`(.*)`|[^`|]*) \|$/gm)];
    const written = rows.map(([, name = "", flag, fallback]) => [name, flag === "yes", fallback]);
    const flags = new Map(settingFlags().map((flag) => [`pisanix.io/${flag.name}`, flag]));
    expect(written.map(([name]) => name).sort()).toEqual(Object.keys(sidecarAnnotations.entries).sort());
    for (const [name, isFlag, fallback] of written) {
      const flag = flags.get(String(name));
      expect([name, isFlag]).toEqual([name, flag !== undefined]);
      if (flag?.fallback !== undefined) expect([name, fallback]).toEqual([name, flag.fallback]);
    }
  });
});

describe("blankText()", () => {
  test("keeps length and lines of every file, and code whose brackets are even", () => {
    for (const { path, text, code } of checkout.files.values()) {
      expect([path, code.length, code.split("\n").length]).toEqual([path, text.length, text.split("\n").length]);
      const count = (bracket: string) => code.split(bracket).length;
      expect([path, count("{"), count("("), count("[")]).toEqual([path, count("}"), count(")"), count("]")]);
    }
  });
});
