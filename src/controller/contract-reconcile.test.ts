/** The controller on an API server with our definitions: on the fake one and on a real one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Kind } from "../api/kinds.ts";
import { ApiError } from "../kube/api-error.ts";
import { createObject, deleteObject, mergeObject } from "../kube/crud.ts";
import { systemClock } from "../lib/clock.ts";
import { aTrio, conditionsAt, createMesh, defineMesh, meshObject } from "../testkit/kube/mesh-objects.ts";
import { SERVERS, type TestServer } from "../testkit/kube/servers.ts";
import { recordingLogger } from "../testkit/log.ts";
import { configOf, newConfigStore } from "./config-store.ts";
import { resourceOf } from "./mesh-resources.ts";
import { acknowledge, countProxies, newProxyRegistry } from "./proxy-registry.ts";
import { type Reconciler, startReconciler } from "./reconcile.ts";

for (const [name, start] of Object.entries(SERVERS)) {
  describe(`the controller on ${name}`, () => {
    let server: TestServer;
    let reconciler: Reconciler;
    const store = newConfigStore();
    const registry = newProxyRegistry((changed) => reconciler.proxiesChanged(changed));
    let written = 0;
    beforeAll(async () => {
      server = await start();
      await defineMesh(server.client);
      reconciler = startReconciler({
        ...{ client: server.client, store, recorder: { tell() {}, stop: async () => {} }, log: recordingLogger() },
        ...{ secretAccess: "none", isLeader: () => true, onReconciled() {}, onPublished() {} },
        onStatusWritten: () => written++,
        countProxies: (key, version) => countProxies(registry, key, version),
      });
      await reconciler.ready;
    });
    afterAll(async () => {
      await reconciler.stop();
      for (const object of aTrio(server.namespace, "shop")) {
        const named = { namespace: server.namespace, name: "shop" };
        await deleteObject(server.client, resourceOf(object.kind as Kind), named);
      }
      await server.stop();
    });

    const key = () => `${server.namespace}/shop`;
    const become = async (kind: Kind, ...wanted: string[]) => {
      const now = () => conditionsAt(server.client, kind, server.namespace, "shop");
      while ((await now()).join() !== wanted.join()) await new Promise<void>((resolve) => setImmediate(resolve));
    };
    const sound = ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"];

    test("objects come, change and are found wrong, and their status says so", async () => {
      await createMesh(server.client, aTrio(server.namespace, "shop"));
      await become(
        "TrafficStrategy",
        "Accepted=True Accepted",
        "Programmed=False NoProxies",
        "ResolvedRefs=True ResolvedRefs",
      );
      await become("DatabaseEndpoint", ...sound, "Warnings=True PlaintextPassword");
      const version = configOf(store, key())?.version ?? "";
      acknowledge(registry, key(), "pod", { version, status: "applied", error: "" }, systemClock.monotonicMs());
      const warning = "Warnings=True PlaintextPassword";
      await become(
        "VirtualDatabase",
        "Accepted=True Accepted",
        "Programmed=True Programmed",
        "ResolvedRefs=True ResolvedRefs",
        warning,
      );
      const named = { namespace: server.namespace, name: "shop" };
      await mergeObject(server.client, resourceOf("TrafficStrategy"), named, {
        spec: { selector: { matchLabels: { app: "none" } } },
      });
      await become(
        "TrafficStrategy",
        "Accepted=True Accepted",
        "Programmed=False Invalid",
        "ResolvedRefs=False RefNotFound",
      );
      await become(
        "VirtualDatabase",
        "Accepted=True Accepted",
        "Programmed=False Invalid",
        "ResolvedRefs=False InvalidRef",
        warning,
      );
      expect(configOf(store, key())?.version).toBe(version);
      await mergeObject(server.client, resourceOf("TrafficStrategy"), named, {
        spec: { selector: { matchLabels: { app: "shop" } } },
      });
      await become(
        "VirtualDatabase",
        "Accepted=True Accepted",
        "Programmed=True Programmed",
        "ResolvedRefs=True ResolvedRefs",
        warning,
      );
    });

    test("nothing is written where nothing changes", async () => {
      await reconciler.queue.idle();
      const before = written;
      reconciler.lookAtAll();
      await reconciler.queue.idle();
      expect(written).toBe(before);
    });

    test("the definitions refuse what the schemas refuse", async () => {
      const wrong = meshObject("DatabaseEndpoint", server.namespace, "wrong", {
        database: { MySQL: { host: "", port: 99_999, user: "u", db: "d", password: "x" } },
      });
      const refused: unknown = await createObject(server.client, resourceOf("DatabaseEndpoint"), wrong).catch(
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(ApiError);
      expect((refused as ApiError).body?.details?.causes?.map(({ field }) => field).sort()).toEqual([
        "spec.database.MySQL.host",
        "spec.database.MySQL.port",
      ]);
    });
  });
}
