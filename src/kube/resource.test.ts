import { expect, test } from "bun:test";
import { WIDGETS } from "../testkit/kube/widget.ts";
import { keyOf, MUTATING_WEBHOOKS, pathOf, SECRETS } from "./resource.ts";

test("pathOf() names objects and collections of core and other groups", () => {
  expect(pathOf(SECRETS)).toBe("/api/v1/secrets");
  expect(pathOf(SECRETS, { namespace: "a", name: "b" })).toBe("/api/v1/namespaces/a/secrets/b");
  const widget = { namespace: "a", name: "b", subresource: "status" } as const;
  expect(pathOf(WIDGETS, widget)).toBe("/apis/contract.pisanix.io/v1/namespaces/a/widgets/b/status");
  expect(pathOf(MUTATING_WEBHOOKS, { name: "x" })).toBe(
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/x",
  );
});

test("pathOf() lets no name lead elsewhere", () => {
  expect(pathOf(SECRETS, { namespace: "a/b", name: "c?d" })).toBe("/api/v1/namespaces/a%2Fb/secrets/c%3Fd");
  expect(() => pathOf(SECRETS, { namespace: "a", name: ".." })).toThrow("no steps upwards");
});

test("keyOf() is namespace/name, or the name alone", () => {
  expect(keyOf({ metadata: { namespace: "a", name: "b" } })).toBe("a/b");
  expect(keyOf({ metadata: { name: "b" } })).toBe("b");
});
