/** Every rule of the linter, in order of its id. A new rule is one file in rules/ and one line here. */
import { didYouMean } from "../../lib/suggest.ts";
import type { Rule } from "./rule.ts";
import { accountsFromProxy } from "./rules/accounts-from-proxy.ts";
import { accountsInClear } from "./rules/accounts-in-clear.ts";
import { adminPortTaken } from "./rules/admin-port-taken.ts";
import { concurrencyZero } from "./rules/concurrency-zero.ts";
import { connectOutlastsWait } from "./rules/connect-outlasts-wait.ts";
import { databaseWithoutWorkload } from "./rules/database-without-workload.ts";
import { definedTwice } from "./rules/defined-twice.ts";
import { denyEvaded } from "./rules/deny-evaded.ts";
import { duplicateKey } from "./rules/duplicate-key.ts";
import { endpointShared } from "./rules/endpoint-shared.ts";
import { endpointWithoutUse } from "./rules/endpoint-without-use.ts";
import { fieldWithoutEffect } from "./rules/field-without-effect.ts";
import { hostNetwork } from "./rules/host-network.ts";
import { invalidValue } from "./rules/invalid-value.ts";
import { keyInManifest } from "./rules/key-in-manifest.ts";
import { kindWithoutUse } from "./rules/kind-without-use.ts";
import { limitAbovePool } from "./rules/limit-above-pool.ts";
import { listenerOpen } from "./rules/listener-open.ts";
import { listenerTaken } from "./rules/listener-taken.ts";
import { metricsPort } from "./rules/metrics-port.ts";
import { missingField } from "./rules/missing-field.ts";
import { monitorInterval } from "./rules/monitor-interval.ts";
import { noManifests } from "./rules/no-manifests.ts";
import { noVirtualDatabase } from "./rules/no-virtual-database.ts";
import { noWeight } from "./rules/no-weight.ts";
import { nobodyTakesReads } from "./rules/nobody-takes-reads.ts";
import { nobodyTakesWrites } from "./rules/nobody-takes-writes.ts";
import { nodeListedTwice } from "./rules/node-listed-twice.ts";
import { notAManifest } from "./rules/not-a-manifest.ts";
import { passwordEmpty } from "./rules/password-empty.ts";
import { passwordInManifest } from "./rules/password-in-manifest.ts";
import { passwordWeak } from "./rules/password-weak.ts";
import { patternWithoutEffect } from "./rules/pattern-without-effect.ts";
import { poolsExceedServer } from "./rules/pools-exceed-server.ts";
import { portTakenByContainer } from "./rules/port-taken-by-container.ts";
import { refusalHidden } from "./rules/refusal-hidden.ts";
import { regexAsText } from "./rules/regex-as-text.ts";
import { regexCase } from "./rules/regex-case.ts";
import { regexInSlashes } from "./rules/regex-in-slashes.ts";
import { regexMatchesEverything } from "./rules/regex-matches-everything.ts";
import { regexMatchesNothing } from "./rules/regex-matches-nothing.ts";
import { regexMixedCase } from "./rules/regex-mixed-case.ts";
import { regexSyntax } from "./rules/regex-syntax.ts";
import { regexUnsupported } from "./rules/regex-unsupported.ts";
import { replicaTakesWrites } from "./rules/replica-takes-writes.ts";
import { roleNotSaid } from "./rules/role-not-said.ts";
import { rootLogin } from "./rules/root-login.ts";
import { ruleNamedTwice } from "./rules/rule-named-twice.ts";
import { ruleUnreachable } from "./rules/rule-unreachable.ts";
import { ruleWithoutName } from "./rules/rule-without-name.ts";
import { schemaDiffers } from "./rules/schema-differs.ts";
import { secretKeyMissing } from "./rules/secret-key-missing.ts";
import { secretNotInInput } from "./rules/secret-not-in-input.ts";
import { selectorSelectsAll } from "./rules/selector-selects-all.ts";
import { selectorSelectsNothing } from "./rules/selector-selects-nothing.ts";
import { serviceNamedTwice } from "./rules/service-named-twice.ts";
import { serviceWithoutEndpoints } from "./rules/service-without-endpoints.ts";
import { sessionsBelowPool } from "./rules/sessions-below-pool.ts";
import { shardingNotServed } from "./rules/sharding-not-served.ts";
import { strategyWithoutUse } from "./rules/strategy-without-use.ts";
import { tableShardedTwice } from "./rules/table-sharded-twice.ts";
import { tlsOff } from "./rules/tls-off.ts";
import { tlsUnverified } from "./rules/tls-unverified.ts";
import { twoLoadBalancers } from "./rules/two-load-balancers.ts";
import { unknownField } from "./rules/unknown-field.ts";
import { unknownKind } from "./rules/unknown-kind.ts";
import { unknownRuleIgnored } from "./rules/unknown-rule-ignored.ts";
import { unresolvedReference } from "./rules/unresolved-reference.ts";
import { workloadWithoutDatabase } from "./rules/workload-without-database.ts";
import { writeToReplica } from "./rules/write-to-replica.ts";
import { wrongType } from "./rules/wrong-type.ts";
import { yamlSyntax } from "./rules/yaml-syntax.ts";

