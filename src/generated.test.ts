/** What is made of the schemas: fresh, valid, complete, and as strict and as lenient as reading manifests is. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { customResourceDefinition } from "./api/crd.ts";
import { isKind, KINDS } from "./api/kinds.ts";
import { plainProxyConfig } from "./api/print-proxy-config.ts";
import { schemaDocuments, schemaNamed } from "./api/schema-documents.ts";
import { isMapping } from "./api/schema-walk.ts";
import { readYaml } from "./lib/yaml.ts";
import { RULES } from "./mesh/lint/rules.ts";
import { renderMesh } from "./mesh/render.ts";

const ROOT = join(import.meta.dir, "..");
const kinds = Object.keys(KINDS).filter(isKind);
type Schema = Record<string, unknown>;

test("generated files are fresh: run `make generate` when they are not", async () => {
  const child = Bun.spawn([process.execPath, "cmd/generate.ts", "--check"], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
});

/** Every schema in a CustomResourceDefinition, with its path. */
function* schemasIn(schema: Schema, path: string): Iterable<[string, Schema]> {
  yield [path, schema];
  for (const [name, entry] of Object.entries((schema["properties"] ?? {}) as Record<string, Schema>))
    yield* schemasIn(entry, `${path}.${name}`);
  for (const part of ["items", "additionalProperties"]) {
    const entry = schema[part];
    if (isMapping(entry)) yield* schemasIn(entry, `${path}[]`);
  }
}

/** How often each schema with rules may be there in one object, by the bounds of the lists around it. */
function* productsIn(schema: Schema, path: string, product: number): Iterable<[string, number]> {
  if (schema["x-kubernetes-validations"] !== undefined) yield [path, product];
  for (const [name, entry] of Object.entries((schema["properties"] ?? {}) as Record<string, Schema>))
    yield* productsIn(entry, `${path}.${name}`, product);
  const { items } = schema;
  if (isMapping(items)) yield* productsIn(items, `${path}[]`, product * Number(schema["maxItems"]));
}

