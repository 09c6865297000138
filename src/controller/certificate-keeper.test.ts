import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reveal } from "../lib/secret.ts";
import { type KeyPair, newAuthority, newLeaf } from "../lib/x509.ts";
import { eventually } from "../testkit/eventually.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { keepCertificate } from "./certificate-keeper.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const NOW_MS = Date.UTC(2026, 5, 1);

async function issue(folder: string): Promise<{ authority: KeyPair; leaf: KeyPair }> {
  const authority = await newAuthority({ commonName: "ca" }, NOW_MS, 1e9);
  const subject = { commonName: "x" };
  const leaf = await newLeaf(authority, { subject, purpose: "server", hosts: ["x"], nowMs: NOW_MS, validMs: 1e9 });
  await writeFile(join(folder, "ca.crt"), authority.cert);
  await writeFile(join(folder, "tls.key"), reveal(leaf.key));
  await writeFile(join(folder, "tls.crt"), leaf.cert);
  return { authority, leaf };
}

test("keepCertificate() of files says whom to trust, and says it again when another authority has signed them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pisanix-keeper-"));
  rig.onTearDown(() => rm(folder, { recursive: true }));
  const clock = virtualClock();
  const first = await issue(folder);
  const served: string[] = [];
  const trusts: string[] = [];
  const keeper = await keepCertificate({
    ...{ source: { kind: "files", folder }, client: rig.client("http://127.0.0.1:9", clock), namespace: "mesh" },
    ...{ hosts: ["x"], webhookConfigurations: [], isLeader: () => true, log: recordingLogger() },
    onPair: ({ cert }) => served.push(cert),
    onTrusted: () => trusts.push(keeper.trusted()),
  });
  rig.onTearDown(keeper.stop);
  expect([served, keeper.trusted(), trusts]).toEqual([[first.leaf.cert], first.authority.cert, []]);
  const second = await issue(folder);
  // The folder's watch tells, or the look once a minute.
  clock.advance(61_000);
  await eventually(() => trusts.length === 1);
  expect([served.at(-1), trusts]).toEqual([second.leaf.cert, [second.authority.cert]]);
});
