/** What the controller gives a proxy is what `render` prints, byte for byte, for every golden input that an API server takes. */
import { afterEach, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isKind, type Kind } from "../api/kinds.ts";
import { plainProxyConfig } from "../api/print-proxy-config.ts";
import { isMapping } from "../api/schema-walk.ts";
import { createObject } from "../kube/crud.ts";
import { systemClock } from "../lib/clock.ts";
import { hasErrors } from "../lib/issue.ts";
import { readYaml } from "../lib/yaml.ts";
import { renderMesh } from "../mesh/render.ts";
import { addNamespace } from "../testkit/kube/cluster.ts";
import { defineMesh } from "../testkit/kube/mesh-objects.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { recordingLogger } from "../testkit/log.ts";
import { newConfigStore } from "./config-store.ts";
import { type MeshObject, resourceOf } from "./mesh-resources.ts";
import { startReconciler } from "./reconcile.ts";

const FOLDER = join(import.meta.dir, "../../testdata/mesh");
const rig = newKubeRig();
afterEach(rig.tearDown);

/** Objects of our kinds, Lists taken apart, in their namespaces. */
function objectsIn(text: string, name: string): MeshObject[] {
  const values = readYaml(text, name).documents.map(({ value }) => value);
  const flat = values.flatMap((value) =>
    isMapping(value) && Array.isArray(value["items"]) ? value["items"] : [value],
  );
  const ours = flat.filter((value) => isMapping(value) && isKind(String(value["kind"]))) as MeshObject[];
  return ours.map((object) => ({ ...object, metadata: { namespace: "default", ...object.metadata } }));
}

const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".in.yaml"));
let compared = 0;

for (const name of NAMES) {
  const text = readFileSync(join(FOLDER, name), "utf8");
  const rendered = renderMesh([{ file: name, text }]);
  if (hasErrors(rendered.issues)) continue;
  test(`the controller's configurations of ${name} are those of render`, async () => {
    const cluster = rig.cluster();
    const client = rig.client(cluster.url, systemClock);
    await defineMesh(client);
    for (const object of objectsIn(text, name)) {
      addNamespace(cluster.store, object.metadata.namespace ?? "");
      await createObject(client, resourceOf(object.kind as Kind), object);
    }
    const store = newConfigStore();
    const reconciler = startReconciler({
      ...{ client, store, recorder: { tell() {}, stop: async () => {} }, log: recordingLogger() },
      ...{ secretAccess: "none", isLeader: () => false, onReconciled() {}, onPublished() {}, onStatusWritten() {} },
      countProxies: () => ({ connected: 0, current: 0, pending: 0, silent: 0, rejected: 0, error: "" }),
    });
    rig.onTearDown(reconciler.stop);
    await reconciler.ready;
    // As `render -o json --show-secrets` prints them.
    const printed = [...store.configs].map(
      ([key, { body }]) => `${key} ${JSON.stringify(JSON.parse(body), null, 2)}\n`,
    );
    const expected = rendered.databases.map(({ namespace, name: own, config }) => {
      return `${namespace}/${own} ${JSON.stringify(plainProxyConfig(config, { showSecrets: true }), null, 2)}\n`;
    });
    expect(printed.sort()).toEqual(expected.sort());
    compared += printed.length;
  });
}

test("there was something to compare", () => {
  expect(compared).toBeGreaterThan(8);
});
