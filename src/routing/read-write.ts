/**
 * Read/write splitting: a statement that only reads may go to a replica. What decides, in this order: an open
 * transaction and anything that is more than a read (effects.ts) go to readwrite, whatever the rules say; then the regex
 * rules, on the text as the client sent it; then the first generic rule, on the kind of the statement; then the default
 * target. Where no endpoint of the read group is usable, reads go to readwrite; writes never go to read.
 */
import type { NodeRole, ReadWriteRuleConfig } from "../api/proxy-config.ts";
import { atPlace, compilePatternSet, firstMatch, PatternError, type PatternSet } from "../lib/pattern.ts";
import type { Random } from "../lib/random.ts";
import { nameOfEffects } from "../sql/effects.ts";
import type { StatementKind } from "../sql/kind.ts";
import { textOf } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";
import { type Balancer, newBalancer } from "./balance.ts";
import type { EndpointView } from "./endpoint-view.ts";

/** The rules as configured. */
export interface ReadWriteRules {
  default_target: NodeRole;
  rule: readonly ReadWriteRuleConfig[];
}

export interface ReadWriteSplitting {
  readonly patterns: PatternSet;
  /** The target of each pattern, which is that of its rule. */
  readonly targetByPattern: readonly Target[];
  readonly generic: GenericTargets | null;
  readonly fallback: Target;
  /** The fallback's algorithm over the readwrite group. */
  readonly primary: Balancer;
}

/** Where a rule sends statements. */
export interface Target {
  readonly role: NodeRole;
  /** Constant words for why, such as `rule "reads"`. */
  readonly reason: string;
  readonly read: Balancer;
  readonly readwrite: Balancer;
}

interface GenericTargets {
  readonly read: Target;
  readonly readwrite: Target;
}

/** What compiling needs beside the rules. */
export interface ReadWriteParts {
  readonly endpoints: readonly EndpointView[];
  readonly random: Random;
}

/**
 * Compiles the rules.
 * @throws PatternError that names the rule.
 */
export function compileReadWrite(config: ReadWriteRules, parts: ReadWriteParts): ReadWriteSplitting {
  const fallback = newTarget(config.default_target, "default target", "random", parts);
  const targetByPattern: Target[] = [];
  const sources = [];
  const places: string[] = [];
  for (const rule of config.rule) {
    if (rule.type !== "regex") continue;
    const role = rule.target ?? config.default_target;
    const target = newTarget(role, `rule "${rule.name}"`, rule.algorithm_name, parts);
    for (const [index, source] of (rule.regex ?? []).entries()) {
      targetByPattern.push(target);
      sources.push({ source, caseInsensitive: false });
      places.push(`read_write_splitting rule "${rule.name}": regex[${index}]`);
    }
  }
  const generic = config.rule.find((rule) => rule.type === "generic");
  return {
    patterns: compilePatterns(sources, places),
    targetByPattern,
    generic: generic === undefined ? null : compileGeneric(generic, parts),
    fallback,
    primary: fallback.readwrite,
  };
}

/** Why the statement has to run on the readwrite group, in constant words; "" if the rules may decide. */
export function reasonForPrimary(statement: Statement, inTransaction: boolean): string {
  return inTransaction ? "in transaction" : nameOfEffects(statement.effects);
}

/** The target that the rules choose for a statement that reasonForPrimary() leaves to them. */
export function targetOf(splitting: ReadWriteSplitting, statement: Statement): Target {
  if (splitting.patterns.size > 0) {
    const pattern = firstMatch(splitting.patterns, textOf(statement));
    if (pattern >= 0) return splitting.targetByPattern[pattern]!;
  }
  if (splitting.generic === null) return splitting.fallback;
  const role = roleOfKind(statement.kind);
  return role === null ? splitting.fallback : splitting.generic[role];
}

/**
 * The group for a kind of statement under a generic rule; null for the default target. The original knows INSERT,
 * UPDATE, DELETE, SET and START as writes and sends the rest to the default target; here whatever may write is a write.
 */
function roleOfKind(kind: StatementKind): NodeRole | null {
  switch (kind) {
    case "SELECT":
      return "read";
    case "SHOW":
    case "EXPLAIN":
    case "HELP":
    case "CHECKSUM":
    case "EMPTY":
      return null;
    default:
      return "readwrite";
  }
}

function compileGeneric(rule: ReadWriteRuleConfig, parts: ReadWriteParts): GenericTargets {
  const read = newTarget("read", `generic rule "${rule.name}"`, rule.algorithm_name, parts);
  return { read, readwrite: { ...read, role: "readwrite" } };
}

function newTarget(
  role: NodeRole,
  reason: string,
  algorithm: ReadWriteRuleConfig["algorithm_name"],
  { endpoints, random }: ReadWriteParts,
): Target {
  const reads = endpoints.filter((endpoint) => endpoint.role === "read");
  const writes = endpoints.filter((endpoint) => endpoint.role === "readwrite");
  return {
    role,
    reason,
    read: newBalancer(algorithm, reads, random),
    readwrite: newBalancer(algorithm, writes, random),
  };
}

function compilePatterns(
  sources: { source: string; caseInsensitive: boolean }[],
  places: readonly string[],
): PatternSet {
  try {
    return compilePatternSet(sources);
  } catch (error) {
    throw error instanceof PatternError ? atPlace(error, places[error.index]!) : error;
  }
}
