/** TrafficStrategy: which endpoints serve a service, and which statements may run. */
import * as v from "valibot";
import { seconds } from "./duration.ts";
import { choice, flag, patterns, wholeNumber } from "./fields.ts";
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

const circuitBreak = v.object(ruleEntries);

const concurrencyControl = v.object({
  ...ruleEntries,
  duration: seconds('length of the rule\'s window: seconds, or a duration such as "10s"'),
  maxConcurrency: wholeNumber("matching statements that may run at once", 0, CONCURRENCY_MAX),
});

const loadBalance = v.object({
  simpleLoadBalance: v.exactOptional(
    v.object({ kind: choice(BALANCE_TYPES, "how an endpoint is chosen for a statement") }),
  ),
  readWriteSplitting: v.exactOptional(readWriteSplittingSchema),
});

export const trafficStrategySpec = v.object({
  selector: labelSelectorSchema,
  loadBalance: v.exactOptional(loadBalance, {}),
  circuitBreaks: v.exactOptional(v.array(circuitBreak), []),
  concurrencyControls: v.exactOptional(v.array(concurrencyControl), []),
});

export type TrafficStrategySpec = v.InferOutput<typeof trafficStrategySpec>;
export type CircuitBreakSpec = v.InferOutput<typeof circuitBreak>;
export type ConcurrencyControlSpec = v.InferOutput<typeof concurrencyControl>;