export const RULES: readonly Rule[] = [
  yamlSyntax,
  duplicateKey,
  notAManifest,
  unknownKind,
  unknownField,
  missingField,
  wrongType,
  invalidValue,
  definedTwice,
  kindWithoutUse,
  noManifests,
  noVirtualDatabase,
  unknownRuleIgnored,
  unresolvedReference,
  selectorSelectsNothing,
  selectorSelectsAll,
  serviceWithoutEndpoints,
  listenerTaken,
  serviceNamedTwice,
  strategyWithoutUse,
  endpointWithoutUse,
  endpointShared,
  schemaDiffers,
  secretNotInInput,
  secretKeyMissing,
  regexSyntax,
  regexUnsupported,
  regexInSlashes,
  regexMatchesEverything,
  regexMatchesNothing,
  regexCase,
  regexMixedCase,
  ruleUnreachable,
  patternWithoutEffect,
  denyEvaded,
  ruleWithoutName,
  ruleNamedTwice,
  refusalHidden,
  twoLoadBalancers,
  writeToReplica,
  replicaTakesWrites,
  nobodyTakesWrites,
  nobodyTakesReads,
  noWeight,
  fieldWithoutEffect,
  tableShardedTwice,
  nodeListedTwice,
  shardingNotServed,
  passwordInManifest,
  passwordWeak,
  passwordEmpty,
  rootLogin,
  tlsOff,
  tlsUnverified,
  listenerOpen,
  keyInManifest,
  accountsInClear,
  accountsFromProxy,
  concurrencyZero,
  limitAbovePool,
  connectOutlastsWait,
  sessionsBelowPool,
  poolsExceedServer,
  workloadWithoutDatabase,
  databaseWithoutWorkload,
  portTakenByContainer,
  adminPortTaken,
  hostNetwork,
  metricsPort,
  monitorInterval,
  regexAsText,
  roleNotSaid,
];

/** The rule with that id or name, or null. */
export function ruleNamed(word: string): Rule | null {
  return BY_WORD.get(word) ?? BY_WORD.get(word.toUpperCase()) ?? BY_WORD.get(word.toLowerCase()) ?? null;
}

const BY_WORD = new Map(
  RULES.flatMap((rule) => [[rule.id, rule] as const, [rule.name, rule] as const]) as [string, Rule][],
);

/** What to write instead of a word that names no rule. */
export function ruleMeant(word: string): string {
  const isId = /^psx/i.test(word);
  const words = RULES.map((rule) => (isId ? rule.id : rule.name));
  return didYouMean(word, words, "").replace(/^known here: .*/, "`pisanix render --list-rules` lists them");
}
