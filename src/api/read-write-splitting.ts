/** Read/write splitting as TrafficStrategy and DataShard write it. */
import * as v from "valibot";
import { cel, choice, list, nonEmptyText, patternList, text, wholeNumber } from "./fields.ts";
import { exactlyOnePassword, exactlyOnePasswordRule, passwordEntries } from "./password.ts";

export const NODE_ROLES = ["read", "readwrite"] as const;
export const NODE_ROLE_DEFAULT = "readwrite";
export const BALANCE_TYPES = ["random", "roundrobin"] as const;
export const RULE_TYPES = ["regex", "generic"] as const;

/** Milliseconds, counts. */
export const PROBE_DEFAULTS = { period: 1000, timeout: 6000, failureThreshold: 1, maxReplicationLag: 10_000 } as const;

const MS_MAX = 86_400_000;

/** A rule of type regex says what it matches and where that goes; a generic one knows by itself. */
export function complaintOfRule(rule: { type: "regex" | "generic"; regex?: unknown; target?: unknown }): string | null {
  const given = [rule.regex, rule.target].filter((field) => field !== undefined).length;
  if (rule.type === "regex" && given < 2)
    return "a rule of type regex needs regex and target\nadd what is missing, or make it type: generic";
  if (rule.type === "generic" && given > 0)
    return "a rule of type generic takes neither regex nor target\nremove them, or make it type: regex";
  return null;
}

const rule = v.pipe(
  v.object({
    name: nonEmptyText("the rule's name"),
    type: choice(RULE_TYPES, "regex: match the statement's text; generic: by what the statement does"),
    regex: v.exactOptional(patternList("patterns of statements that this rule is about")),
    target: v.exactOptional(choice(NODE_ROLES, "endpoints that matching statements go to")),
    algorithmName: choice(BALANCE_TYPES, "how one of these endpoints is chosen"),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const complaint = dataset.typed ? complaintOfRule(dataset.value) : null;
    if (complaint !== null) addIssue({ message: complaint });
  }),
  cel(
    "self.type == 'generic' ? !has(self.regex) && !has(self.target) : has(self.regex) && has(self.target)",
    "a rule of type regex needs regex and target, one of type generic takes neither",
  ),
  v.description("where statements of one sort go"),
);

export const readWriteRules = v.pipe(list(rule), v.description("rules in the order in which they are asked"));
export type ReadWriteRule = v.InferOutput<typeof rule>;

const probeEntries = {
  periodMilliseconds: v.exactOptional(wholeNumber("milliseconds between two probes", 1, MS_MAX), PROBE_DEFAULTS.period),
  timeoutMilliseconds: v.exactOptional(
    wholeNumber("milliseconds until a probe has failed", 1, MS_MAX),
    PROBE_DEFAULTS.timeout,
  ),
  failureThreshold: v.exactOptional(
    wholeNumber("failed probes in a row until the endpoint is down", 1, 1000),
    PROBE_DEFAULTS.failureThreshold,
  ),
  successThreshold: v.exactOptional(wholeNumber("good probes in a row until the endpoint is up", 1, 1000)),
};
const probe = (description: string) => {
  return v.exactOptional(v.pipe(v.object(probeEntries), v.description(description)), {});
};
const lagProbe = v.pipe(
  v.object({
    ...probeEntries,
    maxReplicationLag: v.exactOptional(
      wholeNumber("largest replication lag of a usable replica", 0, MS_MAX),
      PROBE_DEFAULTS.maxReplicationLag,
    ),
  }),
  v.description("how far replicas may be behind"),
);

const monitorPeriod = wholeNumber("milliseconds between two looks at the probes' results", 1, MS_MAX);

/** The resource's documentation says monitorPeriod, the original's code read monitorInterval: both count. */
const masterHighAvailability = v.pipe(
  v.object({
    user: text("user of the probes"),
    ...passwordEntries("password of the probes"),
    monitorPeriod: v.exactOptional(monitorPeriod),
    monitorInterval: v.exactOptional(monitorPeriod),
    connectionProbe: probe("whether the endpoint can be connected to"),
    pingProbe: probe("whether the endpoint answers"),
    readOnlyProbe: probe("whether the endpoint takes writes"),
    replicationLagProbe: v.exactOptional(lagProbe, {}),
  }),
  exactlyOnePassword(),
  exactlyOnePasswordRule(),
  v.check(
    ({ monitorPeriod: period, monitorInterval: interval }) =>
      period === undefined || interval === undefined || period === interval,
    "monitorPeriod and monitorInterval are the same thing and differ\nkeep monitorPeriod only",
  ),
  cel(
    "!has(self.monitorPeriod) || !has(self.monitorInterval) || self.monitorPeriod == self.monitorInterval",
    "monitorPeriod and monitorInterval are the same thing and differ",
  ),
  v.description("how the one that takes writes is found among the endpoints"),
  v.transform(({ monitorPeriod: period, monitorInterval: interval, ...rest }) => ({
    ...rest,
    monitorPeriod: period ?? interval ?? PROBE_DEFAULTS.period,
  })),
);

const splitEntries = {
  defaultTarget: v.exactOptional(choice(NODE_ROLES, "endpoints of statements that no rule matches"), NODE_ROLE_DEFAULT),
  rules: v.exactOptional(readWriteRules, []),
};

export const readWriteSplittingSchema = v.pipe(
  v.object({
    static: v.exactOptional(
      v.pipe(v.object(splitEntries), v.description("endpoints keep the role that their annotation says")),
    ),
    dynamic: v.exactOptional(
      v.pipe(
        v.object({
          ...splitEntries,
          discovery: v.pipe(v.object({ masterHighAvailability }), v.description("how roles are found out")),
        }),
        v.description("roles of endpoints are found out while serving"),
      ),
    ),
  }),
  cel("has(self.static) != has(self.dynamic)", "must be either static or dynamic"),
  v.description("reads to replicas, writes to the primary"),
  v.check(
    (splitting) => (splitting.static === undefined) !== (splitting.dynamic === undefined),
    "must be either static or dynamic\nkeep exactly one of the two",
  ),
);

export type ReadWriteSplitting = v.InferOutput<typeof readWriteSplittingSchema>;
export type MasterHighAvailability = NonNullable<ReadWriteSplitting["dynamic"]>["discovery"]["masterHighAvailability"];
