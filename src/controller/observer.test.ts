import { expect, test } from "bun:test";
import { ApiError } from "../kube/api-error.ts";
import type { Observation } from "../kube/observe.ts";
import { newControllerMetrics, renderMetrics } from "../telemetry/metrics.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { newObserver } from "./observer.ts";

const refused = (status: number) =>
  new ApiError(`HTTP ${status}`, { status, reason: "", retryAfterMs: null, body: null });

test("newObserver() counts what the client observes", async () => {
  const metrics = newControllerMetrics();
  const observe = newObserver(metrics, recordingLogger(), virtualClock());
  const request = (status: number): Observation => ({ kind: "request", method: "GET", status, durationMs: 1 });
  for (const status of [200, 201, 404, 409, 429, 500, 503]) observe(request(status));
  observe({ kind: "retry", asked: "GET /x", status: 429, waitMs: 1 });
  observe({ kind: "listed", plural: "datashards", objects: 3, durationMs: 1 });
  observe({ kind: "watch-ended", plural: "datashards", end: "expired", waitMs: 0, error: refused(410) });
  observe({ kind: "events-dropped", count: 2 });
  observe({ kind: "event-failed", error: new Error("x") });
  const text = await renderMetrics(metrics);
  for (const line of [
    'pisanix_controller_api_requests_total{code="2xx"} 2',
    'pisanix_controller_api_requests_total{code="4xx"} 2',
    'pisanix_controller_api_requests_total{code="429"} 1',
    'pisanix_controller_api_requests_total{code="5xx"} 2',
    "pisanix_controller_api_retries_total 1",
    'pisanix_controller_lists_total{resource="datashards"} 1',
    'pisanix_controller_watch_restarts_total{resource="datashards",reason="expired"} 1',
    "pisanix_controller_events_dropped_total 3",
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

test("newObserver() says what to do about a watch that fails, and says it once in a while", () => {
  const log = recordingLogger();
  const clock = virtualClock();
  const observe = newObserver(newControllerMetrics(), log, clock);
  const failed = (plural: string, error: Error): Observation => ({
    kind: "watch-ended",
    plural,
    end: "failed",
    waitMs: 0,
    error,
  });
  for (let index = 0; index < 5; index++) {
    observe(failed("datashards", refused(404)));
    observe(failed("secrets", refused(403)));
  }
  observe(failed("leases", new Error("ECONNREFUSED")));
  expect(log.lines.filter(({ level }) => level === "WARN").map(({ message }) => message)).toEqual([
    "datashards are not defined in this cluster: apply deploy/crd",
    "secrets may not be watched: grant list and watch to the controller's ServiceAccount",
    "the watch of leases failed, and begins again",
  ]);
  clock.advance(10_000);
  observe(failed("datashards", refused(404)));
  expect(log.lines.filter(({ level }) => level === "WARN").length).toBe(4);
});
