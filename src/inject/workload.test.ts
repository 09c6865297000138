import { expect, test } from "bun:test";
import { formatIssue } from "../lib/issue.ts";
import { valueAt } from "../lib/path.ts";
import { readYaml } from "../lib/yaml.ts";
import { someOptions } from "../testkit/sidecar-settings.ts";
import { joinFiles } from "./join.ts";
import { hasNativeSidecars } from "./kube-version.ts";
import { formatReports, missingInjection } from "./report.ts";
import { injectFiles, uninjectFiles } from "./workload.ts";

const OPTIONS = someOptions();

interface ADeployment {
  name?: string;
  annotations?: Record<string, string>;
  spec?: string;
}

function aDeployment({ name = "web", annotations = {}, spec = "" }: ADeployment = {}): string {
  const lines = Object.entries(annotations).map(([key, value]) => `        ${key}: ${JSON.stringify(value)}\n`);
  const metadata = lines.length === 0 ? "" : `    metadata:\n      annotations:\n${lines.join("")}`;
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  template:\n${metadata}    spec:\n      containers:\n      - name: app\n        image: app:1\n${spec}`;
}

function inject(text: string, options = OPTIONS) {
  const injected = injectFiles([{ file: "x.yaml", text }], options);
  return { injected, text: injected.files[0]?.text ?? "", issues: injected.issues.map(formatIssue) };
}

function uninject(text: string): string {
  return uninjectFiles([{ file: "x.yaml", text }]).files[0]?.text ?? "";
}

test("a mistake in one annotation leaves every file as it is, and is found at its place", () => {
  const text = `${aDeployment()}---\n${aDeployment({ annotations: { "pisanix.io/admin-port": "70000" } })}`;
  const { text: result, issues } = inject(text);
  expect(result).toBe(text);
  expect(issues).toEqual([
    'x.yaml:20:32 spec.template.metadata.annotations["pisanix.io/admin-port"]: must be a whole number from 1 to 65535\n    pisanix.io/admin-port: port of the proxy\'s admin server, which the kubelet probes',
  ]);
});

test("mistakes that only show together are found, too", () => {
  const of = (annotations: Record<string, string>, spec = "") => inject(aDeployment({ annotations, spec })).issues;
  expect(of({ "pisanix.io/proxy-memory-limit": "32Mi" })[0]).toContain(
    'x.yaml:9:40 spec.template.metadata.annotations["pisanix.io/proxy-memory-limit"]: proxy-memory-request is 64Mi, more than proxy-memory-limit, which is 32Mi',
  );
  const grace = { "pisanix.io/shutdown-grace-period": "40s" };
  expect(of(grace)[0]).toContain("must be at most the pod's terminationGracePeriodSeconds, 30");
  expect(of(grace, "      terminationGracePeriodSeconds: 40\n")).toEqual([]);
  expect(inject(aDeployment(), someOptions({ "shutdown-grace-period": "40s" })).text).toContain('- "25"\n');
  expect(inject(aDeployment(), someOptions({ "shutdown-grace-period": "4s" })).text).toContain('- "4"\n');
  const mount = { "pisanix.io/user-volume-mount": '{"ca": {"mountPath": "/ca"}}' };
  expect(of(mount)[0]).toContain("the pod has no volume ca");
  expect(of(mount, "      volumes: [{name: ca}]\n")).toEqual([]);
});

test("annotations that nobody knows, or that stand on the workload, are warnings", () => {
  const { issues, injected } = inject(
    aDeployment({ annotations: { "pisanix.io/proxy-imge": "x", "pisanix.io/ignore": "PSX1001" } }),
  );
  expect(issues).toEqual([
    'x.yaml:9:9 spec.template.metadata.annotations["pisanix.io/proxy-imge"]: warning: unknown annotation\n    did you mean "pisanix.io/proxy-image"?',
  ]);
  expect(injected.reports[0]?.outcome.kind).toBe("injected");
  const above = aDeployment().replace("  name: web\n", '  name: web\n  annotations: {pisanix.io/inject: "false"}\n');
  expect(inject(above).issues).toEqual([
    'x.yaml:5:17 metadata.annotations["pisanix.io/inject"]: warning: has no effect on a Deployment, only on its pods\n    move it to spec.template.metadata.annotations',
  ]);
});

test("parts of a pod that have another shape are mistakes", () => {
  const of = (from: string, to: string) => inject(aDeployment().replace(from, to)).issues[0]?.split("\n")[0];
  expect(of("      - name: app\n        image: app:1\n", "        name: app\n")).toBe(
    "x.yaml:9:9 spec.template.spec.containers: must be a list",
  );
  expect(of("      - name: app\n        image: app:1\n", "      - app\n")).toBe(
    "x.yaml:9:9 spec.template.spec.containers[0]: must be a mapping",
  );
  expect(of("    spec:\n", "    metadata: []\n    spec:\n")).toBe(
    "x.yaml:7:15 spec.template.metadata: must be a mapping",
  );
  expect(of("name: web", "name: yes")).toBe("x.yaml:4:9 metadata.name: must be text, but is true");
});

test("text that is no YAML is a mistake at its line, and nothing is changed", () => {
  const text = `${aDeployment()}---\na: [1\n---\n${aDeployment({ name: "b" })}`;
  const { text: result, issues } = inject(text);
  expect(result).toBe(text);
  expect(issues[0]).toStartWith("x.yaml:12:4: ");
});

test("a plain container never lets a Job end, which is a warning", () => {
  const plain = someOptions({ "native-sidecar": "false" });
  const text = aDeployment({ spec: "      restartPolicy: OnFailure\n" });
  expect(inject(text, plain).issues[0]).toContain("spec.template.spec.restartPolicy: warning: is to end by itself");
  expect(inject(text).issues).toEqual([]);
});

test("what another version injected is updated, and says so", () => {
  const old = inject(aDeployment(), { ...someOptions({ "proxy-image": "pisanix:0.9.0" }), version: "0.9.0" });
  const updated = inject(old.text);
  expect(updated.text).toBe(inject(aDeployment()).text);
  expect(formatReports(updated.injected, "done")).toBe(
    "x.yaml:1:1 Deployment web: updated from the sidecar of pisanix 0.9.0 (VirtualDatabase web, native sidecar, image pisanix:1.0.0)\n1 workload: 1 updated\n",
  );
});

test("a sidecar that a hand has changed is put right; what the API server has filled in is not", () => {
  const { text } = inject(aDeployment());
  expect(inject(text.replace("value: web", "value: other")).text).toBe(text);
  const filled = text
    .replace(
      "          restartPolicy: Always\n",
      "          restartPolicy: Always\n          terminationMessagePath: /dev/termination-log\n",
    )
    .replace(
      "        restartPolicy: Always\n",
      "        restartPolicy: Always\n        terminationMessagePath: /dev/termination-log\n",
    );
  expect(filled).not.toBe(text);
  expect(inject(filled).text).toBe(filled);
});

test("uninject leaves what was added by hand since", () => {
  const text = aDeployment({ spec: "      volumes: []\n" });
  const changed = inject(text).text.replace(
    "      volumes:\n",
    "      volumes:\n      - name: by-hand\n        emptyDir: {}\n",
  );
  expect(uninject(changed)).toBe(
    aDeployment({ spec: "      volumes:\n      - name: by-hand\n        emptyDir: {}\n" }),
  );
});

test("uninject takes a sidecar out of a manifest that another program has written anew", () => {
  const text = aDeployment({ annotations: { note: "kept" } });
  const [document] = readYaml(inject(text).text, "x").documents;
  const rewritten = JSON.stringify(document?.value);
  expect(JSON.parse(uninject(rewritten))).toEqual(readYaml(text, "x").documents[0]?.value as object);
});

test("uninject does not follow what stood in an expanded alias when that was changed by hand", () => {
  const list = (name: string, template: string) =>
    `- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: ${name}}\n  spec:\n    template: ${template}\n`;
  const text = `apiVersion: v1\nkind: List\nitems:\n${list("a", "&t {spec: {containers: [{name: app, image: app:1}]}}")}${list("b", "*t")}`;
  const injected = inject(text).text;
  expect(uninject(injected)).toBe(text);
  const changed = injected.replace(/"image": app:1|"image": "app:1"/, '"image": "app:2"');
  expect(changed).not.toBe(injected);
  const [document] = readYaml(uninject(changed), "x").documents;
  const images = [0, 1].map((index) =>
    valueAt(document?.value, ["items", index, "spec", "template", "spec", "containers", 0, "image"]),
  );
  expect(images).toEqual(["app:1", "app:2"]);
});

test("a status that is no JSON is treated as an injection without a record", () => {
  const text = aDeployment({ annotations: { "pisanix.io/status": "injected" } });
  expect(inject(text).injected.reports[0]?.outcome).toMatchObject({ kind: "updated", from: null });
  expect(uninject(text)).toBe(aDeployment());
});

test("a workload that should not be injected any more is left as it is, and told so", () => {
  const { text } = inject(aDeployment());
  const host = text.replace("    spec:\n", "    spec:\n      hostNetwork: true\n");
  const again = inject(host);
  expect(again.text).toBe(host);
  expect(formatReports(again.injected, "done")).toContain(
    "left as it is, injected, though it should not be: hostNetwork: true",
  );
});

test("missingInjection() stops a pipeline that would deploy without the proxy, but not for an opt-out", () => {
  const out = aDeployment({ annotations: { "pisanix.io/inject": "disabled" } });
  const host = aDeployment({ spec: "      hostNetwork: true\n" });
  expect(missingInjection(inject(aDeployment()).injected)).toBeNull();
  expect(missingInjection(inject(`${aDeployment()}---\n${out}`).injected)).toBeNull();
  expect(missingInjection(inject(out).injected)).toBe("nothing is injected");
  expect(missingInjection(inject("kind: Service\n").injected)).toBe("nothing is injected");
  expect(missingInjection(inject(`${aDeployment()}---\n${host}`).injected)).toBe("1 of 2 workloads is not injected");
});

test("joinFiles() gives a stream that reads as the files do", () => {
  const join = (...texts: string[]) => joinFiles(texts.map((text) => ({ file: "", text })));
  expect(join()).toBe("");
  expect(join("\ufeffa: 1")).toBe("\ufeffa: 1");
  expect(join("a: 1", "b: 2\n")).toBe("a: 1\n---\nb: 2\n");
  expect(join("a: 1\n", "# b\n--- \nb: 2\n", "\ufeffc: 3")).toBe("a: 1\n# b\n--- \nb: 2\n---\nc: 3\n");
  expect(join("a: 1\n", "%YAML 1.1\n---\nb: 2\n")).toBe("a: 1\n...\n%YAML 1.1\n---\nb: 2\n");
  expect(join('{"a":1}', '{"b":2}\n')).toBe('{"a":1}\n{"b":2}\n');
  expect(join('{"a":1}', "b: 2\n")).toBe('---\n{"a":1}\n---\nb: 2\n');
  for (const texts of [
    ["a: 1", "b: 2"],
    ['{"a":1}', '{"b":2}'],
    ['{"a":1}', "b: 2"],
    ["a: 1\n...\n", "%YAML 1.1\n---\nb: 2\n"],
  ]) {
    expect(readYaml(join(...texts), "x").documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  }
});

test("hasNativeSidecars() knows the version from which on they are there", () => {
  const versions = ["1.28", "v1.28.15", "1.29", "v1.30.2+k3s1", "1.29.1-gke.100", "2.0"];
  expect(versions.map(hasNativeSidecars)).toEqual([false, false, true, true, true, true]);
  for (const version of ["", "1", "latest", "1.x", "1.29beta"]) expect(hasNativeSidecars(version)).toBeNull();
});

test("syntax that hardly anybody uses stays what it is", () => {
  const cases = [
    "  : no key",
    "  ? no value",
    "  - [a: b, ? c : d]\n  - {: x, y}",
    "  -\n  - - - a\n      - b\n  - ? |\n      block\n    : value",
    "  !!set {a, b}",
    "  !!omap\n  - a: 1\n  - b: 2",
    "  !!pairs\n  - a: 1\n  - a: 2",
    "  a: !!binary aGVsbG8=\n  b: !mine {a: 1}\n  c: !<tag:x,2000:y> z",
    "  &k key: &v value\n  *k : other\n  copy: *k",
    "  a:\t1",
    "  a: .inf\n  b: .nan\n  c: 12345678901234567890\n  d: 0o14\n  e: 2001-01-01",
    "  __proto__: {a: 1}\n  constructor: x",
    "  - &p {a: 1}\n  - <<: [*p]\n    <<: *p",
    '  a: b\n    c\n\n    d\n  e: "x\\\n    y"',
    "  a: &x 1\n  b: &x 2\n  c: *x",
  ];
  for (const lines of cases) {
    const text = aDeployment({ spec: "      unknown: [&v {name: q}, *v]\n" }).replace(
      "spec:\n",
      `x-more:\n${lines}\nspec:\n`,
    );
    const { text: result, issues, injected } = inject(text);
    expect([lines, issues, injected.reports[0]?.outcome.kind]).toEqual([lines, [], "injected"]);
    expect([lines, result.includes(lines)]).toEqual([lines, true]);
    expect([lines, uninject(result)]).toEqual([lines, text]);
  }
});
