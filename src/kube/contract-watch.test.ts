/** What we take for granted of an API server's lists and watches: on the fake one and on a real one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SERVERS, type TestServer } from "../testkit/kube/servers.ts";
import { aWidget, defineWidgets, removeWidgets, WIDGETS, type Widget } from "../testkit/kube/widget.ts";
import { ApiError, isExpired } from "./api-error.ts";
import { call } from "./client.ts";
import { applyStatus, createObject, deleteObject, mergeObject, replaceObject } from "./crud.ts";
import { startInformer } from "./informer.ts";
import { listObjects } from "./list.ts";
import { pathOf } from "./resource.ts";
import { INITIAL_EVENTS_END, type WatchEvent, type WatchOptions, watchOnce } from "./watch.ts";

for (const [name, start] of Object.entries(SERVERS)) {
  describe(`lists and watches of ${name}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await start();
      await defineWidgets(server.client);
    });
    afterAll(async () => {
      await removeWidgets(server.client);
      await server.stop();
    });

    /** Names of this test alone, by a label. */
    const scopeOf = (label: string) => ({ namespace: server.namespace, labelSelector: `test=${label}` });
    const make = (label: string, own: string, size = 1) => {
      return createObject(
        server.client,
        WIDGETS,
        aWidget(server.namespace, `${label}-${own}`, { size }, { test: label }),
      );
    };
    const named = (widget: Widget) => ({ namespace: server.namespace, name: widget.metadata.name });
    const namesOf = (objects: readonly Widget[]) => objects.map(({ metadata }) => metadata.name);

    /** Events until there are `count`. */
    const watchFor = async (count: number, options: Partial<WatchOptions>) => {
      const controller = new AbortController();
      const events: WatchEvent<Widget>[] = [];
      const defaults = { resourceVersion: undefined, sendsInitial: false, signal: controller.signal };
      for await (const chunk of watchOnce(server.client, WIDGETS, { ...defaults, ...options })) {
        events.push(...chunk);
        if (events.length >= count) break;
      }
      controller.abort();
      return events.map(({ type, object }) => `${type} ${object.metadata.name ?? ""}`.trim());
    };

    test("a list comes in pages of one moment", async () => {
      for (const own of ["a", "b", "c", "d", "e"]) await make("pages", own);
      const path = pathOf(WIDGETS, { namespace: server.namespace });
      const query = { limit: "2", labelSelector: "test=pages" };
      const first = (await call(server.client, { method: "GET", path, query })) as {
        items: Widget[];
        metadata: { continue: string; resourceVersion: string };
      };
      expect(namesOf(first.items)).toEqual(["pages-a", "pages-b"]);
      await make("pages", "bb");
      await deleteObject(server.client, WIDGETS, { namespace: server.namespace, name: "pages-e" });
      const more = { ...query, limit: "10", continue: first.metadata.continue };
      const rest = (await call(server.client, { method: "GET", path, query: more })) as typeof first;
      expect(namesOf(rest.items)).toEqual(["pages-c", "pages-d", "pages-e"]);
      expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      const listed = await listObjects(server.client, WIDGETS, scopeOf("pages"), { pageSize: 2 });
      expect(namesOf(listed.objects)).toEqual(["pages-a", "pages-b", "pages-bb", "pages-c", "pages-d"]);
    });

    test("selectors choose by label and by name, and a wrong continue token is 400", async () => {
      const widget = await make("select", "a");
      const byName = { namespace: server.namespace, fieldSelector: `metadata.name=${widget.metadata.name}` };
      expect(namesOf((await listObjects(server.client, WIDGETS, byName)).objects)).toEqual(["select-a"]);
      const several = { namespace: server.namespace, labelSelector: "test in (select,other),test!=other,!missing" };
      expect(namesOf((await listObjects(server.client, WIDGETS, several)).objects)).toEqual(["select-a"]);
      const path = pathOf(WIDGETS, { namespace: server.namespace });
      const wrong = call(server.client, { method: "GET", path, query: { limit: "1", continue: "?" } });
      const error: unknown = await wrong.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ApiError);
      expect((error as ApiError).status).toBe(400);
    });

    test("a watch goes on where a list ended, and tells what happened to an object in order", async () => {
      const { resourceVersion } = await listObjects(server.client, WIDGETS, scopeOf("order"));
      const widget = await make("order", "a");
      await mergeObject(server.client, WIDGETS, named(widget), { spec: { size: 2 } });
      await applyStatus(server.client, WIDGETS, named(widget), { isReady: true }, "test");
      await deleteObject(server.client, WIDGETS, named(widget));
      expect(await watchFor(4, { ...scopeOf("order"), resourceVersion })).toEqual([
        "ADDED order-a",
        "MODIFIED order-a",
        "MODIFIED order-a",
        "DELETED order-a",
      ]);
    });

    test("for a watch with a selector an object that loses the label is deleted, and one that gets it is new", async () => {
      const widget = await make("gain", "a");
      const { resourceVersion } = await listObjects(server.client, WIDGETS, scopeOf("gain"));
      const label = (test: string) =>
        mergeObject(server.client, WIDGETS, named(widget), { metadata: { labels: { test } } });
      await label("other");
      await label("gain");
      const seen = await watchFor(2, { ...scopeOf("gain"), resourceVersion });
      expect(seen).toEqual(["DELETED gain-a", "ADDED gain-a"]);
    });

    test("a watch from before what the server remembers is refused as expired", async () => {
      await make("expired", "a");
      server.fake?.compact();
      const seen = watchFor(1, { ...scopeOf("expired"), resourceVersion: "1" });
      expect(isExpired(await seen.catch((thrown: unknown) => thrown))).toBe(true);
    });

    test("a watch ends when its time is over, and the stream ends cleanly", async () => {
      const path = pathOf(WIDGETS, { namespace: server.namespace });
      const query = new URLSearchParams({ watch: "1", timeoutSeconds: "1", labelSelector: "test=nothing" });
      const { headers, session } = await server.client.credentials.access();
      const response = await session.fetch(`${server.client.credentials.server}${path}?${query}`, { headers });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("");
    });

    test("a list can be the beginning of a watch (WatchList), which says where it ends", async () => {
      await make("initial", "a");
      await make("initial", "b");
      const controller = new AbortController();
      const events: WatchEvent<Widget>[] = [];
      const options = {
        ...scopeOf("initial"),
        resourceVersion: undefined,
        sendsInitial: true,
        signal: controller.signal,
      };
      for await (const chunk of watchOnce(server.client, WIDGETS, options)) {
        events.push(...chunk);
        if (events.some(({ type }) => type === "BOOKMARK")) break;
      }
      controller.abort();
      expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED", "BOOKMARK"]);
      const end = events[2]?.object.metadata;
      expect(end?.annotations?.[INITIAL_EVENTS_END]).toBe("true");
      const resourceVersion = end?.resourceVersion;
      await make("initial", "c");
      expect(await watchFor(1, { ...scopeOf("initial"), resourceVersion })).toEqual(["ADDED initial-c"]);
    });

    test("metadata alone can be listed and watched", async () => {
      await make("partial", "a");
      const scope = { ...scopeOf("partial"), isMetadataOnly: true };
      const { objects } = await listObjects(server.client, WIDGETS, scope);
      expect(objects.map(({ kind, metadata, spec }) => [kind, metadata.name, spec as unknown])).toEqual([
        ["PartialObjectMetadata", "partial-a", undefined],
      ]);
      const seen: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const options = { client: server.client, resource: WIDGETS, ...scope };
      const informer = startInformer({
        ...options,
        onChange({ key, now }) {
          seen.push(`${key} ${now?.spec === undefined}`);
          if (seen.length === 2) resolve();
        },
      });
      await informer.synced;
      await make("partial", "b");
      await promise;
      expect(seen).toEqual([`${server.namespace}/partial-a true`, `${server.namespace}/partial-b true`]);
      await informer.stop();
    });

    test.each([true, false])(
      "startInformer() misses no change while many write (WatchList: %p)",
      async (usesWatchList) => {
        const label = `many-${usesWatchList}`;
        const scope = scopeOf(label);
        for (let index = 0; index < 20; index++) await make(label, String(index));
        let changes = 0;
        const last = new Map<string, number>();
        const { promise, resolve } = Promise.withResolvers<void>();
        const informer = startInformer({
          ...{ client: server.client, resource: WIDGETS, ...scope, usesWatchList },
          onChange({ key, now }) {
            changes++;
            if (now === null) last.delete(key);
            else last.set(key, now.spec.size);
            if (last.size === 18 && [...last.values()].every((size) => size === 6)) resolve();
          },
        });
        await informer.synced;
        expect([changes, informer.objects.size]).toEqual([20, 20]);
        const write = async (widget: Widget) => {
          let current = widget;
          for (let size = 2; size <= 6; size++) {
            current = await replaceObject(server.client, WIDGETS, { ...current, spec: { ...current.spec, size } });
          }
          if (/-(3|7)$/.test(widget.metadata.name)) await deleteObject(server.client, WIDGETS, named(widget));
        };
        const { objects } = await listObjects(server.client, WIDGETS, scope);
        await Promise.all(objects.map(write));
        await promise;
        expect(changes).toBe(20 + 20 * 5 + 2);
        expect(informer.objects.get(`${server.namespace}/${label}-0`)?.metadata.managedFields).toBeUndefined();
        await informer.stop();
      },
    );
  });
}
