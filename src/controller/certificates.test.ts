import { afterEach, expect, test } from "bun:test";
import { createObject, getObject, mergeObject, replaceObject } from "../kube/crud.ts";
import { MUTATING_WEBHOOKS, SECRETS, VALIDATING_WEBHOOKS } from "../kube/resource.ts";
import { isSignedBy, type KeyPair, readCertificate } from "../lib/x509.ts";
import { eventually } from "../testkit/eventually.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { startSelfCertificates } from "./certificates.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const SECRET = { namespace: "default", name: "pisanix-webhook-tls" };
const HOSTS = ["pisanix-controller.mesh.svc", "pisanix-controller.mesh"];
const DAY_MS = 86_400_000;

async function aRig() {
  const clock = virtualClock();
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, clock);
  const log = recordingLogger();
  const webhook = (name: string) => ({
    name,
    clientConfig: { service: { namespace: "mesh", name: "pisanix-controller" } },
  });
  const configuration = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "pisanix" } };
  for (const [resource, names] of [
    [MUTATING_WEBHOOKS, ["pods.pisanix.io", "labelled.pisanix.io"]],
    [VALIDATING_WEBHOOKS, ["manifests.pisanix.io"]],
  ] as const) {
    await createObject(client, resource, {
      ...configuration,
      kind: resource.kind,
      webhooks: names.map(webhook),
    } as never);
  }
  const replica = (isLeader: boolean) => {
    const leader = { is: isLeader };
    const pairs: KeyPair[] = [];
    const trusts: string[] = [];
    const certificates = startSelfCertificates({
      ...{ client, namespace: SECRET.namespace, secretName: SECRET.name, hosts: HOSTS, log },
      ...{ webhookConfigurations: ["pisanix", "absent"], isLeader: () => leader.is },
      onPair: (pair) => pairs.push(pair),
      onTrusted: () => trusts.push(certificates.trusted()),
    });
    rig.onTearDown(certificates.stop);
    return { leader, pairs, trusts, certificates };
  };
  const bundles = async () => {
    const all = [
      await getObject(client, MUTATING_WEBHOOKS, { name: "pisanix" }),
      await getObject(client, VALIDATING_WEBHOOKS, { name: "pisanix" }),
    ];
    return all.flatMap(({ webhooks = [] }) => webhooks.map(({ clientConfig }) => atob(clientConfig.caBundle ?? "")));
  };
  const trustedBy = async (text: string) => (await bundles()).every((bundle) => bundle === text);
  /** Lets time pass until `check` holds, but not while a request is under way: an answer takes no time here. */
  const pass = (check: () => boolean) => {
    return eventually(() => {
      if (client.permits.free === 32) clock.advance(250);
      return check();
    });
  };
  const until = async (check: () => Promise<boolean>) => {
    while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { clock, cluster, client, log, replica, bundles, trustedBy, until, pass };
}

test("the leader makes a certificate, has every webhook trust it, and all replicas serve it", async () => {
  const { client, replica, trustedBy, until, bundles } = await aRig();
  const follower = replica(false);
  const leader = replica(true);
  await Promise.all([follower.certificates.ready, leader.certificates.ready]);
  expect(follower.pairs[0]?.cert).toBe(leader.pairs[0]?.cert ?? "none");
  await until(() => trustedBy(leader.certificates.trusted()));
  expect((await bundles()).length).toBe(3);
  expect(isSignedBy(leader.pairs[0]?.cert ?? "", leader.certificates.trusted())).toBe(true);
  expect([leader.trusts, follower.trusts]).toEqual(Array(2).fill([leader.certificates.trusted()]));
  expect(readCertificate(leader.pairs[0]?.cert ?? "").hosts).toEqual(HOSTS.map((host) => `DNS:${host}`));
  const { type, data = {} } = await getObject(client, SECRETS, SECRET);
  expect([type, atob(data["ca.crt"] ?? "")]).toEqual(["kubernetes.io/tls", leader.certificates.trusted()]);
});

