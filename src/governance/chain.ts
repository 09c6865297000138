/** The filters of a listener in the order in which they are asked. The order is the array literal in compileChain(). */
import type { ListenerConfig } from "../api/proxy-config.ts";
import { assert } from "../lib/assert.ts";
import type { WorkerShare } from "../lib/worker-share.ts";
import type { Statement } from "../sql/statement.ts";
import { CIRCUIT_BREAK, compileCircuitBreak } from "./circuit-break.ts";
import { CONCURRENCY_CONTROL, compileConcurrencyControl } from "./concurrency-control.ts";
import type { Filter, RuleTally, SessionView, Verdict } from "./filter.ts";

/** Flat and frozen. Empty where nothing is governed, and then it costs nothing. */
export type Chain = readonly Filter[];

/** The chain that lets everything pass. */
export const NO_FILTERS: Chain = Object.freeze([]);

/** How often a rule has refused a statement. */
export interface RuleRejections {
  readonly filter: string;
  readonly rule: string;
  readonly count: number;
}

/** A verdict before the first statement. One per session. */
export function newVerdict(): Verdict {
  return { held: 0, permit: null, filter: "", rule: "", code: 0, sqlState: "", message: "" };
}

/**
 * Compiles the filters of a listener: cheapest refusal first, those that give out places last. `previous` is the chain
 * that this one replaces: the same rules keep their counts, and the places that are taken. `share` is what limits are
 * counted in over several workers.
 * @throws PatternError that names the rule, for a pattern that does not compile.
 */
export function compileChain(
  plugin: ListenerConfig["plugin"],
  previous: Chain = [],
  share: WorkerShare | null = null,
): Chain {
  const circuitBreak = plugin?.circuit_break ?? [];
  const concurrencyControl = plugin?.concurrency_control ?? [];
  const chain: readonly (Filter | null)[] = [
    circuitBreak.length === 0 ? null : compileCircuitBreak(circuitBreak, talliesOf(previous, CIRCUIT_BREAK)),
    concurrencyControl.length === 0
      ? null
      : compileConcurrencyControl(concurrencyControl, talliesOf(previous, CONCURRENCY_CONTROL), share),
  ];
  return Object.freeze(chain.filter((filter) => filter !== null));
}

/**
 * Whether `statement` may run now. If so, release() must be called with the same chain and verdict when its response has
 * ended. If not, nothing is held and `verdict` says which rule refused, and the error that the client gets.
 */
export function admit(chain: Chain, session: SessionView, statement: Statement, verdict: Verdict): boolean {
  assert(verdict.held === 0, "a session's statement is released before the next one is admitted");
  for (let index = 0; index < chain.length; index++) {
    if (chain[index]!.admit(session, statement, verdict) === "refuse") {
      release(chain, session, verdict);
      return false;
    }
    verdict.held = index + 1;
  }
  return true;
}

/** Gives back what an admitted statement holds, last taken first. What has been released is not released again. */
export function release(chain: Chain, session: SessionView, verdict: Verdict): void {
  assert(verdict.held <= chain.length, "a verdict is released by the chain that gave it");
  while (verdict.held > 0) {
    verdict.held -= 1;
    chain[verdict.held]!.release?.(session, verdict);
  }
}

/** Whether the statement's text has to be at hand as a whole for admit(). */
export function needsText(chain: Chain): boolean {
  return chain.some((filter) => filter.needsText);
}

/** How often each rule has refused, for the metrics. */
export function rejectionsOf(chain: Chain): RuleRejections[] {
  return chain.flatMap((filter) =>
    filter.tallies.map(({ refused }, index) => ({ filter: filter.name, rule: filter.rules[index]!, count: refused })),
  );
}

function talliesOf(chain: Chain, name: string): readonly RuleTally[] {
  return chain.find((filter) => filter.name === name)?.tallies ?? [];
}
