import { expect, test } from "bun:test";
import { readCertificate } from "../lib/x509.ts";
import { type CertificateStep, planCertificates, type StoredCertificates, trustOf } from "./certificate-plan.ts";
import {
  createCertificates,
  prepareAuthority,
  promoteNext,
  readCertificateSecret,
  renewLeaf,
  retirePrevious,
  secretDataOf,
} from "./certificate-secret.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const HOSTS = ["pisanix.mesh.svc", "pisanix.mesh"];

/** Does one step, as the leader would, and says which. */
async function doStep(state: {
  stored: StoredCertificates | null;
  bundle: string;
  nowMs: number;
}): Promise<CertificateStep> {
  const step = planCertificates(state.stored, [state.bundle], HOSTS, state.nowMs);
  const { stored } = state;
  const served = { hosts: HOSTS };
  if (step.kind === "create") state.stored = await createCertificates(served, state.nowMs);
  else if (step.kind === "trust") state.bundle = step.caBundle;
  else if (step.kind === "wait") state.nowMs = step.untilMs;
  else if (stored === null) throw new Error(`${step.kind} of nothing`);
  else if (step.kind === "renew-leaf") state.stored = await renewLeaf(stored, served, state.nowMs);
  else if (step.kind === "prepare-authority") state.stored = await prepareAuthority(stored, served, state.nowMs);
  else if (step.kind === "promote") state.stored = promoteNext(stored, state.nowMs);
  else state.stored = retirePrevious(stored);
  return step;
}

test("planCertificates() makes everything, is trusted, and waits for two thirds of the leaf's life", async () => {
  const state = { stored: null, bundle: "", nowMs: NOW_MS };
  const steps = [await doStep(state), await doStep(state), await doStep(state), await doStep(state)];
  expect(steps.map(({ kind }) => kind)).toEqual(["create", "trust", "wait", "renew-leaf"]);
  expect(state.nowMs - NOW_MS).toBeGreaterThan(59 * DAY_MS);
  expect(state.nowMs - NOW_MS).toBeLessThan(61 * DAY_MS);
});

test("a year's steps are new leaves only, and never a time without a valid one", async () => {
  const state: { stored: StoredCertificates | null; bundle: string; nowMs: number } = {
    stored: null,
    bundle: "",
    nowMs: NOW_MS,
  };
  const kinds: string[] = [];
  while (state.nowMs < NOW_MS + 365 * DAY_MS) {
    kinds.push((await doStep(state)).kind);
    const leaf = state.stored?.current.leaf.cert ?? "";
    expect(readCertificate(leaf).notAfterMs).toBeGreaterThan(state.nowMs + 25 * DAY_MS);
  }
  expect(kinds.filter((kind) => kind === "renew-leaf").length).toBe(6);
  expect(kinds.filter((kind) => kind === "trust").length).toBe(1);
});

test("an authority is replaced through old and new: what is served is trusted at every moment", async () => {
  const state: { stored: StoredCertificates | null; bundle: string; nowMs: number } = {
    stored: await createCertificates({ hosts: HOSTS }, NOW_MS),
    bundle: "",
    nowMs: NOW_MS,
  };
  await doStep(state);
  state.nowMs = NOW_MS + 2_500 * DAY_MS;
  const kinds: string[] = [];
  let isTrusted = true;
  for (let index = 0; index < 10; index++) {
    const before = state.stored?.current.authority.cert ?? "";
    const { kind } = await doStep(state);
    kinds.push(kind);
    isTrusted &&= state.bundle.includes(state.stored?.current.authority.cert ?? "none");
    // Replicas that have not taken up the new one yet.
    if (kind === "promote") isTrusted &&= state.bundle.includes(before);
  }
  expect(kinds.slice(0, 8)).toEqual([
    "prepare-authority",
    "trust",
    "wait",
    "promote",
    "wait",
    "retire",
    "trust",
    "wait",
  ]);
  expect(isTrusted).toBe(true);
  expect(state.bundle).toBe(state.stored?.current.authority.cert ?? "");
});

test("a bundle that somebody changed is put right, and names that changed need a new leaf", async () => {
  const stored = await createCertificates({ hosts: HOSTS }, NOW_MS);
  const trusted = trustOf(stored);
  expect(planCertificates(stored, [trusted, "somebody else's"], HOSTS, NOW_MS)).toEqual({
    kind: "trust",
    caBundle: trusted,
  });
  expect(planCertificates(stored, [trusted], [...HOSTS, "other.mesh.svc"], NOW_MS).kind).toBe("renew-leaf");
  expect(planCertificates(stored, [], HOSTS, NOW_MS).kind).toBe("wait");
});

test("an authority that has expired is no use to anybody", async () => {
  const stored = await createCertificates({ hosts: HOSTS }, NOW_MS);
  const step = planCertificates(stored, [trustOf(stored)], HOSTS, NOW_MS + 3_651 * DAY_MS);
  expect(step).toEqual({ kind: "create", reason: "the authority has expired" });
});

test("readCertificateSecret() reads what secretDataOf() wrote, in every state", async () => {
  const first = await createCertificates({ hosts: HOSTS }, NOW_MS);
  const second = await prepareAuthority(first, { hosts: HOSTS }, NOW_MS + 1);
  const third = promoteNext(second, NOW_MS + 2);
  for (const stored of [first, second, third, retirePrevious(third)]) {
    const data = secretDataOf(stored);
    const read = readCertificateSecret({ data });
    if (read.kind !== "read") throw new Error(read.reason);
    expect(secretDataOf(read.stored)).toEqual(data);
    expect(JSON.stringify(stored)).not.toContain("PRIVATE");
  }
});

test("readCertificateSecret() refuses what is incomplete or does not belong together", async () => {
  const data = secretDataOf(await createCertificates({ hosts: HOSTS }, NOW_MS));
  const other = secretDataOf(await createCertificates({ hosts: HOSTS }, NOW_MS + 1));
  const reason = (changed: Record<string, string | undefined>) => {
    const read = readCertificateSecret({ data: { ...data, ...changed } as Record<string, string> });
    return read.kind === "unusable" ? read.reason : "";
  };
  expect(reason({ "tls.key": undefined })).toContain("it lacks");
  expect(reason({ "tls.key": other["tls.key"] })).toBe("the key is not that of the certificate");
  expect(reason({ "tls.key": other["tls.key"], "tls.crt": other["tls.crt"] })).toContain("not signed by its authority");
  expect(reason({ "tls.crt": btoa("rubbish") })).not.toBe("");
  expect(reason({ "state.json": btoa("{") })).toBe("");
  expect(readCertificateSecret({}).kind).toBe("unusable");
});
