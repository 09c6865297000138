/** `pisanix render` from outside, in all of its modes: exit codes, what goes to which stream and file. */
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aDatabase, anEndpoint, aStrategy, documents } from "./mesh/lint/example.ts";

const ROOT = join(import.meta.dir, "..");
const SHOP = join(ROOT, "deploy/examples/socks-shop");
const folder = mkdtempSync(join(tmpdir(), "pisanix-render-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `pisanix render` in a folder of its own, so that no settings file is found by accident. */
async function render(argv: string[], options: { stdin?: string; cwd?: string } = {}): Promise<Ended> {
  const child = Bun.spawn([process.execPath, join(ROOT, "cmd/main.ts"), "render", ...argv], {
    cwd: options.cwd ?? folder,
    env: { ...process.env, PISANIX_DEBUG: "", NO_COLOR: "" },
    stdin: new Blob([options.stdin ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

const GOOD = documents(aDatabase(), aStrategy(), anEndpoint());
const BAD = GOOD.replace("trafficStrategy: shop", "trafficStrategy: shp");

describe("render --check", () => {
  test("ends with 0 when nothing is at or above the threshold, with 1 when something is", async () => {
    const good = await render(["--check", "-f", "-"], { stdin: GOOD });
    expect([good.exitCode, good.stderr]).toEqual([0, ""]);
    expect(good.stdout).toEndWith(
      "2 notices in 3 objects in 1 file; `pisanix render --rule PSX2011` explains a rule\n",
    );
    expect((await render(["--check", "--failure-threshold", "notice"], { stdin: GOOD })).exitCode).toBe(1);
    const bad = await render(["--check"], { stdin: BAD });
    expect([bad.exitCode, bad.stderr]).toEqual([1, ""]);
    expect(bad.stdout).toContain('error[PSX2001]: namespace default has no TrafficStrategy "shp"\n  --> stdin:13:24');
    expect((await render(["--check", "--failure-threshold=never"], { stdin: BAD })).exitCode).toBe(0);
  });

  test("writes as many reports as are wished for, one of them to stdout", async () => {
    const outputs = ["json", "sarif", "junit", "github"].flatMap((format) => ["-o", `${format}=report.${format}`]);
    const { exitCode, stdout, stderr } = await render(["--check", ...outputs, "-o", "text"], { stdin: BAD });
    expect([exitCode, stderr]).toEqual([1, ""]);
    expect(stdout).toContain("error[PSX2001]");
    const report = (format: string) => readFileSync(join(folder, `report.${format}`), "utf8");
    expect(JSON.parse(report("json")).summary).toEqual({
      error: 1,
      warning: 0,
      notice: 3,
      ignored: 0,
      objects: 3,
      files: 1,
    });
    expect(JSON.parse(report("sarif")).version).toBe("2.1.0");
    expect(report("junit")).toContain('failures="1"');
    expect(report("github")).toContain("::error file=stdin,line=13,col=24,title=PSX2001 unresolved-reference::");
  });

  test("says on stderr how it ended when no report goes to stdout", async () => {
    const { exitCode, stdout, stderr } = await render(["--check", "-o", "json=only.json"], { stdin: BAD });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "1 finding at or above the threshold\n",
    });
  });

  test("goes by flags before the settings file of the folder", async () => {
    const cwd = join(folder, "with-settings");
    mkdirSync(cwd);
    writeFileSync(
      join(cwd, ".pisanix-lint.yaml"),
      "failureThreshold: notice\nignore:\n- { rule: secret-not-in-input, reason: sealed }\n",
    );
    writeFileSync(join(cwd, "other.yaml"), "rules: { no-such-rule: error }\n");
    writeFileSync(join(cwd, "mesh.yaml"), GOOD);
    const { exitCode, stdout } = await render(["--check", "mesh.yaml"], { cwd });
    expect([exitCode, stdout]).toEqual([0, "no findings (2 ignored) in 3 objects in 1 file\n"]);
    const strict = await render(["--check", "mesh.yaml", "--settings", "other.yaml"], { cwd });
    expect([strict.exitCode, strict.stdout]).toEqual([2, ""]);
    expect(strict.stderr).toContain('other.yaml:1:10 rules.no-such-rule: no rule is called "no-such-rule"');
  });

  test("refuses flags that make no sense", async () => {
    for (const [flags, message] of [
      [["--ignore", "tsl-off"], 'did you mean "tls-off"?'],
      [["--failure-threshold", "fatal"], '"fatal" is no level'],
      [["--settings", "none.yaml"], "cannot read the settings"],
      [["-o", "yaml"], '--output cannot be "yaml"'],
      [["-o", "text", "-o", "json"], "two results go to stdout: text and json"],
      [["-o", "json=no/such/folder.json"], "cannot write -o json=no/such/folder.json"],
      [["--diff"], "--check and --diff exclude each other"],
    ] as const) {
      const { exitCode, stderr } = await render(["--check", ...flags], { stdin: GOOD });
      expect([flags, exitCode, stderr]).toEqual([flags, 2, expect.stringContaining(message)]);
    }
  });

  test("finds a file that is missing, and checks the others", async () => {
    const { exitCode, stdout } = await render(["--check", "missing.yaml", SHOP, "--ignore", "*"]);
    expect(exitCode).toBe(0);
    const shown = await render(["--check", "missing.yaml", SHOP]);
    expect([exitCode, shown.exitCode]).toEqual([0, 1]);
    expect(shown.stdout).toContain("error[PSX1011]: no such file or folder\n--> missing.yaml");
    expect(stdout).toContain("ignored) in 4 objects in 3 files");
  });

  test("names the template that Helm made a document of", async () => {
    const { stdout } = await render(["--check"], { stdin: `---\n# Source: shop/templates/mesh.yaml\n${BAD}` });
    expect(stdout).toContain("--> stdin:15:24  from shop/templates/mesh.yaml, VirtualDatabase default/shop");
  });
});

describe("render as a KRM function", () => {
  const items = Bun.YAML.parse(`[${BAD.split("---\n").map((text) => JSON.stringify(Bun.YAML.parse(text)))}]`) as Record<
    string,
    unknown
  >[];
  const asList = (extra: string, text = BAD) => `apiVersion: config.kubernetes.io/v1
kind: ResourceList
${extra}items:
${text
  .split("---\n")
  .map((document) => document.trimEnd().replace(/^/gm, "  ").replace(/^ {2}/, "- "))
  .join("\n")}
`;

  test("adds results, and leaves everything else as it came", async () => {
    const stdin = asList("")
      .replace("kind: VirtualDatabase", 'kind: VirtualDatabase # {"$set": x}')
      .replace(
        "name: shop }",
        "name: shop, annotations: { config.kubernetes.io/path: mesh.yaml, config.kubernetes.io/index: '1' } }",
      );
    const { exitCode, stdout } = await render([], { stdin });
    expect(exitCode).toBe(1);
    expect(stdout).toStartWith(stdin);
    const { results } = Bun.YAML.parse(stdout) as { results: Record<string, unknown>[] };
    expect(results.filter((result) => result["severity"] === "error")).toEqual([
      {
        message: 'namespace default has no TrafficStrategy "shp"\ndid you mean "shop"?',
        severity: "error",
        resourceRef: {
          apiVersion: "core.database-mesh.io/v1alpha1",
          kind: "VirtualDatabase",
          namespace: "default",
          name: "shop",
        },
        field: { path: "spec.services[0].trafficStrategy" },
        file: { path: "mesh.yaml", index: 1 },
        tags: { rule: "PSX2001", name: "unresolved-reference" },
      },
    ]);
  });

  test("takes JSON, and a list without findings goes out as it came", async () => {
    const json = await render(["--check"], {
      stdin: JSON.stringify({ apiVersion: "config.kubernetes.io/v1", kind: "ResourceList", items }),
    });
    expect(JSON.parse(json.stdout)).toMatchObject({ items, results: expect.any(Array) });
    const quiet = asList(
      "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: { name: x }\n  data: { ignore: 'secret-not-in-input, strategy-without-use' }\n",
      GOOD,
    );
    expect(await render([], { stdin: quiet })).toEqual({ exitCode: 0, stdout: quiet, stderr: "" });
  });

  test("goes by its functionConfig", async () => {
    const config =
      "functionConfig:\n  kind: LintSettings\n  spec: { failureThreshold: never, rules: { secret-not-in-input: off } }\n";
    const { exitCode, stdout } = await render([], { stdin: asList(config) });
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("PSX2011");
    const wrong = await render([], { stdin: asList("functionConfig:\n  spec: { failureThreshold: sometimes }\n") });
    expect([wrong.exitCode, wrong.stdout]).toEqual([2, ""]);
    const taken = await render(["-o", "text"], { stdin: asList("") });
    expect([taken.exitCode, taken.stderr]).toEqual([2, expect.stringContaining("the ResourceList goes to stdout")]);
  });
});

describe("render --diff", () => {
  const repository = join(folder, "repository");

  async function git(...argv: string[]): Promise<void> {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    const child = Bun.spawn(["git", ...identity, ...argv], { cwd: repository, stdout: "ignore", stderr: "pipe" });
    if ((await child.exited) !== 0) throw new Error(await child.stderr.text());
  }

  test("compares files, folders and git revisions, and ends with 1 when proxies get something else", async () => {
    mkdirSync(repository);
    cpSync(SHOP, join(repository, "shop"), { recursive: true });
    await git("init", "-q");
    await git("add", "-A");
    await git("commit", "-qm", "one");
    const file = join(repository, "shop/traffic-strategy.yaml");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(
        "  concurrencyControls:",
        "    - { name: deny-truncate, regex: [(?i)^truncate] }\n  concurrencyControls:",
      ),
    );
    const at = (argv: string[], cwd = repository) => render(["--diff", ...argv], { cwd });
    const expected =
      "demotest/catalogue\n  + listener mysql: rule deny-truncate added (circuit break): refuses (?i)^truncate\n";
    for (const argv of [
      [SHOP, "shop"],
      ["HEAD", "shop"],
      ["main:shop", "shop"],
      ["HEAD:./shop", "./shop/"],
      ["HEAD", "shop", "-f", "shop"],
    ]) {
      const { exitCode, stdout } = await at(argv);
      expect([argv, exitCode, stdout]).toEqual([argv, 1, expect.stringContaining(expected)]);
    }
    expect((await at(["HEAD", "."], join(repository, "shop"))).stdout).toContain(expected);
    const same = await at(["HEAD", "HEAD", "-f", "shop"]);
    expect([same.exitCode, same.stdout]).toEqual([0, "no differences: every proxy gets the same configuration\n"]);
    await git("commit", "-qam", "two");
    const both = await at([
      "HEAD~1",
      "HEAD",
      "-f",
      "shop",
      "-o",
      "text",
      "-o",
      "json=diff.json",
      "-o",
      "markdown=diff.md",
    ]);
    expect([both.exitCode, both.stdout]).toEqual([1, expect.stringContaining(expected)]);
    expect(JSON.parse(readFileSync(join(repository, "diff.json"), "utf8")).databases[0].changes).toHaveLength(1);
    expect(readFileSync(join(repository, "diff.md"), "utf8")).toStartWith("### What changes for proxies\n");
  }, 30_000);

  test("ends with 2 when there is nothing to compare", async () => {
    writeFileSync(join(folder, "bad.yaml"), BAD);
    const broken = await render(["--diff", SHOP, "bad.yaml"]);
    expect([broken.exitCode, broken.stdout]).toEqual([2, ""]);
    expect(broken.stderr).toContain("bad.yaml cannot be rendered, so there is nothing to compare");
    expect((await render(["--diff", SHOP])).stderr).toContain("--diff takes two sides, but got 1");
    expect((await render(["--diff", SHOP, "no-such-thing"])).stderr).toContain(
      "is neither a file, nor a folder, nor a git revision",
    );
    expect((await render(["--diff", "HEAD", "HEAD"], { cwd: ROOT })).stderr).toContain("which files of revision HEAD?");
  });
});

describe("render --explain, --schema, --rule, --list-rules", () => {
  test("explain what a proxy does", async () => {
    const { exitCode, stdout } = await render(["--explain", "demotest/catalogue", "-f", SHOP]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /circuit break "no-delete" refuses statements in which "\^delete" is found +traffic-strategy.yaml:17\n/,
    );
    expect(stdout).not.toContain("fake_password");
    const json = await render(["--explain", "demotest/catalogue", "-f", SHOP, "-o", "json"]);
    expect(JSON.parse(json.stdout).name).toBe("demotest/catalogue");
    const missing = await render(["--explain", "demotest/catalog", "-f", SHOP]);
    expect([missing.exitCode, missing.stderr]).toEqual([
      1,
      expect.stringContaining('did you mean "demotest/catalogue"?'),
    ]);
  });

  test("print what the linter knows", async () => {
    const list = await render(["--list-rules"]);
    expect(list.stdout.trimEnd().split("\n").length).toBeGreaterThanOrEqual(30);
    const page = await render(["--rule", "psx4002"]);
    expect(page.stdout).toStartWith("# PSX4002 write-to-replica\n");
    expect((await render(["--rule", "PSX9999"])).exitCode).toBe(2);
  });

  test("print schemas", async () => {
    const { stdout } = await render(["--schema", "ts"]);
    expect(JSON.parse(stdout)).toMatchObject({
      title: "TrafficStrategy",
      $schema: "http://json-schema.org/draft-07/schema#",
    });
    expect((await render(["--schema", "TrafficStrategi"])).stderr).toContain('did you mean "TrafficStrategy"?');
  });
});

test("render reads stdin when something is piped and nothing is named", async () => {
  const { exitCode, stdout } = await render(["-o", "json"], {
    stdin: readFileSync(join(ROOT, "testdata/mesh/catalogue-simple.in.yaml"), "utf8"),
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).proxy.config).toHaveLength(1);
});

test("the CI jobs of the README run as they are written", async () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```yaml\n(# \.(?:github|gitlab)[^\n]*\n.*?)```/gs)].map(
    (match) => match[1] ?? "",
  );
  expect(blocks).toHaveLength(2);
  const commands = blocks.flatMap((block) => {
    const job = Object.values(
      Bun.YAML.parse(block) as Record<string, { check?: { steps: { run?: string }[] }; script?: string[] }>,
    );
    return job.flatMap((each) => each.check?.steps.flatMap((step) => step.run ?? []) ?? each.script ?? []);
  });
  const own = commands.filter((command) => command.includes("pisanix render"));
  expect(own).toHaveLength(3);
  const cwd = join(folder, "ci");
  cpSync(SHOP, join(cwd, "manifests"), { recursive: true });
  mkdirSync(join(cwd, ".pisanix/dist"), { recursive: true });
  writeFileSync(join(cwd, ".pisanix/dist/pisanix"), `#!/bin/sh\nexec ${process.execPath} ${ROOT}/cmd/main.ts "$@"\n`, {
    mode: 0o755,
  });
  const script = `set -e
git init -q -b main && git add manifests && git -c user.name=a -c user.email=a@example.com commit -qm one && git update-ref refs/remotes/origin/main HEAD
sed -i s/roundrobin/random/ manifests/traffic-strategy.yaml && git -c user.name=a -c user.email=a@example.com commit -qam two
${own.map((command) => `${command} || echo "ended with $?"`).join("\n")}
cat summary.md`;
  const child = Bun.spawn(["bash", "-c", script], {
    cwd,
    env: { ...process.env, GITHUB_BASE_REF: "main", GITHUB_STEP_SUMMARY: "summary.md" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(stdout).toContain(
    "::warning file=manifests/database-endpoint.yaml,line=17,col=17,title=PSX5001 password-in-manifest::",
  );
  expect(stdout.match(/ended with 1/g)).toHaveLength(2);
  expect(stdout).toContain("roundrobin -\\> random");
  expect(readFileSync(join(cwd, "pisanix.xml"), "utf8")).toContain("<testsuites");
  expect(JSON.parse(readFileSync(join(cwd, "pisanix.sarif"), "utf8")).runs).toHaveLength(1);
}, 30_000);

test("the settings file of the README is valid", async () => {
  const block =
    /```yaml\n(# \.pisanix-lint.yaml\n.*?)```/s.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1] ?? "";
  writeFileSync(join(folder, "readme.yaml"), block);
  const { exitCode, stderr } = await render(["--check", "--settings", "readme.yaml"], { stdin: GOOD });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

test("what is printed is appended to a file as it is, however long", async () => {
  const file = join(folder, "appended.txt");
  writeFileSync(file, "before\n");
  const script = `${process.execPath} ${ROOT}/cmd/main.ts render --list-rules >> ${file}; echo after >> ${file}`;
  expect(await Bun.spawn(["bash", "-c", script], { stdio: ["ignore", "inherit", "inherit"] }).exited).toBe(0);
  const text = readFileSync(file, "utf8");
  expect([text.slice(0, 14), text.slice(-6), text.includes("\0"), text.length > 5_000]).toEqual([
    "before\nPSX1001",
    "after\n",
    false,
    true,
  ]);
});
