import { expect, test } from "bun:test";
import type { Kind } from "../api/kinds.ts";
import { newSecret } from "../lib/secret.ts";
import { evaluate, type SecretOf } from "./live/evaluate.ts";
import { newLiveMesh, putLiveObject } from "./live/live-mesh.ts";
import { type Condition, conditionsOf, type Programmed, timedConditions, transitionsBetween } from "./status.ts";

const API = "core.database-mesh.io/v1alpha1";

/** A sound mesh, in which single objects can be replaced, or taken out with null. */
function aMesh(changes: Record<string, object | null> = {}) {
  const ref = { passwordSecretRef: { name: "login" } };
  const specs: Record<string, object | null> = {
    "VirtualDatabase shop": {
      services: [{ name: "s", databaseMySQL: { user: "u", ...ref }, trafficStrategy: "rules" }],
    },
    "TrafficStrategy rules": { selector: { matchLabels: { app: "shop" } } },
    "DatabaseEndpoint db": { database: { MySQL: { host: "h", port: 3306, user: "u", db: "", ...ref } } },
    ...changes,
  };
  const mesh = newLiveMesh();
  for (const [key, spec] of Object.entries(specs)) {
    const [kind = "", name = ""] = key.split(" ");
    const metadata = { namespace: "ns", name, labels: { app: "shop" } };
    if (spec !== null) putLiveObject(mesh, kind as Kind, "ns", name, { apiVersion: API, kind, metadata, spec });
  }
  return mesh;
}

const known: SecretOf = (namespace, name) => {
  return { kind: "known", secret: { namespace, name, data: new Map([["password", newSecret("hunter2")]]) } };
};

function conditions(
  key: string,
  options: { changes?: Record<string, object | null>; secretOf?: SecretOf; programmed?: Programmed } = {},
) {
  const [kind = "", name = ""] = key.split(" ");
  const found = evaluate(aMesh(options.changes), `${kind} ns/${name}`, options.secretOf ?? known);
  if (found === null) throw new Error(`no ${key}`);
  return conditionsOf(found, 3, options.programmed ?? { kind: "programmed" });
}

const short = (list: ReturnType<typeof conditions>) =>
  list.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

test("conditionsOf() of what is sound is True, of the generation that was looked at", () => {
  const list = conditions("VirtualDatabase shop");
  expect(short(list)).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
    "Programmed=True Programmed",
  ]);
  expect(new Set(list.map(({ observedGeneration }) => observedGeneration))).toEqual(new Set([3]));
  expect(short(conditions("DatabaseEndpoint db"))).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
  ]);
  expect(short(conditions("TrafficStrategy rules")).length).toBe(3);
});

test("conditionsOf() says what is wrong with the spec, where, and what to do", () => {
  const services = [{ name: "s", databaseMySQL: { port: 99_999 }, trafficStrategy: "rules", typo: 1 }];
  const [accepted, resolved, programmed] = conditions("VirtualDatabase shop", {
    changes: { "VirtualDatabase shop": { services } },
  });
  expect([accepted?.status, accepted?.reason]).toEqual(["False", "Invalid"]);
  expect(accepted?.message).toContain("spec.services[0].typo: unknown field; known here:");
  expect(accepted?.message).toContain(
    "spec.services[0].databaseMySQL.port: must be a whole number from 1 to 65535, but is 99999",
  );
  expect(resolved?.status).toBe("True");
  expect(programmed).toMatchObject({
    status: "False",
    reason: "Invalid",
    message: expect.stringContaining("proxies keep"),
  });
});

test("conditionsOf() calls two services on one port a conflict", () => {
  const service = (name: string) => ({
    name,
    databaseMySQL: { user: "u", passwordSecretRef: { name: "login" } },
    trafficStrategy: "rules",
  });
  const changes = { "VirtualDatabase shop": { services: [service("a"), service("b")] } };
  expect(short(conditions("VirtualDatabase shop", { changes }))[0]).toBe("Accepted=False Conflict");
});

test("conditionsOf() names references that lead nowhere, with the name that was meant", () => {
  const services = [{ name: "s", databaseMySQL: {}, trafficStrategy: "rule" }];
  const [accepted, resolved] = conditions("VirtualDatabase shop", {
    changes: { "VirtualDatabase shop": { services } },
  });
  expect([accepted?.status, resolved?.reason]).toEqual(["True", "RefNotFound"]);
  expect(resolved?.message).toBe(
    'spec.services[0].trafficStrategy: namespace ns has no TrafficStrategy "rule"; did you mean "rules"?',
  );
  const changes = { "TrafficStrategy rules": { selector: { matchLabels: { app: "shp" } } } };
  expect(conditions("TrafficStrategy rules", { changes })[1]).toMatchObject({
    ...{ status: "False", reason: "RefNotFound", message: expect.stringContaining("did you mean app=shop?") },
  });
});

