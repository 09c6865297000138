/** What a live mesh makes of changes is what `render` makes of the whole. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isKind, type Kind } from "../../api/kinds.ts";
import { plainProxyConfig } from "../../api/print-proxy-config.ts";
import type { ProxyConfig } from "../../api/proxy-config.ts";
import { isMapping } from "../../api/schema-walk.ts";
import { hasErrors } from "../../lib/issue.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { newSecret } from "../../lib/secret.ts";
import { readYaml } from "../../lib/yaml.ts";
import type { SecretObject } from "../foreign.ts";
import { readManifestValues } from "../manifest.ts";
import { renderMesh } from "../render.ts";
import { resolveMesh } from "../resolve.ts";
import { translate } from "../translate.ts";
import { evaluate, type SecretOf } from "./evaluate.ts";
import { affectedBySecret, type LiveMesh, newLiveMesh, putLiveObject, removeLiveObject } from "./live-mesh.ts";

const FOLDER = join(import.meta.dir, "../../../testdata/mesh");
const noSecrets: SecretOf = () => ({ kind: "missing" });

interface Raw {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: unknown;
}

/** Every object of our kinds in a file, Lists taken apart, with its namespace filled in as an API server does. */
function objectsIn(name: string): Raw[] {
  const { documents } = readYaml(readFileSync(join(FOLDER, name), "utf8"), name);
  const flat = documents.flatMap(({ value }) =>
    isMapping(value) && Array.isArray(value["items"]) ? value["items"] : [value],
  );
  const isOurs = (value: unknown) => {
    // An API server takes no object without a name.
    return isMapping(value) && isKind(String(value["kind"])) && isMapping(value["metadata"]);
  };
  return flat.filter(isOurs) as Raw[];
}

function put(mesh: LiveMesh, object: Raw): Set<string> {
  const { name, namespace = "default" } = object.metadata;
  const value = { ...object, metadata: { ...object.metadata, namespace } };
  return putLiveObject(mesh, object.kind as Kind, namespace, name, value);
}

const bodyOf = (config: ProxyConfig) => JSON.stringify(plainProxyConfig(config, { showSecrets: true }));

