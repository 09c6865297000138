/**
 * Whoever fails to log in again and again is made to wait: all log-ins from its address are, right or wrong, until one is
 * right. Nobody is locked out, because the clients of a sidecar share one address.
 */
import type { Clock } from "../lib/clock.ts";

/** The first wait behind login_failures_max, and the longest; it doubles with each failure. */
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 4_000;
/** An address that has not failed for this long is forgotten. */
const MEMORY_MS = 60_000;
/** Addresses remembered at once. */
const ADDRESSES_MAX = 10_000;

interface Failures {
  count: number;
  lastMs: number;
}

/** Failed log-ins in a row, by address; the address that failed longest ago comes first. */
export interface LoginThrottle {
  failuresMax: number;
  readonly clock: Clock;
  readonly byAddress: Map<string, Failures>;
}

/** Nobody has failed yet. */
export function newLoginThrottle(failuresMax: number, clock: Clock): LoginThrottle {
  return { failuresMax, clock, byAddress: new Map() };
}

/** Milliseconds that the next log-in from `address` has to wait; 0 for nearly everybody. */
export function delayMsOf(throttle: LoginThrottle, address: string): number {
  const failures = throttle.byAddress.get(address);
  if (failures === undefined || throttle.clock.monotonicMs() - failures.lastMs > MEMORY_MS) return 0;
  const beyond = failures.count - throttle.failuresMax;
  return beyond < 0 ? 0 : Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** beyond);
}

/** Remembers how a log-in from `address` went. */
export function rememberLogin(throttle: LoginThrottle, address: string, isRight: boolean): void {
  const { byAddress, clock } = throttle;
  const failures = byAddress.get(address);
  if (failures !== undefined) byAddress.delete(address);
  if (isRight) return;
  const lastMs = clock.monotonicMs();
  const isRecent = failures !== undefined && lastMs - failures.lastMs <= MEMORY_MS;
  byAddress.set(address, { count: isRecent ? failures.count + 1 : 1, lastMs });
  const oldest = byAddress.keys().next();
  if (byAddress.size > ADDRESSES_MAX && oldest.done !== true) byAddress.delete(oldest.value);
}
