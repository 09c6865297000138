import { expect, test } from "bun:test";
import { aTrio, meshObject } from "../testkit/kube/mesh-objects.ts";
import { validateReview } from "./validate-review.ts";

const aReview = (kind: string, object: object | null, oldObject: object | null = null) => ({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: {
    uid: "u1",
    kind: { group: "core.database-mesh.io", version: "v1alpha1", kind },
    namespace: "ns",
    object,
    oldObject,
  },
});

const strategy = (regex: string) =>
  meshObject("TrafficStrategy", "ns", "s", { selector: {}, circuitBreaks: [{ regex: [regex] }] });

test("validateReview() refuses what could never be rendered, with place and remedy", () => {
  const answer = validateReview(aReview("TrafficStrategy", strategy("(?=x)")));
  expect(answer?.response).toMatchObject({ uid: "u1", allowed: false, status: { code: 422, reason: "Invalid" } });
  expect(JSON.stringify(answer)).toContain(
    "TrafficStrategy ns/s is invalid: spec.circuitBreaks[0].regex[0]: does not compile",
  );
});

test("validateReview() lets references be, and warns of passwords without saying them", () => {
  const [database] = aTrio("ns", "shop");
  const answer = validateReview(aReview("VirtualDatabase", database ?? null));
  expect(answer?.response).toMatchObject({ allowed: true });
  expect(JSON.stringify(answer)).toContain("databaseMySQL.password: is readable");
  expect(JSON.stringify(answer)).not.toContain("hunter2");
});

test("validateReview() lets an old mistake be that is not touched, and what is being deleted", () => {
  const old = strategy("(");
  const labelled = { ...old, metadata: { ...old.metadata, labels: { a: "b" } } };
  expect(validateReview(aReview("TrafficStrategy", labelled, old))?.response.allowed).toBe(true);
  expect(validateReview(aReview("TrafficStrategy", strategy("(("), old))?.response.allowed).toBe(false);
  const deleted = { ...strategy("("), metadata: { name: "s", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  expect(validateReview(aReview("TrafficStrategy", deleted, old))?.response.allowed).toBe(true);
});

test("validateReview() allows what it knows nothing of, and has no answer to what is no review", () => {
  expect(validateReview(aReview("Pod", { metadata: {} }))?.response).toEqual({ uid: "u1", allowed: true } as never);
  expect(validateReview(aReview("TrafficStrategy", null))?.response.allowed).toBe(true);
  for (const wrong of [
    null,
    [],
    {},
    { kind: "AdmissionReview" },
    { ...aReview("Pod", {}), apiVersion: "admission.k8s.io/v1beta1" },
  ]) {
    expect(validateReview(wrong)).toBeNull();
  }
});