for (const name of readdirSync(FOLDER).filter((each) => each.endsWith(".in.yaml"))) {
  test(`evaluate() gives for ${name} what render gives, in whatever order the objects come`, () => {
    const rendered = renderMesh([{ file: name, text: readFileSync(join(FOLDER, name), "utf8") }]);
    const expected = rendered.databases.map(({ namespace, name: own, config }) => [
      `${namespace}/${own}`,
      bodyOf(config),
    ]);
    const objects = objectsIn(name);
    for (const order of [objects, objects.toReversed()]) {
      const mesh = newLiveMesh();
      for (const object of order) put(mesh, object);
      const configs = [...mesh.objects.keys()].flatMap((key) => {
        const config = key.startsWith("VirtualDatabase ") ? evaluate(mesh, key, noSecrets)?.config : null;
        return config == null ? [] : [[key.replace("VirtualDatabase ", ""), bodyOf(config)]];
      });
      if (!hasErrors(rendered.issues)) expect(configs.sort()).toEqual(expected.sort());
    }
  });
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const NAMES = ["a", "b", "c"];
const TIERS = ["x", "y"];

/** An object of a small world, in which references lead somewhere, to nothing, or to something broken. */
function anObject(random: Random): Raw {
  const namespace = pick(random, ["one", "two"]);
  const name = pick(random, NAMES);
  const labels: Record<string, string> = random() < 0.8 ? { tier: pick(random, TIERS), app: pick(random, NAMES) } : {};
  const kind = pick(random, [
    "VirtualDatabase",
    "TrafficStrategy",
    "DatabaseEndpoint",
    "DatabaseEndpoint",
    "DataShard",
  ]);
  const password = random() < 0.2 ? { passwordSecretRef: { name: pick(random, NAMES) } } : { password: "p" };
  const isBroken = random() < 0.04;
  const spec = {
    VirtualDatabase: () => ({
      services: Array.from({ length: 1 + Math.floor(random() * 2) }, (_, index) => ({
        name: `s${index}`,
        databaseMySQL: { port: isBroken ? 70_000 : 3306 + index, user: "u", ...password },
        ...(random() < 0.8 ? { trafficStrategy: pick(random, NAMES) } : {}),
        ...(random() < 0.1 ? { dataShard: pick(random, NAMES) } : {}),
      })),
    }),
    TrafficStrategy: () => ({
      selector: pick(random, [
        { matchLabels: { tier: pick(random, TIERS) } },
        { matchLabels: { tier: pick(random, TIERS), app: pick(random, NAMES) } },
        { matchExpressions: [{ key: "app", operator: "In", values: [pick(random, NAMES)] }] },
        {},
      ]),
      circuitBreaks: [{ regex: isBroken ? ["("] : [pick(random, NAMES)] }],
    }),
    DatabaseEndpoint: () => ({
      database: { MySQL: { host: isBroken ? "" : pick(random, NAMES), port: 3306, user: "u", db: "", ...password } },
    }),
    DataShard: () => ({
      rules: [
        {
          tableName: "t",
          tableStrategy: { tableShardingAlgorithmName: "mod", tableShardingColumn: "id", shardingCount: 2 },
          actualDatanodes: { valueSource: { nodes: [{ value: pick(random, NAMES) }, { value: pick(random, NAMES) }] } },
        },
      ],
    }),
  }[kind as "VirtualDatabase"]();
  return { apiVersion: "core.database-mesh.io/v1alpha1", kind, metadata: { name, namespace, labels }, spec };
}

test("after any change only what is affected has to be evaluated, and all is as if the mesh were read anew", () => {
  let [configs, evaluations] = [0, 0];
  for (let seed = 1; seed <= 12; seed++) {
    const random = seededRandom(seed);
    const mesh = newLiveMesh();
    const raw = new Map<string, Raw>();
    const secrets = new Map<string, SecretObject>();
    const secretOf: SecretOf = (namespace, name) => {
      const secret = secrets.get(`${namespace}/${name}`);
      return secret === undefined ? { kind: "missing" } : { kind: "known", secret };
    };
    const known = new Map<string, string>();
    const text = (key: string) => {
      const found = evaluate(mesh, key, secretOf);
      if (found === null) return null;
      const { issues, blockers, config, endpoints } = found;
      const complaints = issues.map(({ path, message }) => `${path} ${message}`);
      return JSON.stringify([
        complaints,
        blockers.map(({ key: by }) => by),
        config === null ? null : bodyOf(config),
        endpoints,
      ]);
    };
    for (let step = 0; step < 100; step++) {
      const object = anObject(random);
      const { kind, metadata } = object;
      const { name, namespace = "" } = metadata;
      let affected: Set<string>;
      if (random() < 0.15) {
        const secret = `${namespace}/${name}`;
        if (!secrets.delete(secret))
          secrets.set(secret, { namespace, name, data: new Map([["password", newSecret("s")]]) });
        affected = affectedBySecret(mesh, namespace, name);
      } else if (random() < 0.25) {
        raw.delete(`${kind} ${namespace}/${name}`);
        affected = removeLiveObject(mesh, kind as Kind, namespace, name);
      } else {
        raw.set(`${kind} ${namespace}/${name}`, object);
        affected = put(mesh, object);
      }
      for (const key of affected) {
        evaluations++;
        const now = text(key);
        if (now === null) known.delete(key);
        else known.set(key, now);
      }
      for (const key of raw.keys())
        expect(`${seed}.${step} ${key} ${known.get(key)}`).toBe(`${seed}.${step} ${key} ${text(key)}`);
      if (step % 10 !== 9) continue;
      // Against the other way to the same end: every VirtualDatabase alone in a mesh of all that is sound.
      for (const [key, object] of raw) {
        if (object.kind !== "VirtualDatabase") continue;
        const config = evaluate(mesh, key, secretOf)?.config ?? null;
        if (config === null) continue;
        configs++;
        const others = [...raw.values()].filter(
          ({ kind, metadata }) => kind !== "VirtualDatabase" && metadata.namespace === object.metadata.namespace,
        );
        const manifests = readManifestValues([object, ...others].map((value) => ({ value, source: aSource() })));
        const input = { ...manifests, secrets: [...secrets.values()] };
        const [database] = resolveMesh(input, { secretsAreComplete: true }).mesh.databases;
        if (database === undefined) throw new Error(`${key} is gone`);
        expect(bodyOf(config)).toBe(bodyOf(translate(database)));
      }
    }
  }
  expect(configs).toBeGreaterThan(40);
  expect(evaluations).toBeGreaterThan(1500);
});

const aSource = () => ({ file: "x", isWritten: () => true, positionOf: () => ({ file: "x", line: 0, column: 0 }) });

test("a change touches those who use the object, and nobody else", () => {
  const mesh = newLiveMesh();
  const api = "core.database-mesh.io/v1alpha1";
  for (let index = 0; index < 200; index++) {
    const metadata = { name: `d${index}`, namespace: "shop" };
    const databaseMySQL = { user: "u", password: "p" };
    put(mesh, {
      apiVersion: api,
      kind: "VirtualDatabase",
      metadata,
      spec: { services: [{ name: "s", databaseMySQL, trafficStrategy: `d${index}` }] },
    });
    put(mesh, {
      apiVersion: api,
      kind: "TrafficStrategy",
      metadata,
      spec: { selector: { matchLabels: { app: `d${index}` } } },
    });
    const MySQL = { host: "h", port: 3306, user: "u", db: "", passwordSecretRef: { name: `d${index}` } };
    put(mesh, {
      apiVersion: api,
      kind: "DatabaseEndpoint",
      metadata: { ...metadata, labels: { app: `d${index}` } },
      spec: { database: { MySQL } },
    });
  }
  const strategy = { apiVersion: api, kind: "TrafficStrategy", metadata: { name: "d7", namespace: "shop" } };
  expect(
    [
      ...put(mesh, {
        ...strategy,
        spec: { selector: { matchLabels: { app: "d7" } }, circuitBreaks: [{ regex: "x" }] },
      }),
    ].sort(),
  ).toEqual(["TrafficStrategy shop/d7", "VirtualDatabase shop/d7"]);
  const moved = put(mesh, { ...strategy, spec: { selector: { matchLabels: { app: "d8" } } } });
  expect([...moved].sort()).toEqual(["TrafficStrategy shop/d7", "VirtualDatabase shop/d7"]);
  const three = ["DatabaseEndpoint shop/d9", "TrafficStrategy shop/d9", "VirtualDatabase shop/d9"];
  expect([...affectedBySecret(mesh, "shop", "d9")].sort()).toEqual(three);
  expect([...removeLiveObject(mesh, "DatabaseEndpoint", "shop", "d9")].sort()).toEqual(three);
  expect(mesh.users.has("Secret shop/d9")).toBe(false);
  expect([...affectedBySecret(mesh, "other", "d9"), ...removeLiveObject(mesh, "QoSClaim", "shop", "d9")]).toEqual([]);
});

test("a mesh that is empty again holds nothing", () => {
  const mesh = newLiveMesh();
  const objects = objectsIn("node-group.in.yaml");
  for (const object of objects) put(mesh, object);
  for (const { kind, metadata } of objects)
    removeLiveObject(mesh, kind as Kind, metadata.namespace ?? "default", metadata.name);
  for (const map of Object.values(mesh)) expect((map as Map<string, unknown>).size).toBe(0);
});
