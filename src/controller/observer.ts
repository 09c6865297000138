/** What the Kubernetes client observes, as metrics and log lines. */
import { isRefused } from "../kube/api-error.ts";
import type { Observation, Observe } from "../kube/observe.ts";
import type { Clock } from "../lib/clock.ts";
import { CONTROLLER, type StatusClass, WATCH } from "../telemetry/controller-metrics-table.ts";
import type { Logger } from "../telemetry/log.ts";
import { logLimited, newLogLimit } from "../telemetry/log-limit.ts";
import { findSeries, type ProxyMetrics } from "../telemetry/metrics.ts";
import { add } from "../telemetry/series.ts";

/** Trouble with the API server repeats itself; a line of each kind in this time is enough. */
const LOG_EVERY_MS = 10_000;

/** An observer for a client of this process. */
export function newObserver(metrics: ProxyMetrics, log: Logger, clock: Clock): Observe {
  const limit = newLogLimit(clock, LOG_EVERY_MS);
  const controller = findSeries(metrics, CONTROLLER, []);
  const { slots } = CONTROLLER;
  const warn = (key: string, message: string, fields: Record<string, unknown>) => {
    logLimited(limit, log, "warn", key, message, fields);
  };
  return (observation: Observation) => {
    switch (observation.kind) {
      case "request":
        add(controller, slots.apiRequests[classOf(observation.status)], 1);
        break;
      case "retry":
        add(controller, slots.apiRetries, 1);
        warn("retry", "the API server asks to wait", { asked: observation.asked, status: observation.status });
        break;
      case "listed":
        add(findSeries(metrics, WATCH, [observation.plural]), WATCH.slots.lists, 1);
        log.debug("listed", { resource: observation.plural, objects: observation.objects, ms: observation.durationMs });
        break;
      case "watch-ended": {
        const { plural, end, error, waitMs } = observation;
        add(findSeries(metrics, WATCH, [plural]), WATCH.slots.restarts[end], 1);
        if (end === "failed") warn(`watch ${plural}`, watchTrouble(plural, error), { waitMs, error });
        else log.debug("a watch begins again", { resource: plural, reason: end });
        break;
      }
      case "lease-failed":
        warn("lease", "the Lease could not be read or written", { error: observation.error });
        break;
      case "event-failed":
        add(controller, slots.eventsDropped, 1);
        warn("event", "an event could not be written", { error: observation.error });
        break;
      case "events-dropped":
        add(controller, slots.eventsDropped, observation.count);
        break;
    }
  };
}

/** What an operator can do about it, where it is his to do. */
function watchTrouble(plural: string, error: Error | null): string {
  if (isRefused(error, 404)) return `${plural} are not defined in this cluster: apply deploy/crd`;
  if (isRefused(error, 403))
    return `${plural} may not be watched: grant list and watch to the controller's ServiceAccount`;
  return `the watch of ${plural} failed, and begins again`;
}

function classOf(status: number): StatusClass {
  if (status === 429) return "429";
  if (status >= 500) return "5xx";
  return status >= 400 ? "4xx" : "2xx";
}