test("conditionsOf() names what stands in the way of a VirtualDatabase", () => {
  const changes = { "TrafficStrategy rules": { selector: {}, circuitBreaks: [{ regex: ["("] }] } };
  const list = conditions("VirtualDatabase shop", { changes });
  expect(short(list)).toEqual(["Accepted=True Accepted", "ResolvedRefs=False InvalidRef", "Programmed=False Invalid"]);
  expect(list[1]?.message).toStartWith("TrafficStrategy ns/rules: spec.circuitBreaks[0].regex[0]: does not compile");
  const endpoint = {
    "DatabaseEndpoint db": { database: { MySQL: { host: "h", port: 0, user: "u", db: "", password: "x" } } },
  };
  expect(conditions("VirtualDatabase shop", { changes: endpoint })[1]?.message).toContain("DatabaseEndpoint ns/db: ");
});

test("conditionsOf() tells Secrets apart that are missing, wrong, forbidden or not yet read", () => {
  const resolved = (secretOf: SecretOf) => conditions("DatabaseEndpoint db", { secretOf })[1];
  expect(resolved(() => ({ kind: "missing" }))).toMatchObject({ status: "False", reason: "RefNotFound" });
  const empty: SecretOf = (namespace, name) => ({ kind: "known", secret: { namespace, name, data: new Map() } });
  expect(resolved(empty)).toMatchObject({
    status: "False",
    reason: "InvalidSecret",
    message: expect.stringContaining('no key "password"'),
  });
  expect(resolved(() => ({ kind: "forbidden", reason: "RBAC says no" }))).toMatchObject({
    ...{ status: "False", reason: "RefNotPermitted", message: "Secret login may not be read: RBAC says no" },
  });
  expect(resolved(() => ({ kind: "unknown" }))).toMatchObject({ status: "Unknown", reason: "Pending" });
  const blocked = conditions("VirtualDatabase shop", { secretOf: () => ({ kind: "missing" }) });
  expect(short(blocked)).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=False RefNotFound",
    "Programmed=False Invalid",
  ]);
});

test("conditionsOf() warns of passwords that are written down, and says none of them", () => {
  const changes = {
    "DatabaseEndpoint db": { database: { MySQL: { host: "h", port: 3306, user: "u", db: "", password: "hunter2" } } },
  };
  const list = conditions("DatabaseEndpoint db", { changes });
  expect(short(list)).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
    "Warnings=True PlaintextPassword",
  ]);
  expect(list[2]?.message).toContain("spec.database.MySQL.password: is readable");
  expect(JSON.stringify(list)).not.toContain("hunter2");
});

test("conditionsOf() says how far proxies are", () => {
  const programmed = (state: Programmed) => short(conditions("VirtualDatabase shop", { programmed: state }))[2];
  expect(programmed({ kind: "pending" })).toBe("Programmed=False Pending");
  expect(programmed({ kind: "no-proxies" })).toBe("Programmed=False NoProxies");
  expect(programmed({ kind: "unused" })).toBe("Programmed=False NotUsed");
  const rejected = conditions("VirtualDatabase shop", {
    programmed: { kind: "rejected", error: "port 3306 is taken" },
  })[2];
  expect(rejected).toMatchObject({ reason: "ProxyRejected", message: "a proxy keeps what it has: port 3306 is taken" });
});

test("lastTransitionTime moves only with the status, and transitions are changes of status or reason", () => {
  const at = (type: string, status: Condition["status"], reason: string, lastTransitionTime: string): Condition => {
    return { type, status, reason, lastTransitionTime, message: "m", observedGeneration: 1 };
  };
  const before = [at("Accepted", "True", "Accepted", "t0"), at("Programmed", "False", "Pending", "t0")];
  const findings = [
    { type: "Accepted", status: "True", reason: "Accepted", message: "other", observedGeneration: 2 },
    { type: "Programmed", status: "False", reason: "NoProxies", message: "m", observedGeneration: 2 },
    { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", message: "m", observedGeneration: 2 },
  ] as const;
  const now = timedConditions(findings, before, "t1");
  expect(now.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(["t0", "t0", "t1"]);
  expect(transitionsBetween(before, now).map(({ type }) => type)).toEqual(["Programmed", "ResolvedRefs"]);
  expect(transitionsBetween(now, now)).toEqual([]);
});
