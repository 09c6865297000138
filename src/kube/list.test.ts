import { afterEach, expect, test } from "bun:test";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { aWidget, defineWidgets, WIDGETS } from "../testkit/kube/widget.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { createObject } from "./crud.ts";
import { listObjects } from "./list.ts";
import { SECRETS } from "./resource.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

test("listObjects() takes all in one page when the moment of its pages has expired", async () => {
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, virtualClock());
  await defineWidgets(client);
  for (const name of ["a", "b", "c"]) await createObject(client, WIDGETS, aWidget("default", name));
  cluster.requests.length = 0;
  cluster.faults.push({ times: 1, path: /continue=/, effect: { kind: "status", status: 410 } });
  const { objects } = await listObjects(client, WIDGETS, {}, { pageSize: 2 });
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
  expect(cluster.requests.map(({ path }) => path.replace(/continue=[^&]+/, "continue=..."))).toEqual([
    "/apis/contract.pisanix.io/v1/widgets?limit=2",
    "/apis/contract.pisanix.io/v1/widgets?limit=2&continue=...",
    "/apis/contract.pisanix.io/v1/widgets",
  ]);
});

test("listObjects() fills in what items of built-in kinds do not say", async () => {
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, virtualClock());
  const metadata = { namespace: "default", name: "x" };
  await createObject(client, SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data: {} });
  const { objects } = await listObjects(client, SECRETS, { namespace: "default" });
  expect(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(["v1 Secret"]);
});
