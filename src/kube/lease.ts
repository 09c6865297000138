/**
 * Leader election by a Lease, by the rules of client-go: whoever sees the holder's record unchanged for its whole duration, by
 * its own clock, may take it; all writes are guarded by the resource version. Clocks of different machines are never compared.
 */
import type { Clock } from "../lib/clock.ts";
import { isRefused } from "./api-error.ts";
import { type KubeClient, sleep } from "./client.ts";
import { createObject, getObject, type Haste, replaceObject } from "./crud.ts";
import { microTime } from "./micro-time.ts";
import type { Lease } from "./objects.ts";
import { errorOf } from "./observe.ts";
import { apiVersionOf, LEASES } from "./resource.ts";

export interface ElectionOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  /** Who we are: unique for every process, also for one that restarts. */
  identity: string;
  /** How long others wait for a sign of life. */
  durationMs?: number;
  /** A leader that could not renew for this long stops to be one; before `durationMs` is over, so that there are never two. */
  renewDeadlineMs?: number;
  retryMs?: number;
  /** What the Lease says of its holder, for others to read. */
  annotations?: Readonly<Record<string, string>>;
  /** Called when we become the leader and when we no longer are, in turns. */
  onChange(isLeader: boolean): void;
}

export interface Election {
  isLeader(): boolean;
  /** The identity of the holder as last seen; "" before the first look. */
  holder(): string;
  /** What the Lease says of its holder. */
  annotations(): Readonly<Record<string, string>>;
  /** Steps down and lets others take over at once. May be called more than once. */
  stop(): Promise<void>;
}

const DURATION_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
/** Spreads the tries of replicas that started together. */
const RETRY_JITTER = 0.2;

interface Candidate {
  readonly options: Required<ElectionOptions>;
  readonly clock: Clock;
  /** As last seen, and when (monotonic) it last was another. */
  lease: Lease | null;
  changedMs: number;
  isLeader: boolean;
  cancelDeadline: () => void;
}

/** Takes part in the election until `stop`. */
export function startElection(options: ElectionOptions): Election {
  const controller = new AbortController();
  const candidate: Candidate = {
    options: {
      ...{ durationMs: DURATION_MS, renewDeadlineMs: RENEW_DEADLINE_MS, retryMs: RETRY_MS, annotations: {} },
      ...options,
    },
    clock: options.client.clock,
    lease: null,
    changedMs: Number.NEGATIVE_INFINITY,
    isLeader: false,
    cancelDeadline: () => {},
  };
  const ended = run(candidate, controller.signal);
  return {
    isLeader: () => candidate.isLeader,
    holder: () => candidate.lease?.spec.holderIdentity ?? "",
    annotations: () => candidate.lease?.metadata.annotations ?? {},
    stop() {
      controller.abort();
      return ended;
    },
  };
}

async function run(candidate: Candidate, signal: AbortSignal): Promise<void> {
  const { client, retryMs } = candidate.options;
  while (!signal.aborted) {
    try {
      await takeOrRenew(candidate);
    } catch (error) {
      client.observe({ kind: "lease-failed", error: errorOf(error) });
    }
    await sleep(candidate.clock, retryMs * (1 + client.random() * RETRY_JITTER), signal);
  }
  await release(candidate);
}

async function takeOrRenew(candidate: Candidate): Promise<void> {
  const { client, identity, durationMs, namespace, name } = candidate.options;
  const current = await getObject(client, LEASES, { namespace, name }, hasteOf(candidate)).catch((error: unknown) => {
    if (isRefused(error, 404)) return null;
    throw error;
  });
  see(candidate, current);
  const holder = current?.spec.holderIdentity ?? "";
  if (holder !== identity) {
    lose(candidate);
    const validMs = (current?.spec.leaseDurationSeconds ?? durationMs / 1000) * 1000;
    if (holder !== "" && candidate.clock.monotonicMs() < candidate.changedMs + validMs) return;
  }
  // The lease counts from before the request: the answer may come late.
  const askedMs = candidate.clock.monotonicMs();
  const written = await write(candidate, current, identity).catch((error: unknown) => {
    // Somebody else was faster. That is how it is meant to end.
    if (isRefused(error, 409)) return null;
    throw error;
  });
  if (written === null) return lose(candidate);
  see(candidate, written);
  const leftMs = askedMs + candidate.options.renewDeadlineMs - candidate.clock.monotonicMs();
  if (leftMs <= 0) return lose(candidate);
  candidate.cancelDeadline();
  candidate.cancelDeadline = candidate.clock.after(leftMs, () => lose(candidate));
  if (candidate.isLeader) return;
  candidate.isLeader = true;
  candidate.options.onChange(true);
}

/** No attempt lasts longer than a leader may go without one that worked, and each round is a try of its own. */
function hasteOf({ options }: Candidate): Haste {
  return { timeoutMs: options.renewDeadlineMs / 2, retries: false };
}

function write(candidate: Candidate, current: Lease | null, identity: string): Promise<Lease> {
  const { client, namespace, name, durationMs, annotations } = candidate.options;
  const now = microTime(candidate.clock.wallMs());
  const isOurs = current?.spec.holderIdentity === identity;
  const isChange = current !== null && !isOurs;
  const spec = {
    ...current?.spec,
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
    acquireTime: isOurs ? (current?.spec.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (current?.spec.leaseTransitions ?? 0) + (isChange ? 1 : 0),
  };
  if (current !== null) {
    const metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } };
    return replaceObject(client, LEASES, { ...current, metadata, spec }, hasteOf(candidate));
  }
  const metadata = { namespace, name, annotations: { ...annotations } };
  const lease = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata, spec };
  return createObject(client, LEASES, lease, hasteOf(candidate));
}

/** Remembers when the record last changed, by our clock. */
function see(candidate: Candidate, lease: Lease | null): void {
  const isChanged = candidate.lease?.metadata.resourceVersion !== lease?.metadata.resourceVersion;
  if (isChanged) candidate.changedMs = candidate.clock.monotonicMs();
  candidate.lease = lease;
}

function lose(candidate: Candidate): void {
  candidate.cancelDeadline();
  if (!candidate.isLeader) return;
  candidate.isLeader = false;
  candidate.options.onChange(false);
}

/** A lease without a holder is taken by the next who looks. */
async function release(candidate: Candidate): Promise<void> {
  const { client, identity } = candidate.options;
  lose(candidate);
  const { lease } = candidate;
  if (lease?.spec.holderIdentity !== identity) return;
  const now = microTime(candidate.clock.wallMs());
  const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now };
  try {
    await replaceObject(client, LEASES, { ...lease, spec }, hasteOf(candidate));
  } catch (error) {
    // It ends by itself then, a lease duration later.
    client.observe({ kind: "lease-failed", error: errorOf(error) });
  }
}