describe.each(kinds)("the CustomResourceDefinition of %s", (kind) => {
  const version = (
    customResourceDefinition(kind) as {
      spec: { versions: { schema: { openAPIV3Schema: Schema }; [key: string]: unknown }[] };
    }
  ).spec.versions[0]!;
  const all = [...schemasIn(version.schema.openAPIV3Schema, kind)];

  test("says of every field what it is for", () => {
    const silent = all.filter(([path, schema]) => (schema["description"] ?? "") === "" && !path.endsWith(".metadata"));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test("is structural: every value has a type, or is said to have none", () => {
    const untyped = all.filter(([, schema]) => {
      return (
        schema["type"] === undefined &&
        schema["x-kubernetes-int-or-string"] !== true &&
        schema["x-kubernetes-preserve-unknown-fields"] !== true
      );
    });
    expect(untyped.map(([path]) => path)).toEqual([]);
    // Within anyOf a type is only allowed in the one form that x-kubernetes-int-or-string has.
    for (const [path, schema] of all.filter(([, each]) => each["anyOf"] !== undefined)) {
      expect([path, schema["anyOf"]]).toEqual([path, [{ type: "integer" }, { type: "string" }]]);
    }
  });

  test("bounds every text, list and map, so that what its rules cost can be estimated", () => {
    const boundless = all.filter(([, schema]) => {
      if (schema["type"] === "string")
        return schema["maxLength"] === undefined && schema["enum"] === undefined && schema["format"] === undefined;
      if (schema["type"] === "array") return schema["maxItems"] === undefined;
      return isMapping(schema["additionalProperties"]) && schema["maxProperties"] === undefined;
    });
    expect(boundless.map(([path]) => path).filter((path) => !/^\w+\.(apiVersion|kind)$/.test(path))).toEqual([]);
  });

  test("has rules that the API server does not find too expensive", () => {
    // Three lists of 256 in each other were refused by a real server, by a factor of 11.7; this is what it took.
    for (const [path, product] of productsIn(version.schema.openAPIV3Schema, kind, 1)) {
      expect([path, product <= 2 ** 20]).toEqual([path, true]);
    }
  });

  test("has defaults that its own schema takes", () => {
    const ajv = new Ajv({ strict: false });
    for (const [path, schema] of all.filter(([, each]) => each["default"] !== undefined)) {
      expect([path, ajv.validate(schema, schema["default"])]).toEqual([path, true]);
    }
  });

  test("has rules that only speak of fields that are there", () => {
    for (const [path, schema] of all) {
      const fields = (schema["properties"] ?? {}) as Record<string, Schema>;
      for (const { rule } of (schema["x-kubernetes-validations"] ?? []) as { rule: string }[]) {
        for (const [, name = ""] of rule.matchAll(/\bself\.(\w+)/g)) {
          expect([path, name, fields[name]?.["type"]]).toEqual([path, name, expect.any(String)]);
        }
      }
    }
  });

  test("has a status, columns, short names and a category", () => {
    expect(version).toMatchObject({ served: true, storage: true, subresources: { status: {} } });
    expect(version["additionalPrinterColumns"]).toContainEqual(expect.objectContaining({ name: "Accepted" }));
    const { names } = (customResourceDefinition(kind) as { spec: { names: Schema } }).spec;
    expect([names["shortNames"], names["categories"]]).toEqual([KINDS[kind].shortNames, ["database-mesh"]]);
  });
});

test("the CustomResourceDefinitions take what the original's took: no field is gone, none is newly required", () => {
  const spec = (kind: (typeof kinds)[number]) => {
    const schema = (
      customResourceDefinition(kind) as never as {
        spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
      }
    ).spec.versions[0]!.schema.openAPIV3Schema.properties.spec;
    return [...schemasIn(schema, "spec")];
  };
  // What is new itself may require what it likes.
  const known = ["spec", "spec.services[]", "spec.services[].databaseMySQL", "spec.database", "spec.database.MySQL"];
  const required = (kind: (typeof kinds)[number]) =>
    spec(kind)
      .filter(([path]) => known.includes(path))
      .flatMap(([path, schema]) => ((schema["required"] ?? []) as string[]).map((name) => `${path}.${name}`));
  expect(required("VirtualDatabase")).toEqual([
    "spec.services",
    "spec.services[].name",
    "spec.services[].databaseMySQL",
  ]);
  expect(required("DatabaseEndpoint")).toEqual([
    "spec.database",
    "spec.database.MySQL",
    ...["host", "port", "user", "db"].map((name) => `spec.database.MySQL.${name}`),
  ]);
  const original = ["host", "port", "user", "password", "db", "poolSize", "serverVersion"].map(
    (name) => `spec.services[].databaseMySQL.${name}`,
  );
  expect(spec("VirtualDatabase").map(([path]) => path)).toEqual(
    expect.arrayContaining([...original, "spec.services[].qosClaim", "spec.databaseClassName"]),
  );
});

describe("JSON Schemas", () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const validators = new Map(schemaDocuments().map(({ name, schema }) => [name, ajv.compile(schema)]));
  const folder = join(ROOT, "testdata/mesh");
  const names = readdirSync(folder).filter((name) => name.endsWith(".in.yaml"));

  /** What the schemas say of every object of ours in a text. */
  function complaints(text: string): string[] {
    const objects = readYaml(text, "x").documents.flatMap(({ value }) => {
      return isMapping(value) && Array.isArray(value["items"]) ? (value["items"] as unknown[]) : [value];
    });
    return objects.flatMap((object) => {
      const validate = isMapping(object) ? validators.get(String(object["kind"])) : undefined;
      return validate === undefined || validate(withoutNulls(object))
        ? []
        : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    });
  }

  test.each(names.filter((name) => name !== "mistakes.in.yaml"))("take %s", (name) => {
    expect(complaints(readFileSync(join(folder, name), "utf8"))).toEqual([]);
  });

  test("take the good examples of all rules, and refuse the bad ones about form", () => {
    for (const { id, example } of RULES) expect([id, complaints(example.good)]).toEqual([id, []]);
    for (const name of ["unknown-field", "missing-field", "wrong-type", "invalid-value"]) {
      const rule = RULES.find((each) => each.name === name);
      expect([name, complaints(rule?.example.bad ?? "").length]).toEqual([name, 1]);
    }
  });

  test("take the configuration of every proxy that is rendered", () => {
    const validate = validators.get("ProxyConfig")!;
    for (const name of names) {
      for (const { config } of renderMesh([{ file: name, text: readFileSync(join(folder, name), "utf8") }]).databases) {
        expect([name, validate(plainProxyConfig(config, { showSecrets: false })) ? [] : validate.errors]).toEqual([
          name,
          [],
        ]);
      }
    }
  });

  test("are found by kind, plural and short name", () => {
    expect(["VirtualDatabase", "virtualdatabases", "vdb", "VDB"].map((word) => schemaNamed(word)?.name)).toEqual(
      Array(4).fill("VirtualDatabase"),
    );
    expect([schemaNamed("lintsettings")?.name, schemaNamed("pod")]).toEqual(["LintSettings", null]);
  });
});

/** A key with nothing behind it is absent for Kubernetes. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])),
  );
}
