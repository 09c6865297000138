/** The chart: rendered, it is what `--print-install` prints for the same choices. */
import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import { readYaml } from "../lib/yaml.ts";
import { CHART_CASES } from "../testkit/chart-cases.ts";
import { renderHelm } from "../testkit/helm.ts";
import { chartFiles } from "./chart.ts";
import { decide, defaultSettings, installObjects, type PlainSettings } from "./plain.ts";
import type { Fields } from "./template.ts";

const VERSION = "1.2.3";
const files = chartFiles(VERSION);
const values = readYaml(files.get("values.yaml") ?? "", "values.yaml").documents[0]?.value as Fields;
const schema = JSON.parse(files.get("values.schema.json") ?? "{}") as Fields;

function render(path: string, changes: Fields, namespace: string): string {
  const context = { Values: { ...values, ...changes }, Release: { Namespace: namespace } };
  return renderHelm(files.get(path) ?? "", { ...context, Chart: { AppVersion: VERSION } });
}

/** All objects that the chart makes of these values. */
function objectsOf(changes: Fields, namespace: string): Fields[] {
  return [...files.keys()]
    .filter((path) => path.startsWith("templates/") && path.endsWith(".yaml"))
    .flatMap((path) => readYaml(render(path, changes, namespace), path).documents)
    .flatMap(({ value }) => (value === null ? [] : [value as Fields]));
}

function keyOf({ kind, metadata }: Fields): string {
  const { namespace = "", name } = metadata as Fields;
  return `${kind} ${namespace}/${name}`;
}

function byKey(objects: readonly Fields[]): Record<string, Fields> {
  expect(new Set(objects.map(keyOf)).size).toBe(objects.length);
  return Object.fromEntries(objects.map((object) => [keyOf(object), object]));
}

/** What is printed for the same choices; Helm makes the namespace itself, and is told to leave the kinds of the mesh alone. */
function printed(changes: Partial<PlainSettings>): Fields[] {
  return installObjects(decide({ ...defaultSettings(VERSION), ...changes }))
    .filter(({ kind }) => kind !== "Namespace")
    .map((object) => {
      if (object["kind"] !== "CustomResourceDefinition") return object;
      const { name } = object["metadata"] as Fields;
      return { ...object, metadata: { name, annotations: { "helm.sh/resource-policy": "keep" } } };
    });
}

describe("the chart with", () => {
  test.each([...CHART_CASES])("%s is what is printed", (_, changes, settings) => {
    const namespace = "mesh";
    expect(byKey(objectsOf(changes, namespace))).toEqual(byKey(printed({ ...settings, namespace })));
  });

  test("tolerations, pull secrets, resources and a node selector has them in its pods", () => {
    const tolerations = [{ key: "a", operator: "Exists" }];
    const changes = { tolerations, imagePullSecrets: [{ name: "r" }], resources: {}, nodeSelector: { disk: "ssd" } };
    const deployment = objectsOf(changes, "mesh").find(({ kind }) => kind === "Deployment");
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            tolerations,
            imagePullSecrets: [{ name: "r" }],
            nodeSelector: { disk: "ssd" },
            containers: [{ resources: {} }],
          },
        },
      },
    });
  });

  test("crds: false has none", () => {
    const kinds = objectsOf({ crds: false }, "mesh").map(({ kind }) => kind);
    expect(kinds).not.toContain("CustomResourceDefinition");
    expect(kinds).toContain("Deployment");
  });
});

describe("the chart", () => {
  const validate = new Ajv({ strict: false }).compile(schema);

  test("takes its own values and those of every case, and no others", () => {
    for (const changes of [{}, { global: {} }, ...CHART_CASES.map(([, changes]) => changes)]) {
      expect([changes, validate({ ...values, ...changes })]).toEqual([changes, true]);
    }
    for (const changes of [{ replica: 2 }, { replicas: 0 }, { failurePolicy: "fail" }, { secretAccess: "all" }]) {
      expect([changes, validate({ ...values, ...changes })]).toEqual([changes, false]);
    }
  });

  test("uses every value that it offers", () => {
    const templates = [...files].filter(([path]) => path.startsWith("templates/")).map(([, text]) => text);
    const unused = Object.keys(values).filter((name) => !templates.some((text) => text.includes(`$.Values.${name}`)));
    expect(unused).toEqual([]);
  });

  test("says in its notes where it is and what to do next", () => {
    const notes = render("templates/NOTES.txt", {}, "mesh");
    expect(notes).toStartWith("pisanix 1.2.3 is installed in mesh.\n");
    expect(notes).toContain("kubectl label namespace NAMESPACE pisanix.io/inject=enabled");
  });
});
