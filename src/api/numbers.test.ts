import { expect, test } from "bun:test";
import * as v from "valibot";
import { HEALTH_DEFAULTS, healthSchema, serviceHealthSchema } from "./health.ts";
import { LIMITS, LISTENER_LIMITS, limitsSchema, serviceLimitsSchema } from "./limits.ts";
import { changedNumbers } from "./numbers.ts";

test("limitsSchema fills every limit that is absent", () => {
  expect(v.parse(limitsSchema, {})).toEqual(LISTENER_LIMITS);
  expect(v.parse(limitsSchema, { sessions_max: 7 })).toEqual({ ...LISTENER_LIMITS, sessions_max: 7 } as never);
});

test("serviceLimitsSchema spells them as Kubernetes does and gives them as ProxyConfig has them", () => {
  const written = { sessionsMax: 7, packetBeforeAuthBytesMax: 8, timeoutPoolWaitMs: 9 };
  expect(v.parse(serviceLimitsSchema, written)).toEqual({
    ...LISTENER_LIMITS,
    sessions_max: 7,
    packet_before_auth_bytes_max: 8,
    timeout_pool_wait_ms: 9,
  });
});

test("a limit is at least 1, but for those that may be none", () => {
  expect(v.parse(limitsSchema, { pool_idle_min: 0 }).pool_idle_min).toBe(0);
  expect(v.safeParse(limitsSchema, { pool_wait_max: 0 }).success).toBe(false);
  expect(v.safeParse(serviceLimitsSchema, { timeoutConnectMs: 1.5 }).success).toBe(false);
});

test("serviceHealthSchema spells as Kubernetes does; 0 turns off what it may", () => {
  const off = { probeIntervalMs: 0, ejectErrors: 0, ejectLatencyFactor: 0, ejectPercentMax: 0, slowStartMs: 0 };
  expect(v.parse(serviceHealthSchema, { ...off, probeRise: 4 })).toEqual({
    ...HEALTH_DEFAULTS,
    probe_interval_ms: 0,
    probe_rise: 4,
    eject_errors: 0,
    eject_latency_factor: 0,
    eject_percent_max: 0,
    slow_start_ms: 0,
  });
  expect(v.safeParse(healthSchema, { eject_percent_max: 101 }).success).toBe(false);
  expect(v.safeParse(healthSchema, { probe_fall: 0 }).success).toBe(false);
});

test("changedNumbers() keeps what is not the default", () => {
  expect(changedNumbers(LIMITS, LISTENER_LIMITS)).toBeUndefined();
  expect(changedNumbers(LIMITS, { ...LISTENER_LIMITS, pool_idle_min: 0 })).toEqual({ pool_idle_min: 0 });
});
