/** How a listener finds out whether its backends are well, and what it does when one is not: every number and its default. */
import { camelCaseNumbersSchema, defaultsOf, type Numbers, type NumberTable, numbersSchema } from "./numbers.ts";

/** Durations in milliseconds. 0 turns off what allows it. */
export const HEALTH = {
  probe_interval_ms: {
    fallback: 5_000,
    min: 0,
    description:
      "milliseconds between two probes of a backend that has answered nothing else meanwhile; 0 for no probes",
  },
  probe_timeout_ms: { fallback: 1_000, description: "milliseconds until a probe has failed" },
  probe_fall: { fallback: 3, max: 1_000, description: "failed probes in a row until the backend is down" },
  probe_rise: {
    fallback: 2,
    max: 1_000,
    description: "good probes in a row until a backend that was down is connected to again; one while no other serves",
  },
  eject_errors: {
    fallback: 5,
    min: 0,
    max: 1_000_000,
    description: "statements in a row whose connection broke until the backend is left out for a while; 0 for never",
  },
  eject_latency_factor: {
    fallback: 5,
    min: 0,
    max: 1_000_000,
    description:
      "how many times slower than the others of its role a backend is when it is left out for a while; 0 for never",
  },
  eject_ms: {
    fallback: 30_000,
    description:
      "milliseconds that it is left out the first time; each time in a row as much longer, ten times at most",
  },
  eject_percent_max: {
    fallback: 50,
    min: 0,
    max: 100,
    description: "share of the backends of one role that is left out at once; the last one that serves never is",
  },
  slow_start_ms: {
    fallback: 30_000,
    min: 0,
    description: "milliseconds in which the share of a backend that has come back grows to its weight; 0 for at once",
  },
} as const satisfies NumberTable;

export type HealthSettings = Numbers<typeof HEALTH>;

export const HEALTH_DEFAULTS: Readonly<HealthSettings> = defaultsOf(HEALTH);

/** `health` of a listener in ProxyConfig. */
export const healthSchema = numbersSchema(HEALTH);

/** `health` of a service in VirtualDatabase. */
export const serviceHealthSchema = camelCaseNumbersSchema(HEALTH, "how backends are watched");
