import { afterEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reveal } from "../lib/secret.ts";
import { type KeyPair, newAuthority, newLeaf } from "../lib/x509.ts";
import { eventually } from "../testkit/eventually.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { type CertificateFiles, openCertificateFiles } from "./certificate-files.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const ends: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function pairs(count: number): Promise<KeyPair[]> {
  const authority = await newAuthority({ commonName: "ca" }, NOW_MS, 1e9);
  const options = {
    subject: { commonName: "x" },
    purpose: "server",
    hosts: ["x"],
    nowMs: NOW_MS,
    validMs: 1e9,
  } as const;
  return Promise.all(Array.from({ length: count }, () => newLeaf(authority, options)));
}

/** A volume as the kubelet keeps it: files that lead through a link to a folder that is swapped as a whole. */
async function aVolume() {
  const folder = await mkdtemp(join(tmpdir(), "pisanix-volume-"));
  ends.push(() => rm(folder, { recursive: true }));
  let version = 0;
  const swap = async (cert: string, key: string) => {
    const name = `..${++version}`;
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "tls.crt"), cert);
    await writeFile(join(folder, name, "tls.key"), key);
    await symlink(name, join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    if (version > 1) return;
    for (const file of ["tls.crt", "tls.key"]) await symlink(join("..data", file), join(folder, file));
  };
  return { folder, swap };
}

async function open(folder: string) {
  const clock = virtualClock();
  const changes: KeyPair[] = [];
  const complaints: string[] = [];
  const files: CertificateFiles = await openCertificateFiles({
    ...{ folder, clock },
    onChange: (pair) => changes.push(pair),
    onComplaint: (complaint) => complaints.push(complaint),
  });
  ends.push(files.stop);
  return { clock, changes, complaints, files };
}

test("openCertificateFiles() follows every swap of a mounted Secret, not the first one only", async () => {
  const { folder, swap } = await aVolume();
  const [first, ...later] = await pairs(4);
  if (first === undefined) throw new Error("no pairs");
  await swap(first.cert, reveal(first.key));
  const { changes, files } = await open(folder);
  for (const [index, pair] of later.entries()) {
    await swap(pair.cert, reveal(pair.key));
    await eventually(() => changes.length === index + 1);
    expect(files.current().cert).toBe(pair.cert);
  }
});

test("a pair that cannot be served is reported once, and the last good one stays", async () => {
  const { folder, swap } = await aVolume();
  const [good, other] = await pairs(2);
  if (good === undefined || other === undefined) throw new Error("no pairs");
  await swap(good.cert, reveal(good.key));
  const { complaints, changes, files } = await open(folder);
  await swap(good.cert, reveal(other.key));
  await eventually(() => complaints.length === 1);
  await files.look();
  await files.look();
  await swap("rubbish", "rubbish");
  await eventually(() => complaints.length === 2);
  expect(complaints[0]).toBe("the key is not that of the certificate");
  expect([changes.length, files.current().cert]).toEqual([0, good.cert]);
  await swap(other.cert, reveal(other.key));
  await eventually(() => changes.length === 1);
  expect(files.current().cert).toBe(other.cert);
});

test("openCertificateFiles() looks every minute, whatever the file system tells", async () => {
  const { folder, swap } = await aVolume();
  const [first, second] = await pairs(2);
  if (first === undefined || second === undefined) throw new Error("no pairs");
  await swap(first.cert, reveal(first.key));
  const { clock, files, changes } = await open(folder);
  await writeFile(join(folder, "..1", "tls.crt"), second.cert);
  await writeFile(join(folder, "..1", "tls.key"), reveal(second.key));
  clock.advance(60_000);
  await eventually(() => changes.length === 1);
  files.stop();
  expect(clock.waiting()).toBe(0);
});

test("openCertificateFiles() says what is missing", async () => {
  expect(
    openCertificateFiles({ folder: "/nowhere", clock: virtualClock(), onChange() {}, onComplaint() {} }),
  ).rejects.toThrow("/nowhere/tls.crt cannot be read");
  const { folder, swap } = await aVolume();
  await swap("a", "b");
  expect(open(folder)).rejects.toThrow("cannot be served");
});
