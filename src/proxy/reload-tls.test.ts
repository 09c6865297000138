/** Another certificate, and whether TLS is needed, in a running proxy. */
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { ListenerTlsConfig } from "../api/proxy-config.ts";
import { newSecret } from "../lib/secret.ts";
import { newAuthority, newLeaf } from "../lib/x509.ts";
import { brief, query } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const file = (name: string) => join(REPOSITORY, "testdata", "tls", `${name}.pem`);
const OF_FILES: ListenerTlsConfig = { mode: "optional", cert: file("server"), key: newSecret(file("server.key")) };

const serialOf = (client: FakeClient) => (client.stream.socket as TLSSocket).getPeerCertificate().serialNumber;
const serialShown = async ({ port }: ProxyUnderTest) => serialOf(await rig.client({ port, isTls: true }));

test("a certificate that stays is not made anew, another one is shown to whoever logs in from now on", async () => {
  const { tested } = await rig.pair();
  const client = await rig.client({ port: tested.port, isTls: true });
  tested.reload({ listeners: [{ pool_size: 2 }] });
  expect(await serialShown(tested)).toBe(serialOf(client));
  tested.reload({ listeners: [{ tls: OF_FILES }] });
  const ofFiles = await serialShown(tested);
  expect(ofFiles).not.toBe(serialOf(client));
  const now = Date.UTC(2026, 0, 1);
  const authority = await newAuthority({ commonName: "ca" }, now, 86_400_000);
  const purpose = { subject: { commonName: "x" }, purpose: "server" as const, hosts: ["localhost"] };
  const { cert, key } = await newLeaf(authority, { ...purpose, nowMs: now, validMs: 86_400_000 });
  tested.reload({ listeners: [{ tls: { mode: "optional", cert, key } }] });
  expect(await serialShown(tested)).not.toBe(ofFiles);
  expect(brief(await query(client, "SELECT 1"))).toBe("OK");
});

test("sessions without TLS stay when it becomes required, and are refused from then on", async () => {
  const { tested } = await rig.pair();
  const client = await rig.client({ port: tested.port });
  tested.reload({ listeners: [{ tls: { ...OF_FILES, mode: "required" } }] });
  expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  expect(rig.client({ port: tested.port })).rejects.toThrow("3159");
  await rig.client({ port: tested.port, isTls: true });
  tested.reload({ listeners: [{ tls: { mode: "disabled", cert: "", key: newSecret("") } }] });
  await rig.client({ port: tested.port });
});
