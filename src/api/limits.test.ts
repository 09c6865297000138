import { expect, test } from "bun:test";
import * as v from "valibot";
import { LISTENER_LIMITS, limitsSchema, serviceLimitsSchema } from "./limits.ts";

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

test("a limit is at least 1", () => {
  expect(v.safeParse(limitsSchema, { pool_wait_max: 0 }).success).toBe(false);
  expect(v.safeParse(serviceLimitsSchema, { timeoutConnectMs: 1.5 }).success).toBe(false);
});
