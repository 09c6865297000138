/** Every metric of the controller, in one table, beside those of any process. */
import { BUILD, counter, gauge, histogram, PROCESS } from "./metrics-table.ts";
import { newScope } from "./series.ts";

/** How a round for one object ended. */
export const RECONCILE_OUTCOMES = ["done", "failed"] as const;

/** HTTP statuses of the API server, as people count them. */
export const STATUS_CLASSES = ["2xx", "4xx", "429", "5xx"] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** Why a watch began again. */
export const WATCH_ENDS = ["ended", "expired", "silent", "failed"] as const;

/** What came of an admission review. */
export const REVIEW_OUTCOMES = ["allowed", "changed", "refused", "failed", "unreadable"] as const;

/** Whether a proxy that is connected serves the configuration that it should. */
export const PROXY_STATES = ["current", "pending", "rejected"] as const;

/** The controller as a whole. */
export const CONTROLLER = newScope("controller", [], {
  reconciles: counter("pisanix_controller_reconciles_total", "Rounds for one object", "outcome", RECONCILE_OUTCOMES),
  reconcileDuration: histogram("pisanix_controller_reconcile_duration_seconds", "How long a round for one object took"),
  queueDepth: gauge("pisanix_controller_queue_depth", "Objects that wait for their round"),
  queueRetrying: gauge("pisanix_controller_queue_retrying", "Objects whose last round failed"),
  statusWrites: counter("pisanix_controller_status_writes_total", "Statuses that were written"),
  configs: gauge("pisanix_controller_configs", "Configurations that proxies can have"),
  configChanges: counter("pisanix_controller_config_changes_total", "Configurations that became another"),
  proxies: gauge("pisanix_controller_proxies", "Proxies that are connected to this replica", "state", PROXY_STATES),
  apiRequests: counter("pisanix_controller_api_requests_total", "Answers of the API server", "code", STATUS_CLASSES),
  apiRetries: counter("pisanix_controller_api_retries_total", "Requests that the API server asked to send again later"),
  eventsDropped: counter("pisanix_controller_events_dropped_total", "Events that were not written"),
  isLeader: gauge("pisanix_controller_leader", "1 while this replica is the leader, else 0"),
  certificateExpiry: gauge(
    "pisanix_controller_certificate_expiry_timestamp_seconds",
    "End of the certificate that is served, in seconds since 1970",
  ),
});

/** What is watched of one kind of object. */
export const WATCH = newScope("watch", ["resource"], {
  restarts: counter("pisanix_controller_watch_restarts_total", "Watches that began again", "reason", WATCH_ENDS),
  lists: counter("pisanix_controller_lists_total", "Times that every object was listed"),
});

/** What one webhook was asked. */
export const WEBHOOK = newScope("webhook", ["webhook"], {
  reviews: counter("pisanix_controller_reviews_total", "Admission reviews answered", "outcome", REVIEW_OUTCOMES),
  reviewDuration: histogram("pisanix_controller_review_duration_seconds", "How long an admission review took"),
});

/** Every scope of the controller, in the order of the scrape. */
export const CONTROLLER_SCOPES = [CONTROLLER, WATCH, WEBHOOK, PROCESS, BUILD] as const;
