/** What we take for granted of an API server when single objects are read and written: on the fake one and on a real one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SERVERS, type TestServer } from "../testkit/kube/servers.ts";
import { aWidget, defineWidgets, removeWidgets, WIDGETS, type Widget } from "../testkit/kube/widget.ts";
import type { ApiError } from "./api-error.ts";
import { call } from "./client.ts";
import {
  applyObject,
  applyStatus,
  createObject,
  deleteObject,
  getObject,
  mergeObject,
  patchObject,
  replaceObject,
} from "./crud.ts";
import { pathOf } from "./resource.ts";

/** How the server refuses: HTTP status, reason, and the fields that it complains about. */
async function refusal(made: Promise<unknown>): Promise<{ status: number; reason: string; fields: string[] }> {
  const error = await made.then(
    () => null,
    (thrown: ApiError) => thrown,
  );
  if (error === null) throw new Error("it was not refused");
  const fields = (error.body?.details?.causes ?? []).map((cause) => cause.field ?? "");
  return { status: error.status, reason: error.reason, fields: fields.sort() };
}

for (const [name, start] of Object.entries(SERVERS)) {
  describe(`objects of ${name}`, () => {
    let server: TestServer;
    let count = 0;
    /** A widget of its own for every test. */
    const made = (part: Partial<Widget["spec"]> = {}) => {
      return createObject(server.client, WIDGETS, aWidget(server.namespace, `w${++count}`, part));
    };
    const named = (widget: Widget) => ({ namespace: server.namespace, name: widget.metadata.name });

    beforeAll(async () => {
      server = await start();
      await defineWidgets(server.client);
    });
    afterAll(async () => {
      await removeWidgets(server.client);
      await server.stop();
    });

    test("create fills in defaults, drops unknown fields and status, and gives uid, version and generation", async () => {
      const wanted = {
        ...aWidget(server.namespace, "first", { size: 3, parts: [{ name: "a" }] }),
        status: { isReady: true },
      };
      Object.assign(wanted.spec, { junk: 1 });
      const widget = await createObject(server.client, WIDGETS, wanted);
      expect(widget.spec).toEqual({ size: 3, color: "red", parts: [{ name: "a" }] });
      expect(widget.status).toBeUndefined();
      expect(widget.metadata.generation).toBe(1);
      expect(widget.metadata.uid).toMatch(/^[-0-9a-f]{36}$/);
      expect(widget.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(await getObject(server.client, WIDGETS, named(widget))).toEqual(widget);
      const again = createObject(server.client, WIDGETS, aWidget(server.namespace, "first"));
      expect(await refusal(again)).toMatchObject({ status: 409, reason: "AlreadyExists" });
    });

    test("create drops null where a field may not be null, and gives the default", async () => {
      const wanted = aWidget(server.namespace, "nulls");
      Object.assign(wanted.spec, { color: null, note: null, tags: null });
      expect((await createObject(server.client, WIDGETS, wanted)).spec).toEqual({ size: 1, color: "red" });
      const required = aWidget(server.namespace, "null-size");
      Object.assign(required.spec, { size: null });
      expect(await refusal(createObject(server.client, WIDGETS, required))).toMatchObject({ status: 422 });
    });

    test("create refuses all that is wrong at once", async () => {
      const parts = [{ name: "a" }, { name: "a" }];
      const wrong = aWidget(server.namespace, "Bad_Name", { size: 0, color: "green", parts, tags: ["UPPER"] });
      expect(await refusal(createObject(server.client, WIDGETS, wrong))).toEqual({
        status: 422,
        reason: "Invalid",
        fields: ["metadata.name", "spec.color", "spec.parts[1]", "spec.size", "spec.tags[0]"],
      });
      const missing = { ...aWidget(server.namespace, "missing"), spec: {} } as Widget;
      expect(await refusal(createObject(server.client, WIDGETS, missing))).toMatchObject({ fields: ["spec.size"] });
      const text = aWidget(server.namespace, "text", { size: "3" as unknown as number });
      expect(await refusal(createObject(server.client, WIDGETS, text))).toMatchObject({ fields: ["spec.size"] });
    });

    test("create with dryRun stores nothing, and strict reading refuses unknown fields", async () => {
      const path = pathOf(WIDGETS, { namespace: server.namespace });
      const body = aWidget(server.namespace, "dry");
      await call(server.client, { method: "POST", path, body, query: { dryRun: "All" } });
      expect(await refusal(getObject(server.client, WIDGETS, named(body)))).toMatchObject({ status: 404 });
      Object.assign(body.spec, { junk: 1 });
      const strict = call(server.client, { method: "POST", path, body, query: { fieldValidation: "Strict" } });
      expect(await refusal(strict)).toMatchObject({ status: 400, reason: "BadRequest" });
    });

    test("what is not there is 404, for every verb", async () => {
      const nobody = { namespace: server.namespace, name: "nobody" };
      const notThere = { status: 404, reason: "NotFound" };
      expect(await refusal(getObject(server.client, WIDGETS, nobody))).toMatchObject(notThere);
      expect(await refusal(deleteObject(server.client, WIDGETS, nobody))).toMatchObject(notThere);
      expect(await refusal(mergeObject(server.client, WIDGETS, nobody, { spec: { size: 2 } }))).toMatchObject(notThere);
      expect(await refusal(applyStatus(server.client, WIDGETS, nobody, {}, "test"))).toMatchObject(notThere);
    });

    test("replace wants the version that was read, and counts a generation for a change of spec alone", async () => {
      const widget = await made();
      const larger = await replaceObject(server.client, WIDGETS, { ...widget, spec: { ...widget.spec, size: 2 } });
      expect(larger.metadata.generation).toBe(2);
      const stale = replaceObject(server.client, WIDGETS, { ...widget, spec: { ...widget.spec, size: 3 } });
      expect(await refusal(stale)).toMatchObject({ status: 409, reason: "Conflict" });
      const { resourceVersion: _, ...metadata } = larger.metadata;
      const blind = replaceObject(server.client, WIDGETS, { ...larger, metadata });
      expect(await refusal(blind)).toMatchObject({ status: 422, fields: ["metadata.resourceVersion"] });
      const labelled = { ...larger, metadata: { ...larger.metadata, labels: { a: "b" } } };
      const relabelled = await replaceObject(server.client, WIDGETS, labelled);
      expect(relabelled.metadata.generation).toBe(2);
      expect(relabelled.metadata.resourceVersion).not.toBe(larger.metadata.resourceVersion);
    });

    test("a write that changes nothing gives no new version", async () => {
      const widget = await made();
      const { resourceVersion } = widget.metadata;
      const replaced = await replaceObject(server.client, WIDGETS, widget);
      const merged = await mergeObject(server.client, WIDGETS, named(widget), { spec: { size: 1 } });
      expect([replaced, merged].map(({ metadata }) => metadata.resourceVersion)).toEqual([
        resourceVersion,
        resourceVersion,
      ]);
    });

    test("a merge patch lays fields over, and null removes them", async () => {
      const widget = await made({ note: "x" });
      const merged = await mergeObject(server.client, WIDGETS, named(widget), { spec: { size: 7, note: null } });
      expect(merged.spec).toEqual({ size: 7, color: "red" });
      const wrong = mergeObject(server.client, WIDGETS, named(widget), { spec: { size: 0 } });
      expect(await refusal(wrong)).toMatchObject({ status: 422, fields: ["spec.size"] });
    });

    test("a JSON patch does all of its steps or none", async () => {
      const widget = await made({ tags: ["a"] });
      const path = "/spec/size";
      const changed = await patchObject(server.client, WIDGETS, named(widget), [
        { op: "test", path, value: 1 },
        { op: "replace", path, value: 5 },
        { op: "add", path: "/spec/tags/-", value: "b" },
        { op: "add", path: "/metadata/annotations", value: { "a/b": "~" } },
      ]);
      expect(changed.spec).toMatchObject({ size: 5, tags: ["a", "b"] });
      expect(changed.metadata.annotations).toEqual({ "a/b": "~" });
      const untrue = patchObject(server.client, WIDGETS, named(widget), [
        { op: "remove", path: "/spec/tags" },
        { op: "test", path, value: 6 },
      ]);
      expect(await refusal(untrue)).toMatchObject({ status: 422, reason: "Invalid" });
      expect((await getObject(server.client, WIDGETS, named(widget))).spec.tags).toEqual(["a", "b"]);
      const escaped = await patchObject(server.client, WIDGETS, named(widget), [
        { op: "remove", path: "/metadata/annotations/a~1b" },
      ]);
      expect(escaped.metadata.annotations ?? {}).toEqual({});
    });

    test("an unknown kind of patch is 415", async () => {
      const path = pathOf(WIDGETS, named(await made()));
      const contentType = "application/strategic-merge-patch+json";
      const asked = call(server.client, { method: "PATCH", path, contentType, body: {} });
      expect(await refusal(asked)).toMatchObject({ status: 415, reason: "UnsupportedMediaType" });
    });

    test("status and the rest are written apart, and only the rest counts generations", async () => {
      const widget = await made();
      const path = pathOf(WIDGETS, { ...named(widget), subresource: "status" });
      const body = { ...widget, spec: { size: 9 }, status: { isReady: true } };
      const written = (await call(server.client, { method: "PUT", path, body })) as Widget;
      expect(written).toMatchObject({ spec: { size: 1 }, status: { isReady: true }, metadata: { generation: 1 } });
      const replaced = await replaceObject(server.client, WIDGETS, {
        ...written,
        spec: { size: 2 },
        status: { isReady: false },
      });
      expect(replaced).toMatchObject({ spec: { size: 2 }, status: { isReady: true }, metadata: { generation: 2 } });
    });

    test("a finalizer keeps an object that is deleted, marked, until it is gone", async () => {
      const widget = await made();
      await mergeObject(server.client, WIDGETS, named(widget), {
        metadata: { finalizers: ["contract.pisanix.io/wait"] },
      });
      await deleteObject(server.client, WIDGETS, named(widget));
      const marked = await getObject(server.client, WIDGETS, named(widget));
      expect(marked.metadata.deletionTimestamp).toMatch(/^\d{4}-/);
      await mergeObject(server.client, WIDGETS, named(widget), { metadata: { finalizers: null } });
      expect(await refusal(getObject(server.client, WIDGETS, named(widget)))).toMatchObject({ status: 404 });
    });

    test("apply creates, and takes away what is no longer stated", async () => {
      const target = { namespace: server.namespace, name: "applied" };
      const apply = (spec: object, manager = "one") => applyObject(server.client, WIDGETS, target, { spec }, manager);
      const created = await apply({ size: 2, note: "x", parts: [{ name: "a", weight: 1 }, { name: "b" }] });
      expect(created.spec).toMatchObject({ size: 2, color: "red", note: "x" });
      const reduced = await apply({ size: 2, parts: [{ name: "a" }] });
      expect(reduced.spec).toEqual({ size: 2, color: "red", parts: [{ name: "a" }] });
      const same = await apply({ size: 2, parts: [{ name: "a" }] });
      expect(same.metadata.resourceVersion).toBe(reduced.metadata.resourceVersion);
    });

    test("apply of two managers: lists with keys are shared, a field is fought for", async () => {
      const target = { namespace: server.namespace, name: "shared" };
      const path = pathOf(WIDGETS, target);
      const apply = (manager: string, spec: object, force: boolean) => {
        const body = { apiVersion: "contract.pisanix.io/v1", kind: "Widget", metadata: target, spec };
        const query = { fieldManager: manager, force: String(force) };
        return call(server.client, { method: "PATCH", path, query, body, contentType: "application/apply-patch+yaml" });
      };
      await apply("one", { size: 2, parts: [{ name: "a" }] }, false);
      const both = (await apply("two", { size: 2, parts: [{ name: "b" }] }, false)) as Widget;
      expect(both.spec.parts).toEqual([{ name: "a" }, { name: "b" }]);
      const fight = apply("two", { size: 3, parts: [{ name: "b" }] }, false);
      expect(await refusal(fight)).toEqual({ status: 409, reason: "Conflict", fields: [".spec.size"] });
      const forced = (await apply("two", { size: 3, parts: [{ name: "b" }] }, true)) as Widget;
      expect(forced.spec).toMatchObject({ size: 3, parts: [{ name: "a" }, { name: "b" }] });
      const left = (await apply("one", { size: 3 }, false)) as Widget;
      expect(left.spec.parts).toEqual([{ name: "b" }]);
    });

    test("applyStatus() states conditions beside those of others, and takes back its own only", async () => {
      const widget = await made();
      const conditions = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: "True" })) });
      await applyStatus(server.client, WIDGETS, named(widget), conditions("Theirs"), "them");
      await applyStatus(server.client, WIDGETS, named(widget), { isReady: true, ...conditions("Ours", "Old") }, "us");
      const written = await applyStatus(server.client, WIDGETS, named(widget), conditions("Ours"), "us");
      expect(written.status).toEqual(conditions("Theirs", "Ours"));
      expect(written.metadata.generation).toBe(1);
      expect(written.spec).toEqual(widget.spec);
      const same = await applyStatus(server.client, WIDGETS, named(widget), conditions("Ours"), "us");
      expect(same.metadata.resourceVersion).toBe(written.metadata.resourceVersion);
    });
  });
}
