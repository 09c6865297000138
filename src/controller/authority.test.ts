import { afterEach, expect, test } from "bun:test";
import { deleteObject, getObject } from "../kube/crud.ts";
import { CONFIG_MAPS } from "../kube/resource.ts";
import { eventually } from "../testkit/eventually.ts";
import { addNamespace } from "../testkit/kube/cluster.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { startAuthorities } from "./authority.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

async function aRig() {
  const clock = virtualClock();
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, clock);
  const log = recordingLogger();
  const state = { isLeader: true, trusted: "A", namespaces: ["shop", "bank"], asked: 0 };
  for (const namespace of state.namespaces) addNamespace(cluster.store, namespace);
  const authorities = startAuthorities({
    ...{ client, log, trusted: () => state.trusted },
    isLeader() {
      state.asked++;
      return state.isLeader;
    },
    namespaces: () => state.namespaces,
    hasDatabases: (namespace) => state.namespaces.includes(namespace),
  });
  rig.onTearDown(authorities.stop);
  const read = async (namespace: string) => {
    const found = await getObject(client, CONFIG_MAPS, { namespace, name: "pisanix-ca" }).catch(() => null);
    return found?.data ?? null;
  };
  const written = () => cluster.requests.filter(({ method }) => method === "PATCH").length;
  const until = async (check: () => Promise<boolean>) => {
    while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const holds = (namespace: string, text: string) => until(async () => (await read(namespace))?.["ca.crt"] === text);
  return { clock, cluster, client, log, state, authorities, read, written, holds };
}

test("the leader puts what is to be trusted into every namespace with a VirtualDatabase, and again when it changes", async () => {
  const { state, authorities, holds } = await aRig();
  authorities.lookAtAll();
  await holds("shop", "A");
  await holds("bank", "A");
  state.trusted = "AB";
  authorities.lookAtAll();
  await holds("shop", "AB");
  await holds("bank", "AB");
});

test("a namespace that changes often is written once, and what somebody took away comes back", async () => {
  const { clock, client, authorities, written, holds } = await aRig();
  for (let times = 0; times < 5; times++) {
    authorities.look("shop");
    await holds("shop", "A");
  }
  expect(written()).toBe(1);
  await deleteObject(client, CONFIG_MAPS, { namespace: "shop", name: "pisanix-ca" });
  clock.advance(800_000);
  await holds("shop", "A");
  expect(written()).toBe(2);
});

test("nothing is written by a replica that does not lead, before there is a certificate, and where there is no VirtualDatabase", async () => {
  const { state, authorities, written, read, holds } = await aRig();
  const decided = async (namespace: string, change: Partial<typeof state>) => {
    Object.assign(state, change);
    const { asked } = state;
    authorities.look(namespace);
    await eventually(() => state.asked > asked);
  };
  await decided("shop", { isLeader: false });
  await decided("shop", { isLeader: true, trusted: "" });
  await decided("shop", { trusted: "A", namespaces: ["bank"] });
  await decided("bank", {});
  await holds("bank", "A");
  expect([written(), await read("shop")]).toEqual([1, null]);
});

test("an API server that refuses is asked again, and the log says where", async () => {
  const { clock, cluster, log, authorities, holds } = await aRig();
  cluster.faults.push({ times: 1, method: "PATCH", effect: { kind: "status", status: 403 } });
  authorities.look("shop");
  await eventually(() => log.lines.length === 1);
  expect(log.lines[0]).toMatchObject({ level: "WARN", fields: { namespace: "shop" } });
  clock.advance(1_000);
  await holds("shop", "A");
});
