/** TrafficStrategy: which endpoints serve a service, and which statements may run. */
import * as v from "valibot";
import { seconds } from "./duration.ts";
import { choice, flag, list, patterns, wholeNumber } from "./fields.ts";
import { BALANCE_TYPES, readWriteSplittingSchema } from "./read-write-splitting.ts";
import { refusalCode, refusalMessage, refusalSqlState, ruleName } from "./refusal.ts";
import { labelSelectorSchema } from "./selector.ts";

export const CONCURRENCY_MAX = 4_294_967_295;

const ruleEntries = {
  name: v.exactOptional(ruleName),
  regex: patterns("patterns of statements that this rule is about, one or a list"),
  caseInsensitive: v.exactOptional(flag("whether the patterns ignore case"), false),
  code: v.exactOptional(refusalCode),
  sqlState: v.exactOptional(refusalSqlState),
  message: v.exactOptional(refusalMessage),
};

const circuitBreak = v.pipe(v.object(ruleEntries), v.description("a rule that refuses the statements it matches"));

const concurrencyControl = v.pipe(
  v.object({
    ...ruleEntries,
    duration: seconds('length of the rule\'s window: seconds, or a duration such as "10s"'),
    maxConcurrency: wholeNumber("matching statements that may run at once", 0, CONCURRENCY_MAX),
  }),
  v.description("a rule that limits how many of the statements it matches run at once"),
);

const loadBalance = v.pipe(
  v.object({
    simpleLoadBalance: v.exactOptional(
      v.pipe(
        v.object({ kind: choice(BALANCE_TYPES, "how an endpoint is chosen for a statement") }),
        v.description("any statement to any endpoint"),
      ),
    ),
    readWriteSplitting: v.exactOptional(readWriteSplittingSchema),
  }),
  v.description("which of the selected endpoints a statement goes to; random over all when absent"),
);

export const trafficStrategySpec = v.pipe(
  v.object({
    selector: labelSelectorSchema,
    loadBalance: v.exactOptional(loadBalance, {}),
    circuitBreaks: v.exactOptional(v.pipe(list(circuitBreak), v.description("statements that are refused")), []),
    concurrencyControls: v.exactOptional(
      v.pipe(
        list(concurrencyControl),
        v.description("statements of which only so many run at once; the first rule that matches decides"),
      ),
      [],
    ),
  }),
  v.description("which endpoints serve a service, and which statements may run"),
);

export type TrafficStrategySpec = v.InferOutput<typeof trafficStrategySpec>;
export type CircuitBreakSpec = v.InferOutput<typeof circuitBreak>;
export type ConcurrencyControlSpec = v.InferOutput<typeof concurrencyControl>;
