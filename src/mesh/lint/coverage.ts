/** Whether some rules leave anything over for another one. */
import { shortestText } from "../pattern/compare.ts";
import { isFoundIn, type Machine, machineOf } from "../pattern/machine.ts";
import type { PatternRule } from "./lint-mesh.ts";

/** The machines of a rule's patterns; null when one of them cannot be analysed. */
export function machinesOf(rule: Pick<PatternRule, "patterns" | "caseInsensitive">): readonly Machine[] | null {
  const machines = rule.patterns.map(({ source }) => machineOf(source, rule.caseInsensitive));
  return machines.every((machine) => machine !== null) ? machines : null;
}

/**
 * The rules of `before` that together match every statement that one of `machines` matches; null when a statement is left,
 * or when it cannot be told. What a pattern matches that matches nothing at all is not looked at: that is another rule's.
 */
export function coveringRules(
  machines: readonly Machine[],
  before: readonly PatternRule[],
): readonly PatternRule[] | null {
  const known = before.flatMap((rule) => {
    const own = rule.patterns.map(({ source }) => machineOf(source, rule.caseInsensitive));
    return [{ rule, machines: own.filter((machine) => machine !== null) }];
  });
  const covering = new Set<PatternRule>();
  for (const machine of machines) {
    if (machine.sample === null) return null;
    // One statement that is left settles it; most rules have nothing in common.
    const { sample } = machine;
    const near = known.filter(({ machines: own }) => own.some((other) => isFoundIn(other, sample)));
    if (near.length === 0) return null;
    const single = near.find(({ machines: own }) => shortestText([machine], own).kind === "none");
    if (single !== undefined) covering.add(single.rule);
    else {
      const all = known.flatMap(({ machines: own }) => own);
      if (all.length > TOGETHER_MAX || shortestText([machine], all).kind !== "none") return null;
      for (const { rule } of near) covering.add(rule);
    }
  }
  return [...covering];
}

/** Patterns that are looked at together: each makes the search longer. */
const TOGETHER_MAX = 12;

/** Whether everything that `narrow` matches `wide` matches, too; false for a pattern that matches nothing. */
export function isWithin(narrow: Machine, wide: Machine): boolean {
  const { sample } = narrow;
  // One statement that is left settles it; most patterns have nothing in common.
  return sample !== null && isFoundIn(wide, sample) && shortestText([narrow], [wide]).kind === "none";
}
