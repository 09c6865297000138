import { expect, test } from "bun:test";
import * as v from "valibot";
import { formatSelector, labelSelectorSchema, selects } from "./selector.ts";

const selector = (written: unknown) => v.parse(labelSelectorSchema, written);
const expression = (key: string, operator: string, values?: string[]) =>
  selector({ matchExpressions: [values === undefined ? { key, operator } : { key, operator, values }] });

test("selects() wants every label of matchLabels", () => {
  const both = selector({ matchLabels: { app: "shop", tier: "a" } });
  expect(selects(both, { app: "shop", tier: "a", more: "x" })).toBe(true);
  expect(selects(both, { app: "shop" })).toBe(false);
  expect(selects(both, { app: "shop", tier: "b" })).toBe(false);
});

test("selects() selects everything when nothing is asked", () => {
  expect(selects(selector({}), {})).toBe(true);
});

test("selects() honours every operator of matchExpressions", () => {
  const cases: [ReturnType<typeof selector>, boolean, boolean, boolean][] = [
    // tier=a, tier=b, no tier
    [expression("tier", "In", ["a", "c"]), true, false, false],
    [expression("tier", "NotIn", ["a", "c"]), false, true, true],
    [expression("tier", "Exists"), true, true, false],
    [expression("tier", "DoesNotExist"), false, false, true],
  ];
  for (const [each, a, b, none] of cases) {
    expect([selects(each, { tier: "a" }), selects(each, { tier: "b" }), selects(each, {})]).toEqual([a, b, none]);
  }
});

test("selects() wants labels and expressions together", () => {
  const both = selector({ matchLabels: { app: "x" }, matchExpressions: [{ key: "tier", operator: "Exists" }] });
  expect(selects(both, { app: "x" })).toBe(false);
  expect(selects(both, { app: "x", tier: "" })).toBe(true);
});

test("labelSelectorSchema wants values where the operator compares, and none where it does not", () => {
  expect(() => expression("tier", "In")).toThrow("needs at least one value");
  expect(() => expression("tier", "Exists", ["a"])).toThrow("takes no values");
});

test("formatSelector() writes what kubectl get -l takes", () => {
  const written = selector({
    matchLabels: { app: "x" },
    matchExpressions: [
      { key: "a", operator: "In", values: ["1", "2"] },
      { key: "b", operator: "NotIn", values: ["3"] },
      { key: "c", operator: "Exists" },
      { key: "d", operator: "DoesNotExist" },
    ],
  });
  expect(formatSelector(written)).toBe("app=x,a in (1,2),b notin (3),c,!d");
});
