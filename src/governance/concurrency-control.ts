/**
 * Concurrency control: at most `max_concurrency` of the statements that match a rule run at once, over all sessions of a
 * listener, in all workers. The first rule that matches decides; later rules are not asked. A place is taken when the statement is
 * admitted and given back when its response has ended. One that finds no place is refused at once, nothing waits.
 *
 * `duration` decides nothing. In the original a window of that many seconds began with the first match; when it had run
 * out, the count began anew, one statement passed without being counted, and places of statements still running were
 * given back twice: the limit leaked. With every statement counted in every window, a new window admits exactly what the
 * old one would have, so there is no window here, only the limit.
 */
import type { ConcurrencyControlConfig } from "../api/proxy-config.ts";
import { assert } from "../lib/assert.ts";
import { giveBackPlace, placesTaken, takePlace } from "../lib/places.ts";
import type { WorkerShare } from "../lib/worker-share.ts";
import type { Filter, RuleTally } from "./filter.ts";
import { compileRuleSet, firstRule, refuse } from "./rule-set.ts";

export const CONCURRENCY_CONTROL = "concurrency_control";

/**
 * Compiles the filter. `previous` are the tallies of the one it replaces: statements that it admitted keep their places.
 * @throws PatternError
 */
export function compileConcurrencyControl(
  configs: readonly ConcurrencyControlConfig[],
  previous: readonly RuleTally[],
  share: WorkerShare | null,
): Filter {
  const rules = compileRuleSet(CONCURRENCY_CONTROL, configs, previous, share);
  const limits = configs.map((config) => config.max_concurrency);
  return Object.freeze<Filter>({
    name: CONCURRENCY_CONTROL,
    needsText: true,
    rules: rules.names,
    tallies: rules.tallies,
    admit(_session, statement, verdict) {
      assert(verdict.permit === null, "a statement takes one place");
      const rule = firstRule(rules, statement);
      if (rule < 0) return "pass";
      const tally = rules.tallies[rule]!;
      if (takePlace(tally, limits[rule]!)) {
        verdict.permit = tally;
        return "pass";
      }
      const message = `concurrency control plugin rejected: concurrency control rule "${rules.names[rule]!}" (${placesTaken(tally)} running)`;
      return refuse(rules, rule, verdict, message);
    },
    release(_session, verdict) {
      const { permit } = verdict;
      if (permit === null) return;
      giveBackPlace(permit);
      verdict.permit = null;
    },
  });
}
