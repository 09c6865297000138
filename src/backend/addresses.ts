/**
 * Where an endpoint is: a name stands for addresses that change while we serve. They are asked for again when their time
 * is over and when none of them could be connected to; while nobody answers, those known last hold on.
 */
import type { Clock } from "../lib/clock.ts";
import { addressBytes } from "../lib/network.ts";
import type { Lookup } from "../net/lookup.ts";

/** How long addresses hold where nothing tells, at least and at most. */
const HOLD_MS_DEFAULT = 30_000;
const HOLD_MS_MIN = 1_000;
const HOLD_MS_MAX = 300_000;
/**
 * An address that no answer has named for this long is no longer the endpoint's. Not sooner: there are names whose every
 * answer has some of their addresses only.
 */
const GONE_AFTER_MS = 60_000;

export interface Addresses {
  /** As configured: a name, or the only address. */
  readonly host: string;
  readonly isName: boolean;
  /** Best first; empty before the first answer. */
  known: readonly string[];
  holdsUntilMs: number;
  /** When each was named last, monotonic. */
  readonly seenMs: Map<string, number>;
  /** Where the next connection begins, so that connections spread over all. */
  turn: number;
  /** Could not be connected to since the last answer: tried last. */
  readonly failed: Set<string>;
  asking: Promise<void> | null;
}

/** Of a host of which nothing is known yet. */
export function newAddresses(host: string): Addresses {
  const isName = addressBytes(host) === null;
  return {
    host,
    isName,
    known: isName ? [] : [host],
    holdsUntilMs: 0,
    seenMs: new Map(),
    turn: 0,
    failed: new Set(),
    asking: null,
  };
}

/** Calls `onKnown` at once where the addresses are known, else when the lookup is over; `failure` tells why there are none. */
export function whenKnown(
  addresses: Addresses,
  clock: Clock,
  lookup: Lookup,
  onKnown: (candidates: readonly string[], failure: string) => void,
): void {
  if (!addresses.isName || clock.monotonicMs() < addresses.holdsUntilMs) {
    onKnown(nextCandidates(addresses), "");
    return;
  }
  let failure = "";
  void askAgain(addresses, clock, lookup, (reason) => {
    failure = reason;
  }).then(() => onKnown(nextCandidates(addresses), failure));
}

/** Asks for the addresses again when their time is over; nobody waits for the answer. */
export function refreshAddresses(addresses: Addresses, clock: Clock, lookup: Lookup): void {
  if (!addresses.isName || addresses.known.length === 0 || clock.monotonicMs() < addresses.holdsUntilMs) return;
  void askAgain(addresses, clock, lookup, () => {});
}

function askAgain(
  addresses: Addresses,
  clock: Clock,
  lookup: Lookup,
  onFailure: (reason: string) => void,
): Promise<void> {
  addresses.asking ??= lookup(addresses.host)
    .then(({ addresses: found, ttlMs }) => {
      const now = clock.monotonicMs();
      addresses.known = found;
      addresses.failed.clear();
      for (const address of found) addresses.seenMs.set(address, now);
      for (const [address, seenMs] of addresses.seenMs) {
        if (now - seenMs > 2 * GONE_AFTER_MS) addresses.seenMs.delete(address);
      }
      addresses.holdsUntilMs = now + Math.min(HOLD_MS_MAX, Math.max(HOLD_MS_MIN, ttlMs || HOLD_MS_DEFAULT));
    })
    .catch((error: unknown) => {
      // Who has known addresses goes on with those.
      addresses.holdsUntilMs = clock.monotonicMs() + HOLD_MS_MIN;
      throw error;
    })
    .finally(() => {
      addresses.asking = null;
    });
  return addresses.asking.catch((error: unknown) => onFailure(error instanceof Error ? error.message : String(error)));
}

/** The addresses in the order in which one connection tries them. */
function nextCandidates(addresses: Addresses): readonly string[] {
  const { known, failed } = addresses;
  if (known.length < 2) return known;
  const start = addresses.turn % known.length;
  addresses.turn = start + 1;
  const turned = [...known.slice(start), ...known.slice(0, start)];
  return [...turned.filter((address) => !failed.has(address)), ...turned.filter((address) => failed.has(address))];
}

/** A connection to `address` could not be made; it was the last candidate when `isLast`. */
export function addressFailed(addresses: Addresses, address: string, isLast: boolean): void {
  if (!addresses.isName) return;
  addresses.failed.add(address);
  if (isLast) addresses.holdsUntilMs = 0;
}

/** True for an address that has been the endpoint's, and has not been named for a while. */
export function isAddressGone(addresses: Addresses, address: string, nowMs: number): boolean {
  if (!addresses.isName || addresses.known.includes(address)) return false;
  const seenMs = addresses.seenMs.get(address);
  return seenMs !== undefined && nowMs - seenMs >= GONE_AFTER_MS;
}
