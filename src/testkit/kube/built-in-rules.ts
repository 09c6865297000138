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

function eventCauses(event: FakeObject): Cause[] {
  const causes: Cause[] = [];
  const text = (field: string, max: number) => {
    const value = String(event[field] ?? "");
    if (value === "") causes.push(requiredValue(field));
    else if (value.length > max) causes.push(invalidValue(field, "", `can have at most ${max} characters`));
  };
  if (event["eventTime"] === undefined) causes.push(requiredValue("eventTime"));
  text("reportingController", 253);
  text("reportingInstance", 128);
  text("action", 128);
  text("reason", 128);
  const note = String(event["note"] ?? "");
  if (Buffer.byteLength(note) > 1024) causes.push(invalidValue("message", "", "can have at most 1024 characters"));
  if (event["type"] !== "Normal" && event["type"] !== "Warning") {
    causes.push(invalidValue("type", event["type"] ?? "", "has invalid value"));
  }
  const regarding = isMapping(event["regarding"]) ? event["regarding"] : {};
  const about = String(regarding["namespace"] ?? "default");
  if (about !== event.metadata.namespace) {
    causes.push(invalidValue("involvedObject.namespace", about, "does not match event.namespace"));
  }
  const series = event["series"];
  if (isMapping(series) && Number(series["count"]) < 2) {
    causes.push(invalidValue("series.count", series["count"], "should be at least 2"));
  }
  return causes;
}