test("a leaf is renewed at two thirds of its life by the same authority, and nothing has to be trusted anew", async () => {
  const { clock, replica, trustedBy, until, pass } = await aRig();
  const leader = replica(true);
  await leader.certificates.ready;
  const trusted = leader.certificates.trusted();
  await until(() => trustedBy(trusted));
  clock.advance(61 * DAY_MS);
  await pass(() => leader.pairs.length === 2);
  expect(leader.certificates.trusted()).toBe(trusted);
  expect(isSignedBy(leader.pairs[1]?.cert ?? "", trusted)).toBe(true);
});

test("an authority is trusted by webhooks, and told to who tells proxies, before anything that it signed is served, and after", async () => {
  const { clock, client, replica, trustedBy, until, pass } = await aRig();
  const leader = replica(true);
  await leader.certificates.ready;
  const old = leader.certificates.trusted();
  await until(() => trustedBy(old));
  clock.advance(2_434 * DAY_MS);
  await pass(() => leader.trusts.length === 2);
  const both = leader.trusts[1] ?? "";
  const served = leader.pairs.length;
  expect([both.startsWith(old), both.split("BEGIN CERTIFICATE").length - 1]).toEqual([true, 2]);
  await until(() => trustedBy(both));
  await pass(() => leader.pairs.length > served);
  // A kubelet needs a minute to bring the ConfigMap of a proxy up to date.
  const { preparedMs, servedMs } = JSON.parse(
    atob((await getObject(client, SECRETS, SECRET)).data?.["state.json"] ?? ""),
  );
  expect(servedMs - preparedMs).toBeGreaterThanOrEqual(120_000);
  expect(isSignedBy(leader.pairs.at(-1)?.cert ?? "", both.slice(old.length))).toBe(true);
  await pass(() => leader.trusts.length === 3);
  expect(leader.trusts[2]).toBe(both.slice(old.length));
  const { data = {} } = await getObject(client, SECRETS, SECRET);
  expect(atob(data["ca.crt"] ?? "")).toBe(both.slice(old.length));
});

test("a bundle that somebody reverts is put right, by the leader only", async () => {
  const { clock, client, replica, trustedBy, until } = await aRig();
  const leader = replica(true);
  const follower = replica(false);
  await Promise.all([follower.certificates.ready, leader.certificates.ready]);
  await until(() => trustedBy(leader.certificates.trusted()));
  const object = await getObject(client, MUTATING_WEBHOOKS, { name: "pisanix" });
  const webhooks = (object.webhooks ?? []).map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: btoa("old") },
  }));
  await replaceObject(client, MUTATING_WEBHOOKS, { ...object, webhooks });
  leader.leader.is = false;
  leader.certificates.look();
  follower.leader.is = true;
  follower.certificates.look();
  await until(() => trustedBy(follower.certificates.trusted()));
  expect(clock.waiting()).toBeGreaterThan(0);
});

test("a Secret that cannot be used is replaced, and what is served is served until then", async () => {
  const { client, log, replica, until, trustedBy } = await aRig();
  const leader = replica(true);
  await leader.certificates.ready;
  await mergeObject(client, SECRETS, SECRET, { data: { "tls.key": btoa("rubbish") } });
  await eventually(() => leader.pairs.length === 2);
  expect(log.lines.map(({ message }) => message)).toContain("the Secret of the webhook certificates cannot be used");
  await until(() => trustedBy(leader.certificates.trusted()));
  expect(isSignedBy(leader.pairs[1]?.cert ?? "", leader.certificates.trusted())).toBe(true);
});

test("two leaders at once, as there are for a moment, end with one certificate", async () => {
  const { replica, trustedBy, until } = await aRig();
  const [a, b] = [replica(true), replica(true)];
  await Promise.all([a.certificates.ready, b.certificates.ready]);
  await eventually(() => a.pairs.at(-1)?.cert === b.pairs.at(-1)?.cert);
  await until(() => trustedBy(a.certificates.trusted()));
  expect(a.certificates.trusted()).toBe(b.certificates.trusted());
});

test("an API server that does not answer is asked again", async () => {
  const { cluster, log, replica, pass } = await aRig();
  cluster.faults.push({ times: 2, method: "POST", path: /secrets/, effect: { kind: "status", status: 500 } });
  const leader = replica(true);
  await pass(() => leader.pairs.length === 1);
  expect(log.lines.filter(({ level }) => level === "WARN").length).toBe(2);
});
