import { afterEach, expect, test } from "bun:test";
import { createObject, deleteObject, mergeObject } from "../kube/crud.ts";
import { SECRETS } from "../kube/resource.ts";
import { reveal } from "../lib/secret.ts";
import type { SecretState } from "../mesh/live/evaluate.ts";
import { eventually } from "../testkit/eventually.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { newSecretReader, type SecretAccess } from "./secret-reader.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

async function aReader(access: SecretAccess) {
  const clock = virtualClock();
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, clock);
  const changes: string[] = [];
  const wanted = new Set(["default/a", "default/b"]);
  const reader = newSecretReader({
    ...{ client, access, isWanted: (key) => wanted.has(key) },
    onChange: (namespace, name) => changes.push(`${namespace}/${name}`),
  });
  rig.onTearDown(reader.stop);
  const secret = (name: string, password: string) => {
    const metadata = { namespace: "default", name };
    return { apiVersion: "v1", kind: "Secret", metadata, data: { password: btoa(password) } };
  };
  const password = () => {
    const state = reader.stateOf("default", "a");
    return state.kind === "known" ? reveal(state.secret.data.get("password") ?? expectSecret(state)) : state.kind;
  };
  const reads = () =>
    cluster.requests.filter(({ method, path }) => method === "GET" && path.includes("/secrets/")).length;
  return { clock, cluster, client, reader, changes, wanted, secret, password, reads };
}

function expectSecret(state: SecretState): never {
  throw new Error(`no password in ${JSON.stringify(state)}`);
}

test("newSecretReader() reads a Secret once when it is asked for, then every half a minute", async () => {
  const { clock, client, changes, secret, password, reads } = await aReader("get");
  await createObject(client, SECRETS, secret("a", "one"));
  expect([password(), password()]).toEqual(["unknown", "unknown"]);
  await eventually(() => changes.length === 1);
  expect([password(), reads()]).toEqual(["one", 1]);
  await mergeObject(client, SECRETS, { namespace: "default", name: "a" }, { data: { password: btoa("two") } });
  clock.advance(20_000);
  expect(reads()).toBe(1);
  clock.advance(20_000);
  await eventually(() => changes.length === 2);
  expect(password()).toBe("two");
  clock.advance(40_000);
  await eventually(() => reads() === 3);
  expect(changes).toEqual(["default/a", "default/a"]);
});

test("newSecretReader() tells a Secret that is missing from one that may not be read, and keeps what it knows meanwhile", async () => {
  const { clock, cluster, client, changes, secret, password, reader } = await aReader("get");
  expect(password()).toBe("unknown");
  await eventually(() => changes.length === 1);
  expect(password()).toBe("missing");
  await createObject(client, SECRETS, secret("a", "one"));
  clock.advance(40_000);
  await eventually(() => password() === "one");
  cluster.faults.push({ times: 1, path: /secrets/, effect: { kind: "status", status: 500 } });
  clock.advance(40_000);
  await eventually(() => cluster.faults.length === 0);
  expect(password()).toBe("one");
  cluster.faults.push({ times: 100, path: /secrets/, effect: { kind: "status", status: 403 } });
  await eventually(() => {
    clock.advance(1_000);
    return password() === "forbidden";
  });
  const state = reader.stateOf("default", "a");
  expect(state.kind === "forbidden" && state.reason).toContain("grant get on it to the controller's ServiceAccount");
});

test("newSecretReader() that watches hears of a change at once, and asks for no value that nobody wants", async () => {
  const { client, cluster, changes, secret, password, reads } = await aReader("watch");
  await createObject(client, SECRETS, secret("a", "one"));
  await createObject(client, SECRETS, secret("stranger", "x"));
  password();
  await eventually(() => password() === "one");
  await mergeObject(client, SECRETS, { namespace: "default", name: "a" }, { data: { password: btoa("two") } });
  await eventually(() => password() === "two");
  await deleteObject(client, SECRETS, { namespace: "default", name: "a" });
  await eventually(() => password() === "missing");
  expect(changes.filter((key) => key !== "default/a")).toEqual([]);
  expect(cluster.requests.some(({ path }) => path.includes("stranger"))).toBe(false);
  expect(reads()).toBeLessThanOrEqual(4);
});

test("newSecretReader() forgets what nobody refers to, and reads nothing when it must not", async () => {
  const { clock, client, wanted, changes, secret, password, reads } = await aReader("get");
  await createObject(client, SECRETS, secret("a", "one"));
  password();
  await eventually(() => changes.length === 1);
  wanted.clear();
  clock.advance(40_000);
  await eventually(() => clock.waiting() === 0);
  clock.advance(400_000);
  expect(reads()).toBe(1);
  const none = await aReader("none");
  expect(none.password()).toBe("forbidden");
  expect(none.cluster.requests).toEqual([]);
});
