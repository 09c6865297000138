import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reveal } from "../lib/secret.ts";
import { withScratch } from "../testkit/scratch.ts";
import { runCommand, tryCommand } from "../testkit/servers/command.ts";
import { bitString, integer, objectIdentifier, sequence, time } from "./der.ts";
import { complaintOfPair, isSignedBy, newAuthority, newLeaf, readCertificate } from "./x509.ts";

const NOW_MS = Date.UTC(2026, 5, 1, 12, 0, 0);
const DAY_MS = 86_400_000;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const aLeaf = (
  authority: Awaited<ReturnType<typeof newAuthority>>,
  hosts: string[],
  purpose: "server" | "client" = "server",
) =>
  newLeaf(authority, {
    subject: { commonName: "pisanix", organization: "system:masters" },
    ...{ purpose, hosts, nowMs: NOW_MS, validMs: 90 * DAY_MS },
  });

test("DER has the shortest lengths and numbers, and times as RFC 5280 wants them", () => {
  expect(hex(integer(Uint8Array.of(0)))).toBe("020100");
  expect(hex(integer(Uint8Array.of(0, 0, 1)))).toBe("020101");
  expect(hex(integer(Uint8Array.of(0x80)))).toBe("02020080");
  expect(hex(objectIdentifier("1.2.840.10045.4.3.2"))).toBe("06082a8648ce3d040302");
  expect(hex(sequence(bitString(new Uint8Array(200))).subarray(0, 6))).toBe("3081cc0381c9");
  expect(hex(sequence(bitString(new Uint8Array(70_000))).subarray(0, 5))).toBe("3083011176");
  const text = (ms: number) => Buffer.from(time(ms).subarray(2)).toString("latin1");
  expect(text(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).toBe("491231235959Z");
  expect(text(Date.UTC(2050, 0, 1))).toBe("20500101000000Z");
});

test("openssl verifies what newAuthority() and newLeaf() make, strictly, and for each host", async () => {
  const authority = await newAuthority({ commonName: "pisanix-ca", organization: "pisanix" }, NOW_MS, 3650 * DAY_MS);
  const hosts = ["pisanix", "pisanix.mesh.svc", "127.0.0.1", "fd00::1:2", "::1"];
  const leaf = await aLeaf(authority, hosts);
  await withScratch(async (folder) => {
    const file = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const ca = await file("ca.pem", authority.cert);
    const cert = await file("cert.pem", leaf.cert);
    const key = await file("key.pem", reveal(leaf.key));
    const verify = [
      "openssl",
      "verify",
      "-x509_strict",
      "-purpose",
      "sslserver",
      "-attime",
      String(NOW_MS / 1000),
      "-CAfile",
      ca,
    ];
    expect(await runCommand([...verify, "-verify_hostname", "pisanix.mesh.svc", cert])).toContain("OK");
    for (const address of ["127.0.0.1", "fd00::1:2", "::1"]) {
      expect(await runCommand([...verify, "-verify_ip", address, cert])).toContain("OK");
    }
    expect((await tryCommand([...verify, "-verify_hostname", "other", cert])).exitCode).not.toBe(0);
    expect((await tryCommand([...verify.toSpliced(4, 1, "sslclient"), cert])).exitCode).not.toBe(0);
    expect(
      (
        await tryCommand([
          ...verify,
          await file(
            "wrong.pem",
            (await aLeaf(await newAuthority({ commonName: "pisanix-ca", organization: "pisanix" }, NOW_MS, DAY_MS), []))
              .cert,
          ),
        ])
      ).exitCode,
    ).not.toBe(0);
    const publicKeys = [
      ["x509", "-in", cert, "-noout", "-pubkey"],
      ["pkey", "-in", key, "-pubout"],
    ];
    const [ofCert, ofKey] = await Promise.all(publicKeys.map((args) => runCommand(["openssl", ...args])));
    expect(ofCert).toBe(ofKey ?? "");
    const text = await runCommand(["openssl", "x509", "-in", cert, "-noout", "-text"]);
    expect(text).toContain("Version: 3 (0x2)");
    expect(text).toContain("Issuer: O = pisanix, CN = pisanix-ca");
    expect(text).toContain("Subject: O = system:masters, CN = pisanix");
    expect(text).toMatch(/Not Before: Jun {2}1 11:55:00 2026 GMT\s+Not After : Aug 30 12:00:00 2026 GMT/);
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    const ofAuthority = await runCommand(["openssl", "x509", "-in", ca, "-noout", "-text"]);
    expect(ofAuthority).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(ofAuthority).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/);
  });
});

test("newLeaf() signs for clients, too", async () => {
  const authority = await newAuthority({ commonName: "ca" }, NOW_MS, 3650 * DAY_MS);
  const leaf = await aLeaf(authority, [], "client");
  await withScratch(async (folder) => {
    await writeFile(join(folder, "ca"), authority.cert);
    await writeFile(join(folder, "cert"), leaf.cert);
    const argv = ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-attime", String(NOW_MS / 1000)];
    expect(await runCommand([...argv, "-CAfile", join(folder, "ca"), join(folder, "cert")])).toContain("OK");
  });
});

test("readCertificate() and its companions tell what we need to know", async () => {
  const authority = await newAuthority({ commonName: "ca" }, NOW_MS, 3650 * DAY_MS);
  const [leaf, other] = [await aLeaf(authority, ["a.test", "10.0.0.1"]), await aLeaf(authority, ["b.test"])];
  expect(readCertificate(leaf.cert)).toEqual({
    notBeforeMs: NOW_MS - 300_000,
    notAfterMs: NOW_MS + 90 * DAY_MS,
    hosts: ["DNS:a.test", "IP Address:10.0.0.1"],
  });
  expect(complaintOfPair(leaf)).toBeNull();
  expect(complaintOfPair({ cert: leaf.cert, key: other.key })).toBe("the key is not that of the certificate");
  expect(complaintOfPair({ cert: "rubbish", key: leaf.key })).not.toBeNull();
  expect(isSignedBy(leaf.cert, authority.cert)).toBe(true);
  expect(isSignedBy(leaf.cert, (await newAuthority({ commonName: "ca" }, NOW_MS, DAY_MS)).cert)).toBe(false);
  expect(JSON.stringify(leaf) + Bun.inspect(leaf)).not.toContain("PRIVATE");
});

test("certificates have serial numbers of their own", async () => {
  const authority = await newAuthority({ commonName: "ca" }, NOW_MS, 3650 * DAY_MS);
  const certs = await Promise.all(Array.from({ length: 20 }, () => aLeaf(authority, ["a"])));
  expect(new Set(certs.map(({ cert }) => cert)).size).toBe(20);
});
