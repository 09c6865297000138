/** What a real server checks of built-in kinds, as far as our own objects could break it. */
import { type Cause, invalidValue, isMapping, requiredValue } from "./cause.ts";
import { EVENTS, type Kind, LEASES } from "./kinds.ts";
import type { FakeObject } from "./store.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** Whether `object` may be called what it is called. */
export function nameCauses({ name }: { name: string }): Cause[] {
  if (SUBDOMAIN.test(name) && name.length <= 253) return [];
  return [invalidValue("metadata.name", name, SUBDOMAIN_RULE)];
}

/** What is wrong with an object of a built-in kind. */
export function builtInCauses(kind: Kind, object: FakeObject): Cause[] {
  if (kind === LEASES) return leaseCauses(object["spec"]);
  if (kind === EVENTS) return eventCauses(object);
  return [];
}

/** Fields that the server cannot even read; it answers 400. */
export function unreadable(kind: Kind, object: FakeObject): string | null {
  const times: [string, unknown][] = [];
  const spec = isMapping(object["spec"]) ? object["spec"] : {};
  if (kind === LEASES) times.push(["spec.acquireTime", spec["acquireTime"]], ["spec.renewTime", spec["renewTime"]]);
  if (kind === EVENTS) times.push(["eventTime", object["eventTime"]]);
  const wrong = times.find(([, time]) => time !== undefined && !MICRO_TIME.test(String(time)));
  if (wrong === undefined) return null;
  return `${object.kind} in version "${kind.version}" cannot be handled as a ${object.kind}: parsing time ${JSON.stringify(wrong[1])} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`;
}

function leaseCauses(spec: unknown): Cause[] {
  const { leaseDurationSeconds, leaseTransitions } = isMapping(spec) ? spec : {};
  const causes: Cause[] = [];
  if (typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0) {
    causes.push(invalidValue("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0"));
  }
  if (typeof leaseTransitions === "number" && leaseTransitions < 0) {
    causes.push(invalidValue("spec.leaseTransitions", leaseTransitions, "must be greater than or equal to 0"));
  }
  return causes;
}

/** Events are checked in two halves: one without a time is taken for one of the older kind, and still refused here. */
function eventCauses(event: FakeObject): Cause[] {
  const causes: Cause[] = [];
  const regarding = isMapping(event["regarding"]) ? event["regarding"] : {};
  const about = String(regarding["namespace"] ?? "");
  const isElsewhere = event["eventTime"] === undefined && about !== "" && about !== event.metadata.namespace;
  const isNowhere = about === "" && event.metadata.namespace !== "default";
  if (isElsewhere || isNowhere) {
    causes.push(invalidValue("involvedObject.namespace", about, "does not match event.namespace"));
  }
  if (event["eventTime"] === undefined) causes.push(requiredValue("eventTime"));
  else for (const [field, max] of EVENT_TEXTS) causes.push(...textCauses(event, field, max));
  if (event["type"] !== "Normal" && event["type"] !== "Warning") {
    causes.push(invalidValue("type", "", `has invalid value: ${event["type"]}`));
  }
  const series = event["series"];
  if (isMapping(series) && Number(series["count"]) < 2) {
    causes.push(invalidValue("series.count", series["count"], "should be at least 2"));
  }
  return causes;
}

const EVENT_TEXTS = [
  ["reportingController", 253],
  ["reportingInstance", 128],
  ["action", 128],
  ["reason", 128],
  ["note", 1024],
] as const;

function textCauses(event: FakeObject, field: string, max: number): Cause[] {
  const value = String(event[field] ?? "");
  if (value === "" && field !== "note") return [requiredValue(field)];
  // Measured in bytes, whatever the message says.
  if (Buffer.byteLength(value) <= max) return [];
  return [invalidValue(field === "note" ? "message" : field, "", `can have at most ${max} characters`)];
}

/** What may not change in an object of a built-in kind. */
export function immutableCauses(kind: Kind, before: FakeObject, after: FakeObject): Cause[] {
  if (kind !== EVENTS) return [];
  const fields = ["regarding", "eventTime", "type", ...EVENT_TEXTS.map(([field]) => field)];
  return fields
    .filter((field) => !Bun.deepEquals(before[field], after[field]))
    .map((field) => invalidValue(field, after[field], "field is immutable"));
}
