/** A TrafficStrategy in words: what is refused and limited, and where statements go. */
import { ROLE_ANNOTATION, WEIGHT_ANNOTATION } from "../../api/database-endpoint.ts";
import type { ReadWriteRule, ReadWriteSplitting } from "../../api/read-write-splitting.ts";
import { formatSelector } from "../../api/selector.ts";
import type { Path } from "../../lib/issue.ts";
import type { ManifestOf } from "../manifest.ts";
import type { Endpoint, ResolvedService } from "../resolve.ts";
import { joined, type Notes } from "./explanation.ts";

type Strategy = ManifestOf<"TrafficStrategy">;

/** ER_UNKNOWN_COM_ERROR, the original's answer to what is refused. */
const REFUSAL_DEFAULT = "1047 (08S01)";

/** The rules in the order in which a statement meets them. */
export function explainRules(notes: Notes, strategy: Strategy): void {
  const { circuitBreaks, concurrencyControls } = strategy.spec;
  if (circuitBreaks.length + concurrencyControls.length === 0) notes.say("every statement may run: there are no rules");
  let number = 0;
  for (const [index, rule] of circuitBreaks.entries()) {
    number += 1;
    const path = ["spec", "circuitBreaks", index];
    notes.value(
      `${number}. ${nameOf(rule.name, "circuit break")} refuses statements in which ${patternsOf(rule.regex)}`,
      strategy,
      [...path, "regex"],
    );
    explainCase(notes, strategy, path, rule.caseInsensitive);
    explainRefusal(notes, strategy, path, rule, "the client gets");
  }
  for (const [index, rule] of concurrencyControls.entries()) {
    number += 1;
    const path = ["spec", "concurrencyControls", index];
    notes.value(
      `${number}. ${nameOf(rule.name, "concurrency control")} is about statements in which ${patternsOf(rule.regex)}${index === 0 ? "" : ", unless a concurrency control before it is"}`,
      strategy,
      [...path, "regex"],
    );
    notes.value(
      `at most ${rule.maxConcurrency} of them run at once, over all clients of this proxy`,
      strategy,
      [...path, "maxConcurrency"],
      1,
    );
    explainCase(notes, strategy, path, rule.caseInsensitive);
    explainRefusal(notes, strategy, path, rule, "one more is refused at once, with");
  }
}

function nameOf(name: string | undefined, kind: string): string {
  return name === undefined ? `a ${kind} without a name` : `${kind} "${name}"`;
}

function patternsOf(patterns: readonly string[]): string {
  const quoted = patterns.map((pattern) => JSON.stringify(pattern));
  return quoted.length === 1 ? `${quoted[0]} is found` : `any of ${quoted.join(", ")} is found`;
}

function explainCase(notes: Notes, strategy: Strategy, path: Path, isInsensitive: boolean): void {
  const text = isInsensitive ? "upper and lower case are the same" : "upper and lower case are not the same";
  notes.value(text, strategy, [...path, "caseInsensitive"], 1);
}

interface Refusal {
  readonly code?: number;
  readonly sqlState?: string;
  readonly message?: string;
}

function explainRefusal(notes: Notes, strategy: Strategy, path: Path, rule: Refusal, lead: string): void {
  const { code, sqlState, message } = rule;
  const isDefault = code === undefined && sqlState === undefined;
  const error = isDefault ? REFUSAL_DEFAULT : `${code ?? 1047} (${sqlState ?? "08S01"})`;
  notes.value(`${lead} error ${error}`, strategy, [...path, code === undefined ? "sqlState" : "code"], 1);
  if (message !== undefined) notes.value(`that says "${message}"`, strategy, [...path, "message"], 1);
}

/** Which databases are there, and how one is chosen. */
export function explainRouting(notes: Notes, service: ResolvedService, strategy: Strategy): void {
  const { selector, loadBalance } = strategy.spec;
  const wanted = formatSelector(selector);
  const names = service.endpoints.map((endpoint) => endpoint.name);
  notes.value(
    `databases of namespace ${strategy.namespace} ${wanted === "" ? "without condition" : `with ${wanted}`}: ${joined(names)}`,
    strategy,
    ["spec", "selector"],
  );
  const { simpleLoadBalance, readWriteSplitting } = loadBalance;
  if (readWriteSplitting !== undefined) return explainSplitting(notes, service, strategy, readWriteSplitting);
  const kind = simpleLoadBalance?.kind ?? "random";
  const how = kind === "random" ? "one at random" : "one after the other";
  notes.value(
    `each statement outside of a transaction goes to ${names.length === 1 ? "that one" : `${how}, by weight (${kind})`}`,
    strategy,
    ["spec", "loadBalance", "simpleLoadBalance", "kind"],
  );
}

function explainSplitting(
  notes: Notes,
  { endpoints }: ResolvedService,
  strategy: Strategy,
  splitting: ReadWriteSplitting,
): void {
  const mode = splitting.static === undefined ? "dynamic" : "static";
  const { rules, defaultTarget } = splitting[mode] ?? { rules: [], defaultTarget: "readwrite" };
  const path = ["spec", "loadBalance", "readWriteSplitting", mode];
  const [readers, writers] = [groupOf(endpoints, "read"), groupOf(endpoints, "readwrite")];
  notes.say(
    `reads are for ${readers.length === 0 ? "nobody: no database has that role, so they go to the others" : joined(readers)}; writes for ${writers.length === 0 ? "nobody: they fail" : joined(writers)}`,
  );
  notes.say(
    "in a transaction, and when they lock, set or leave something on the connection, statements go to readwrite, whatever the rules say",
  );
  for (const [index, rule] of ordered(rules))
    notes.value(`rule "${rule.name}": ${wordsOf(rule)}`, strategy, [...path, "rules", index], 1);
  notes.value(`what no rule matches goes to ${defaultTarget}`, strategy, [...path, "defaultTarget"]);
  if (mode === "static") return;
  const watch = splitting.dynamic?.discovery.masterHighAvailability;
  notes.value(`roles are found out by probes that log in as ${watch?.user}`, strategy, [
    ...path,
    "discovery",
    "masterHighAvailability",
    "user",
  ]);
}

/** Rules of type regex are asked before the generic one. */
function ordered(rules: readonly ReadWriteRule[]): [number, ReadWriteRule][] {
  const all = [...rules.entries()];
  return [...all.filter(([, rule]) => rule.type === "regex"), ...all.filter(([, rule]) => rule.type === "generic")];
}

function wordsOf(rule: ReadWriteRule): string {
  if (rule.type === "generic")
    return `reads to read, writes to readwrite, by what the statement does (${rule.algorithmName})`;
  return `statements in which ${patternsOf(rule.regex ?? [])} to ${rule.target} (${rule.algorithmName})`;
}

function groupOf(endpoints: readonly Endpoint[], role: string): string[] {
  return endpoints
    .filter((endpoint) => endpoint.annotations[ROLE_ANNOTATION] === role && endpoint.annotations[WEIGHT_ANNOTATION] > 0)
    .map((endpoint) => endpoint.name);
}
