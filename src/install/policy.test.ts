/** The policy, as far as it can be told without the API server's CEL: `make e2e-crd` evaluates it and compares it with the webhook. */
import { describe, expect, test } from "bun:test";
import { SIDECAR_ANNOTATIONS } from "../api/sidecar.ts";
import { settingFlags } from "../api/sidecar-flags.ts";
import { celOf, celText, expression } from "./cel.ts";
import { decide, defaultSettings, installObjects } from "./plain.ts";

interface Policy {
  spec: {
    matchConditions: { name: string; expression: string }[];
    variables: { name: string; expression: string }[];
    mutations: { jsonPatch: { expression: string } }[];
  };
}

const objects = installObjects(decide({ ...defaultSettings("1.2.3"), overlays: ["policy-injector"] }));
const { spec } = objects.find(({ kind }) => kind === "MutatingAdmissionPolicy") as unknown as Policy;
const mutation = spec.mutations[0]?.jsonPatch.expression ?? "";

const usedBy = (text: string) => [...text.matchAll(/\bvariables\.(\w+)/g)].map(([, name = ""]) => name);

describe("the injection policy", () => {
  test("uses variables that come before, every one of them, and none in a condition", () => {
    const known = new Set<string>();
    for (const { name, expression } of spec.variables) {
      expect([name, usedBy(expression).filter((used) => !known.has(used))]).toEqual([name, []]);
      known.add(name);
    }
    expect(usedBy(mutation).filter((used) => !known.has(used))).toEqual([]);
    const all = new Set([...spec.variables.map(({ expression }) => expression), mutation].flatMap(usedBy));
    expect([...known].filter((name) => !all.has(name))).toEqual([]);
    expect(spec.matchConditions.flatMap(({ expression }) => usedBy(expression))).toEqual([]);
  });

  test("heeds every annotation but those that it says it cannot", () => {
    const text = JSON.stringify(spec).replaceAll("~1", "/");
    const missing = SIDECAR_ANNOTATIONS.filter((name) => !text.includes(name));
    const webhookOnly = ["native-sidecar", "env", "user-volume", "user-volume-mount", "ignore"];
    expect(missing).toEqual(webhookOnly.map((name) => `pisanix.io/${name}`));
  });

  test("takes the place of the webhook for pods, and of no other object", () => {
    const kinds = (overlays: readonly ["policy-injector"] | readonly []) =>
      installObjects(decide({ ...defaultSettings("1.2.3"), overlays })).map(({ kind }) => kind);
    const [before, after] = [kinds([]), kinds(["policy-injector"])];
    expect(before.filter((kind) => !after.includes(kind))).toEqual(["MutatingWebhookConfiguration"]);
    expect(after.filter((kind) => !before.includes(kind))).toEqual([
      "MutatingAdmissionPolicy",
      ...Array(2).fill("MutatingAdmissionPolicyBinding"),
    ]);
  });

  test("has the defaults of the settings, and what was written instead", () => {
    const sidecar = { "log-level": "DEBUG", "proxy-image": "a/b:c" };
    const written = installObjects(decide({ ...defaultSettings("1.2.3"), overlays: ["policy-injector"], sidecar }));
    const policy = written.find(({ kind }) => kind === "MutatingAdmissionPolicy") as unknown as Policy;
    const expressionOf = (of: Policy["spec"], variable: string) =>
      of.variables.find(({ name }) => name === variable)?.expression;
    expect([expressionOf(policy.spec, "logLevelDefault"), expressionOf(policy.spec, "imageDefault")]).toEqual([
      '"DEBUG"',
      '"a/b:c"',
    ]);
    const fallback = (setting: string) => JSON.stringify(settingFlags().find(({ name }) => name === setting)?.fallback);
    expect(expressionOf(spec, "memoryLimitDefault")).toBe(fallback("proxy-memory-limit"));
    expect(expressionOf(spec, "imageDefault")).toBe('"pisanix:1.2.3"');
  });
});

describe("celOf()", () => {
  test("names the type of every part by its path, but not of a map of texts", () => {
    const value = { a: 'x"y', b: [{ c: 1 }], requests: { "d/e": true } };
    expect(celOf(value, "T")).toBe('T{a: "x\\"y", b: [T.b{c: 1}], requests: {"d/e": true}}');
  });

  test("puts what is to be evaluated in its place, alone or within a text", () => {
    const value = { a: expression("x + 1"), b: `p${expression("y")}q`, c: expression("z", true) };
    expect(celOf(value, "T")).toBe('T{a: x + 1, b: "p" + y + "q", ?c: z}');
    expect([celText(""), celText(`${expression("y")}`)]).toEqual(['""', "y"]);
  });

  test("breaks what is too long for a line", () => {
    const long = "x".repeat(60);
    expect(celOf({ a: long, b: [long] }, "T")).toBe(`T{\n  a: "${long}",\n  b: ["${long}"]\n}`);
  });
});
