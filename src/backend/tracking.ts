/**
 * Which changes of its session a client wants to be told (session_track_*). Connections report more, because the pool lives
 * on it: what a client has not asked for is left out of what it is sent.
 */

export interface Tracking {
  readonly hasSchema: boolean;
  readonly hasStateChange: boolean;
  /** Session variables that are reported by name; null for all. */
  readonly variables: ReadonlySet<string> | null;
  /** Something is wanted that pooled connections do not report. */
  readonly isBeyondPools: boolean;
  /** What the variables that say so are. */
  readonly values: ReadonlyMap<string, string>;
}

/** The variables that say so. A server without one of them tells nothing of that kind. */
export const TRACKING_VARIABLES: readonly string[] = [
  "session_track_schema",
  "session_track_state_change",
  "session_track_system_variables",
  "session_track_transaction_info",
  "session_track_gtids",
];

/** What a session with these values is told. */
export function trackingOf(values: ReadonlyMap<string, string>): Tracking {
  const list = values.get("session_track_system_variables") ?? "";
  const isMore = ["session_track_transaction_info", "session_track_gtids"].some((name) => !isOff(values.get(name)));
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  return {
    hasSchema: !isOff(values.get("session_track_schema")),
    hasStateChange: !isOff(values.get("session_track_state_change")),
    variables: list === "*" ? null : new Set(names.filter((name) => name !== "")),
    isBeyondPools: isMore || list === "*",
    values: new Map(TRACKING_VARIABLES.map((name) => [name, values.get(name) ?? "OFF"])),
  };
}

/** As SHOW VARIABLES and as SELECT has it. */
function isOff(value: string | undefined): boolean {
  return value === undefined || value === "OFF" || value === "0";
}
