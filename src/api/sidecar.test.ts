import { expect, test } from "bun:test";
import { formatIssue, wholeFile } from "../lib/issue.ts";
import { sidecarAnnotations } from "./sidecar.ts";
import { readSettings, settingFlags } from "./sidecar-flags.ts";
import { validate } from "./validate.ts";

function complaint(name: string, value: unknown): string {
  const path = ["metadata", "annotations"];
  const { issues } = validate(sidecarAnnotations, { [`pisanix.io/${name}`]: value }, { source: wholeFile("x"), path });
  return issues.map(formatIssue).join("\n");
}

test("annotations are validated, and complaints name them", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["inject", "off", "must be enabled or disabled or true or false"],
    ["virtual-database", "Main_DB", "is no name of a VirtualDatabase"],
    ["proxy-image", "has space:1", "is no name of an image"],
    ["proxy-image", "", "is no name of an image"],
    ["image-pull-policy", "always", "must be Always or IfNotPresent or Never"],
    ["proxy-cpu-request", "100 m", 'is no quantity: "100 m"'],
    ["proxy-cpu-limit", "4000", "must be from 0.001 to 1024"],
    ["proxy-memory-request", "128m", 'must be from 1048576 to 1125899906842624, but "128m" is 0.128'],
    ["proxy-memory-request", "none", "is no quantity"],
    ["proxy-memory-limit", "lots", "write none, or an amount such as"],
    ["log-level", "verbose", "must be one of TRACE, DEBUG, INFO, WARN, ERROR"],
    ["log-format", "xml", "must be text or json"],
    ["admin-port", "0", "must be a whole number from 1 to 65535"],
    ["admin-port", 5591, "must be text, but is a number\n    put it in quotes"],
    ["listen-ports", "3306,", "must be a whole number from 1 to 65535, or several with commas between them"],
    ["native-sidecar", "no", "must be true or false"],
    ["native-sidecar", false, "must be true or false"],
    ["shutdown-grace-period", "soon", "is no duration from 0 to 86400s"],
    ["shutdown-grace-period", "25h", "is no duration from 0 to 86400s"],
    ["config-failure-mode", "ajar", "must be closed or open"],
    ["env", "TZ=UTC", "is no mapping in JSON"],
    ["env", '{"A B": "x"}', "A B is no name of a variable"],
    ["env", '{"A": 1}', "A must be text"],
    ["env", '{"PISA_DEPLOYED_NAME": "x"}', "PISA_DEPLOYED_NAME is set by pisanix itself"],
    ["user-volume", '{"a": {}}', "a must be a mapping with one source"],
    ["user-volume", '{"A": {"emptyDir": {}}}', "A is no name of a volume"],
    ["user-volume", '{"pisa-token": {"emptyDir": {}}}', "names that begin with pisa- are pisanix' own"],
    ["user-volume-mount", '{"a": {"mountPath": "etc"}}', "must have a mountPath that begins with /"],
    ["user-volume-mount", '{"a": {"mountPath": "/var/run/secrets/x"}}', "/var/run/secrets is the proxy's own"],
    ["user-volume-mount", '{"a": {"mountPath": "/var"}}', "/var/run/secrets is the proxy's own"],
  ];
  for (const [name, value, expected] of cases) {
    const said = complaint(name, value);
    expect([name, said]).toEqual([name, expect.stringContaining(expected)]);
    expect(said).toStartWith(`x metadata.annotations["pisanix.io/${name}"]: `);
  }
});

test("what is fine is no complaint", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["proxy-image", "pisanix"],
    ["proxy-image", "localhost:5000/a/b_c/d.e-f:v1.2.3-rc.1"],
    ["proxy-image", `ghcr.io/a/b@sha256:${"0".repeat(64)}`],
    ["proxy-cpu-limit", "none"],
    ["proxy-cpu-request", "1"],
    ["log-level", "warn"],
    ["listen-ports", "3306"],
    ["shutdown-grace-period", "0"],
    ["shutdown-grace-period", "90"],
    ["shutdown-grace-period", "1m30s"],
    ["env", "{}"],
    ["user-volume-mount", '{"a": {"mountPath": "/etc/a", "subPath": "b"}}'],
  ];
  expect(cases.map(([name, value]) => complaint(name, value)).filter((said) => said !== "")).toEqual([]);
});

test("readSettings() fills in the defaults, and says which flag is wrong", () => {
  const { settings } = readSettings({ "proxy-image": "pisanix:1" });
  expect(settings).toEqual({
    "proxy-image": "pisanix:1",
    "image-pull-policy": "IfNotPresent",
    "proxy-cpu-request": "100m",
    "proxy-cpu-limit": "none",
    "proxy-memory-request": "64Mi",
    "proxy-memory-limit": "256Mi",
    "log-level": "INFO",
    "log-format": "text",
    "admin-port": 5591,
    "native-sidecar": true,
    "config-failure-mode": "closed",
    "controller-service": "pisanix-controller",
    "controller-namespace": "pisanix-system",
  });
  const wrong = readSettings({ "proxy-image": "pisanix:1", "admin-port": "x" });
  expect([wrong.settings, wrong.issues[0]?.path]).toEqual([null, "admin-port"]);
  const above = readSettings({ "proxy-image": "pisanix:1", "proxy-memory-request": "1Gi" });
  expect(above.issues[0]).toMatchObject({
    path: "proxy-memory-request",
    message: "1Gi is more than --proxy-memory-limit, which is 256Mi",
  });
});

test("every setting is a flag that says what it is for", () => {
  const flags = settingFlags();
  expect(flags.filter(({ description, hint }) => description === "" || hint === undefined)).toEqual([]);
  expect(flags.map(({ name }) => name)).toContain("controller-namespace");
});
