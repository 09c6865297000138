import { expect, test } from "bun:test";
import { formatIssue } from "../lib/issue.ts";
import { readManifests } from "./manifest.ts";

const ENDPOINT = `apiVersion: core.database-mesh.io/v1alpha1
kind: DatabaseEndpoint
metadata: { name: a }
spec: { database: { MySQL: { host: h, port: 3306, user: u, password: p, db: d } } }
`;

const read = (...texts: string[]) => readManifests(texts.map((text, index) => ({ file: `${index}.yaml`, text })));
const issuesOf = (text: string) => read(text).issues.map(formatIssue);

test("readManifests() reads documents, lists and JSON, and passes over other people's objects", () => {
  const json = JSON.stringify({
    apiVersion: "core.database-mesh.io/v1alpha1",
    kind: "DatabaseEndpointList",
    items: [Bun.YAML.parse(ENDPOINT.replace("name: a", "name: b"))],
  });
  const { manifests, issues } = read(`---\n${ENDPOINT}---\n# nothing\n---\napiVersion: v1\nkind: Pod\n`, json);
  expect(issues).toEqual([]);
  expect(manifests.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(["default/a", "default/b"]);
});

test("readManifests() counts endpoints as readwrite with weight 1 unless annotated", () => {
  const annotated = ENDPOINT.replace(
    "name: a",
    'name: b, annotations: { database-mesh.io/role: read, database-mesh.io/weight: "7", other: x }',
  );
  expect(read(`${ENDPOINT}---\n${annotated}`).manifests.map(({ annotations }) => annotations)).toEqual([
    { "database-mesh.io/role": "readwrite", "database-mesh.io/weight": 1 },
    { "database-mesh.io/role": "read", "database-mesh.io/weight": 7, other: "x" },
  ] as never);
});

test("readManifests() never keeps a password where it can be printed", () => {
  const { manifests } = read(ENDPOINT.replace("password: p", "password: hunter2"));
  expect(JSON.stringify(manifests) + Bun.inspect(manifests)).not.toContain("hunter2");
  const wrong = issuesOf(ENDPOINT.replace("password: p", "password: [hunter2]"));
  expect(wrong.join()).toContain("must be text, but is a list");
  expect(wrong.join()).not.toContain("hunter2");
});

test("readManifests() recognises mistyped kinds, versions and groups", () => {
  expect(issuesOf("apiVersion: core.database-mesh.io/v1alpha1\nkind: DatabaseEndpiont")).toEqual([
    '0.yaml:2:7 kind: unknown kind "DatabaseEndpiont"\n    did you mean "DatabaseEndpoint"?',
  ]);
  expect(issuesOf(ENDPOINT.replace("v1alpha1", "v1"))).toEqual([
    '0.yaml:1:13 apiVersion: unknown version "core.database-mesh.io/v1"\n    write apiVersion: core.database-mesh.io/v1alpha1',
  ]);
  expect(issuesOf(ENDPOINT.replace("core.database-mesh.io", "core.databasemesh.io"))).toEqual([
    '0.yaml:1:13 apiVersion: unknown API group "core.databasemesh.io"\n    did you mean "core.database-mesh.io/v1alpha1"?',
  ]);
  expect(issuesOf("kind: DatabaseEndpoint\n")[0]).toContain("apiVersion is missing");
  expect(issuesOf("- 1\n")[0]).toContain("is no manifest");
});

test("readManifests() reports unknown fields of the manifest itself, and missing parts", () => {
  const issues = issuesOf("apiVersion: core.database-mesh.io/v1alpha1\nkind: DatabaseEndpoint\nmetdata: {}\nspec: 1\n");
  expect(issues).toEqual([
    '0.yaml:3:1 metdata: unknown field\n    did you mean "metadata"?',
    "0.yaml:1:1 metadata: metadata is missing\n    a DatabaseEndpoint has apiVersion, kind, metadata, spec",
    "0.yaml:4:7 spec: spec must be a mapping\n    a DatabaseEndpoint has apiVersion, kind, metadata, spec",
  ]);
});

test("readManifests() reports an object that is defined twice, with the first place", () => {
  const { issues } = read(ENDPOINT, ENDPOINT);
  expect(issues.map(formatIssue)).toEqual([
    "1.yaml:3:19 metadata.name: DatabaseEndpoint default/a is already defined at 0.yaml:3\n    rename or remove one of the two",
  ]);
});

test("readManifests() only warns of a key that is written twice, and takes the later value", () => {
  const { manifests, issues } = read(ENDPOINT.replace("host: h", "host: x, host: h"));
  expect(issues.map(({ severity }) => severity)).toEqual(["warning"]);
  expect(manifests[0]).toMatchObject({ spec: { database: { MySQL: { host: "h" } } } });
});
