/** The executable from outside: arguments, exit codes, what goes to which stream. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decide, defaultSettings, installObjects, type PlainSettings } from "./install/plain.ts";

const ROOT = join(import.meta.dir, "..");
const SHOP = "deploy/examples/socks-shop";
const folder = mkdtempSync(join(tmpdir(), "pisanix-command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

interface Deployment {
  spec: { template: { spec: { containers: [{ args: string[]; env: { name: string; value?: string }[] }] } } };
}

async function pisanix(argv: string[], options: { stdin?: string; env?: Record<string, string> } = {}): Promise<Ended> {
  const { stdin = "", env = {} } = options;
  const child = Bun.spawn([process.execPath, "cmd/main.ts", ...argv], {
    cwd: ROOT,
    env: { ...process.env, PISANIX_DEBUG: "", ...env },
    stdin: new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  // `text()` would drop a byte order mark.
  const [bytes, stderr, exitCode] = await Promise.all([child.stdout.bytes(), child.stderr.text(), child.exited]);
  const stdout = Buffer.from(bytes).toString();
  return { exitCode, stdout, stderr };
}

async function usageError(...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await pisanix(argv);
  expect({ argv, exitCode, stdout }).toEqual({ argv, exitCode: 2, stdout: "" });
  return stderr;
}

test("pisanix --version says version, commit and Bun", async () => {
  const { exitCode, stdout } = await pisanix(["--version"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^pisanix \d+\.\d+\.\d+ \(commit \S+, Bun \d+\.\d+\.\d+\)\n$/);
});

test("pisanix --help lists the commands, without colour when nobody looks", async () => {
  const { exitCode, stdout, stderr } = await pisanix(["--help"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  for (const word of ["controller", "proxy", "inject", "render", "EXAMPLES"]) expect(stdout).toContain(word);
  expect(stdout).not.toContain("\x1b[");
});

test("pisanix without a command is a usage error that shows the help", async () => {
  expect(await usageError()).toContain("COMMANDS");
});

test("every command has help with an example", async () => {
  for (const command of ["controller", "proxy", "inject", "render"]) {
    const { exitCode, stdout } = await pisanix([command, "--help"]);
    expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
    expect(stdout).toMatch(new RegExp(`EXAMPLES\\n\\n  pisanix ${command}[ \\n]`));
  }
});

test("a proxy needs to be told where its configuration comes from, once", async () => {
  expect(await usageError("proxy")).toContain("or --deployed-name NAME of a VirtualDatabase (PISA_DEPLOYED_NAME)");
  expect(await usageError("proxy", "--config", "a", "-f", "b")).toContain("a configuration and manifests are too much");
  expect(await usageError("proxy", "--deployed-name", "a", "--controller-host", "ftp://a")).toContain(
    '"ftp://a" is no address of a controller\n    write --controller-host HOST, HOST:PORT or https://HOST:PORT',
  );
});

test("the original's command lines of a proxy mean what they meant", async () => {
  const words = ["--pisa-deployed-name", "shop", "--pisa-controller-host=a/b", "-h", "127.0.0.1", "-p", "0"];
  expect(await usageError("sidecar", ...words)).toContain('"a/b" is no address of a controller');
  expect(await usageError("sidecar")).toContain("PISA_DEPLOYED_NAME");
  expect((await pisanix(["sidecar", "-h"])).stdout).toContain("pisanix proxy");
  const { exitCode, stderr } = await pisanix(["daemon", "--port=0"]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("etc/config.toml")]);
  expect((await pisanix(["daemon", "-c", "missing.toml"])).stderr).toContain("missing.toml");
});

test("unknown commands and flags are usage errors with the word that was meant", async () => {
  expect(await usageError("rendr")).toContain('unknown command "rendr"\n    did you mean "render"?');
  expect(await usageError("--versoin")).toContain('did you mean "--version"?');
  expect(await usageError("render", "--recusive")).toContain(
    'unknown flag --recusive\n    did you mean "--recursive"?',
  );
  expect(await usageError("render", "-x")).toContain("unknown flag -x");
  expect(await usageError("proxy", "--config", "a", "surplus")).toContain('unexpected argument "surplus"');
});

test("values that are missing, of no use or given twice are usage errors", async () => {
  expect(await usageError("render", "-f")).toContain("-f needs a value");
  expect(await usageError("render", "-f", "--recursive")).toContain("-f needs a value");
  expect(await usageError("render", SHOP, "-o", "jsn")).toContain('did you mean "json"?');
  expect(await usageError("render", SHOP, "-o", "json", "-oyaml")).toContain(
    "two results go to stdout: json and yaml\n    name a file for all but one: -o yaml=FILE",
  );
  expect(await usageError("render", SHOP, "--recursive=maybe")).toContain("--recursive is on or off");
  expect(await usageError("render")).toContain("no manifests are named");
});

test("pisanix controller --print-install prints what kubectl applies, --print-uninstall what it deletes", async () => {
  const flags = [
    "--image",
    "r.example/p:1",
    "--namespace",
    "mesh",
    "--inject-log-level",
    "debug",
    "--secret-access",
    "none",
  ];
  const install = await pisanix(["controller", "--print-install", ...flags]);
  expect({ ...install, stdout: "" }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(install.stdout).toStartWith("---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: mesh\n");
  expect(install.stdout).toContain("            - --secret-access=none\n            - --inject-log-level=debug\n");
  expect(install.stdout).toContain("          image: r.example/p:1\n");
  const uninstall = await pisanix(["controller", "--print-uninstall", ...flags]);
  const kinds = (text: string) => [...text.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind);
  const kept = "CustomResourceDefinition";
  expect(kinds(uninstall.stdout)).toEqual(
    kinds(install.stdout)
      .filter((kind) => kind !== kept)
      .reverse(),
  );
});

test("the controller takes the arguments and the environment that its Deployment gives it", async () => {
  const variants: Partial<PlainSettings>[] = [
    {},
    { overlays: ["cert-manager", "policy-injector"], hasPlainConfig: true, secretAccess: "watch" },
    { args: ["--log-level=DEBUG", "--inject-admin-port=5592"], secretAccess: "none" },
  ];
  for (const variant of variants) {
    const objects = installObjects(decide({ ...defaultSettings("1.2.3"), ...variant }));
    const deployment = objects.find(({ kind }) => kind === "Deployment") as unknown as Deployment;
    const [{ args, env }] = deployment.spec.template.spec.containers;
    const environment = Object.fromEntries(env.map(({ name, value }) => [name, value ?? "10.0.0.1"]));
    const { exitCode, stderr } = await pisanix([...args, "--kubeconfig", "/nowhere/config"], { env: environment });
    expect({ args, exitCode, stderr }).toEqual({
      args,
      exitCode: 1,
      stderr: expect.stringContaining("/nowhere/config"),
    });
  }
});

test("pisanix controller --print-install refuses what could not be installed", async () => {
  const refused = (...argv: string[]) => usageError("controller", "--print-install", ...argv);
  expect(await refused("--webhook-port", "1")).toContain("--webhook-port is decided by the manifests");
  expect(await refused("--log-level", "LOUD")).toContain('"LOUD" is no log level');
  expect(await refused("--inject-admin-port", "0")).toContain("--inject-admin-port must be");
  expect(await refused("--namespace", "Mesh")).toContain("--namespace is no namespace");
  expect(await refused("--image", "a b")).toContain("--image is no name of an image");
  expect(await refused("--replicas", "0")).toContain("--replicas takes a whole number from 1 to 100");
  expect(await refused("--print-uninstall")).toContain("do not go together");
  expect(await refused("--secret-access", "watch", "--secret-namespace", "a")).toContain("leave out one of the two");
  expect(await usageError("controller", "--replicas", "3")).toContain("write --print-install, too");
});

test("pisanix controller says why it does not start", async () => {
  const { exitCode, stderr } = await pisanix(["controller", "--kubeconfig", "/nowhere/config"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("/nowhere/config");
  expect(await usageError("controller", "--log-level", "LOUD")).toContain('"LOUD" is no log level');
  expect(await usageError("controller", "--webhook-port", "x")).toContain("--webhook-port takes a whole number");
});

test("pisanix render prints the configuration to stdout, and hides passwords with a notice", async () => {
  const { exitCode, stdout, stderr } = await pisanix(["render", "-f", SHOP]);
  expect(exitCode).toBe(0);
  expect(stdout).toStartWith("# proxy configuration of demotest/catalogue\nadmin:\n");
  expect(stdout).not.toContain("fake_password");
  expect(stdout).toContain('password: "[redacted]"');
  expect(stderr).toBe("passwords are shown as [redacted]; --show-secrets prints them\n");
});

test("pisanix render gives the same in every form, whichever way the files are named", async () => {
  const files = ["database-endpoint", "traffic-strategy", "virtual-database"].map((name) => `${SHOP}/${name}.yaml`);
  const [first = "", second = "", third = ""] = files;
  const flags = ["--show-secrets", "-o"];
  const json = JSON.parse((await pisanix(["render", "-f", SHOP, ...flags, "json"])).stdout);
  const toml = await pisanix(["render", "-f", first, `-f${second}`, "--filename", third, ...flags, "toml"]);
  expect(Bun.TOML.parse(toml.stdout)).toEqual(json);
  const yaml = await pisanix(["render", ...flags, "yaml", "--", ...files, SHOP]);
  expect(Bun.YAML.parse(yaml.stdout)).toEqual(json);
  const text = (await Promise.all(files.map((file) => Bun.file(join(ROOT, file)).text()))).join("---\n");
  const stdin = await pisanix(["render", "-f", "-", ...flags, "json"], { stdin: text });
  expect(JSON.parse(stdin.stdout)).toEqual(json);
  expect(json.proxy.config[0].plugin.concurrency_control[0].duration).toBe(10);
});

test("pisanix render reads folders, deeper ones with -R, and every file once", async () => {
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  symlinkSync(join(ROOT, SHOP, "database-endpoint.yaml"), join(folder, "deep/linked.yaml"));
  symlinkSync(join(ROOT, SHOP, "traffic-strategy.yaml"), join(folder, "deep/er/strategy.yml"));
  writeFileSync(join(folder, "deep/er/notes.txt"), "{ not: [read");
  const flat = await pisanix(["render", "-f", join(folder, "deep"), "-f", SHOP]);
  expect({ code: flat.exitCode, stderr: flat.stderr.split("\n").length }).toEqual({ code: 0, stderr: 2 });
  const none = await pisanix(["render", folder]);
  expect(none.exitCode).toBe(1);
  expect(none.stderr).toContain("has no .yaml, .yml or .json file\n    name another folder, or add -R");
  const deep = await pisanix(["render", "-R", folder, `${SHOP}/virtual-database.yaml`]);
  expect(deep.exitCode).toBe(0);
});

test("pisanix render keeps several VirtualDatabases apart, and picks one by name", async () => {
  const text = await Bun.file(join(ROOT, "testdata/mesh/catalogue-simple.in.yaml")).text();
  const two = `${text}---\n${text.replaceAll("demotest", "other")}`;
  const yaml = await pisanix(["render", "-f", "-"], { stdin: two });
  expect(yaml.stdout.match(/^# proxy configuration of .*$/gm)).toEqual([
    "# proxy configuration of demotest/catalogue",
    "# proxy configuration of other/catalogue",
  ]);
  expect(yaml.stdout.split("---\n")).toHaveLength(2);
  const json = await pisanix(["render", "-f", "-", "-o", "json"], { stdin: two });
  expect(Object.keys(JSON.parse(json.stdout))).toEqual(["demotest/catalogue", "other/catalogue"]);
  const toml = await pisanix(["render", "-f", "-", "-o", "toml"], { stdin: two });
  expect({ code: toml.exitCode, stdout: toml.stdout }).toEqual({ code: 2, stdout: "" });
  expect(toml.stderr).toContain("add --virtual-database with one of demotest/catalogue, other/catalogue");
  const one = await pisanix(["render", "-f", "-", "-o", "json", "--virtual-database=other/catalogue"], { stdin: two });
  expect(Object.keys(JSON.parse(one.stdout))).toEqual(["admin", "mysql", "proxy", "node_group"]);
  const missing = await pisanix(["render", "-f", "-", "--virtual-database", "other/catalog"], { stdin: two });
  expect(missing.exitCode).toBe(1);
  expect(missing.stderr).toContain('did you mean "other/catalogue"?');
});

test("pisanix render reports mistakes on stderr, prints nothing, and ends with 1", async () => {
  const { exitCode, stdout, stderr } = await pisanix(["render", "testdata/mesh/mistakes.in.yaml", "no-such.yaml"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("no-such.yaml: no such file or folder\n");
  expect(stderr).toContain("mistakes.in.yaml:10:36 spec.services[0].databaseMySQL.prot: unknown field\n");
  expect(stderr).toMatch(/\n\d+ errors, 1 warning, 1 notice\n$/);
});

test("pisanix render prints the result in spite of a warning, which is a finding", async () => {
  const { exitCode, stdout, stderr } = await pisanix(["render", "testdata/mesh/announcement.in.yaml"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("listen_addr: 127.0.0.1:3306");
  expect(stderr).toContain('warning: duplicate key "kind"');
});

const WEB =
  "# the web\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: web, image: web:1}\n";
const HOST = WEB.replace("    spec:\n", "    spec:\n      hostNetwork: true\n").replace("web}", "host}");
const NO_SETTINGS = {
  PISA_PROXY_IMAGE: "",
  PISA_CONTROLLER_SERVICE: "",
  PISA_CONTROLLER_NAMESPACE: "",
  PISA_PROXY_ADMIN_LISTEN_PORT: "",
  PISA_PROXY_ADMIN_LOG_LEVEL: "",
};

function inject(stdin: string, ...flags: string[]): Promise<Ended> {
  return pisanix(["inject", "-f", "-", ...flags], { stdin, env: NO_SETTINGS });
}

test("pisanix inject prints manifests on stdout and a report on stderr, and uninject gives the file back", async () => {
  const { exitCode, stdout, stderr } = await inject(`\ufeff${WEB}`);
  expect(exitCode).toBe(0);
  expect(stdout).toStartWith("\ufeff# the web\n");
  expect(stdout).toMatch(/\n {6}initContainers:\n {6}- name: pisa-proxy\n {8}image: pisanix:\d/);
  expect(stderr).toMatch(
    /^stdin:2:1 Deployment web: injected \(VirtualDatabase web, native sidecar, image pisanix:\S+\)\n1 workload: 1 injected\n$/,
  );
  const back = await inject(stdout, "--uninject");
  expect(back).toEqual({
    exitCode: 0,
    stdout: `\ufeff${WEB}`,
    stderr: "stdin:2:1 Deployment web: sidecar removed\n1 workload: 1 removed\n",
  });
});

test("pisanix inject --check tells what would be done, and ends with 1 when that is anything", async () => {
  const check = await inject(WEB, "--check");
  expect({ ...check, stdout: check.stdout.split("\n")[1] }).toEqual({
    exitCode: 1,
    stdout: "1 workload: 1 to inject",
    stderr: "",
  });
  const { stdout } = await inject(WEB);
  expect(await inject(stdout, "--check")).toMatchObject({ exitCode: 0, stderr: "" });
  const refused = await inject(HOST, "--check");
  expect(refused.exitCode).toBe(0);
  expect(refused.stdout).toContain("Deployment host: not injected: hostNetwork: true");
  expect((await inject(HOST, "--check", "--require-injected")).exitCode).toBe(1);
});

test("pisanix inject --require-injected prints nothing when a workload gets no proxy", async () => {
  const both = `${WEB}---\n${HOST}`;
  const passed = await inject(both);
  expect(passed.exitCode).toBe(0);
  expect(passed.stdout).toEndWith(`---\n${HOST}`);
  expect(await inject(both, "--require-injected")).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("1 of 2 workloads is not injected, but --require-injected is given"),
  });
  expect(await inject("kind: Service\n", "--require-injected")).toMatchObject({ exitCode: 1, stdout: "" });
  expect(await inject(WEB, "--require-injected")).toMatchObject({ exitCode: 0 });
});

test("pisanix inject reports every mistake with its place and prints nothing", async () => {
  const { exitCode, stdout, stderr } = await inject(`${WEB}---\na: [1\n---\nmetadata:\n\tname: x\n`);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("stdin:11:4: [ is not closed");
  expect(stderr).toContain("stdin:14:1: ");
  const latin = join(folder, "latin.yaml");
  writeFileSync(latin, Buffer.from("# caf\xe9\na: 1\n", "latin1"));
  expect(await pisanix(["inject", latin])).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: `${latin}:1:6: is not UTF-8\n    save the file as UTF-8\n1 error\n`,
  });
});

test("pisanix inject takes its settings from flags, the original's environment and the cluster's version", async () => {
  const plain = await inject(WEB, "--kube-version", "v1.28.4", "--admin-port=6000");
  expect(plain.stdout).toContain("containerPort: 6000");
  expect(plain.stdout).not.toContain("initContainers");
  expect((await inject(WEB, "--kube-version=1.28", "--native-sidecar", "true")).stdout).toContain("initContainers");
  const env = { ...NO_SETTINGS, PISA_PROXY_IMAGE: "elsewhere/proxy:2", PISA_CONTROLLER_NAMESPACE: "mesh" };
  const { stdout } = await pisanix(["inject", "-f", "-"], { stdin: WEB, env });
  expect(stdout).toContain("image: elsewhere/proxy:2\n");
  expect(stdout).toContain("value: mesh\n");
  expect(await usageError("inject")).toContain("no manifests are named");
  expect(await usageError("inject", "x", "--kube-version", "new")).toContain('--kube-version cannot be "new"');
  expect(await usageError("inject", "x", "--proxy-memory-limit", "64m")).toContain("--proxy-memory-limit must be from");
  expect(await usageError("inject", "x", "--proxy-cpu-limit", "50m")).toContain(
    "--proxy-cpu-request 100m is more than",
  );
  expect(await usageError("inject", "x", "--uninject", "--check")).toContain(
    "--uninject and --check do not go together",
  );
  expect(await usageError("inject", "x", "--native-sidecar=no")).toContain("--native-sidecar must be true or false");
});

test("pisanix inject makes one stream of several files", async () => {
  mkdirSync(join(folder, "several"));
  writeFileSync(join(folder, "several/a.yaml"), WEB.trimEnd());
  writeFileSync(join(folder, "several/b.yml"), HOST);
  const { exitCode, stdout } = await pisanix(["inject", "-f", join(folder, "several")], { env: NO_SETTINGS });
  expect(exitCode).toBe(0);
  expect(stdout).toEndWith(`image: web:1}\n---\n${HOST}`);
  const back = await inject(stdout, "--uninject");
  expect(back.stdout).toBe(`${WEB}---\n${HOST}`);
});

test("pisanix inject --admission answers as the webhook does", async () => {
  const request = {
    uid: "u-1",
    operation: "CREATE",
    resource: { group: "", version: "v1", resource: "pods" },
    object: { metadata: { name: "web" }, spec: { containers: [{ name: "web" }] } },
  };
  const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
  const { exitCode, stdout, stderr } = await inject(JSON.stringify(review), "--admission");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(JSON.parse(stdout).response).toMatchObject({ uid: "u-1", allowed: true, patchType: "JSONPatch" });
  expect(await inject(WEB, "--admission")).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("stdin:2:1: is no AdmissionReview"),
  });
});

test("a long result arrives whole, and a reader that has had enough of it is no error", async () => {
  const shop = await Promise.all(
    ["virtual-database", "traffic-strategy", "database-endpoint"].map((name) =>
      Bun.file(join(ROOT, SHOP, `${name}.yaml`)).text(),
    ),
  );
  const endpoint = shop[2]?.split("---\n")[0] ?? "";
  const more = Array.from({ length: 1000 }, (_, index) => endpoint.replace("name: catalogue", `name: more${index}`));
  const file = join(folder, "long.yaml");
  writeFileSync(file, [...shop, ...more].join("---\n"));
  const { exitCode, stdout } = await pisanix(["render", file, "-o", "json"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).mysql.node).toHaveLength(1002);
  const script = `set -o pipefail; "${process.execPath}" cmd/main.ts render "${file}" | head -c 1`;
  const child = Bun.spawn(["bash", "-c", script], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  expect(await child.stdout.text()).toBe("#");
  expect(await child.stderr.text()).not.toContain("error");
  expect(await child.exited).toBe(0);
}, 30_000); // Three processes and 1000 manifests, on a machine that may be busy.
