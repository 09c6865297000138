/** metav1.LabelSelector: which objects a strategy is about. */
import * as v from "valibot";
import { unreachable } from "../lib/assert.ts";
import { cel, choice, list, nonEmptyText, text } from "./fields.ts";

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

const requirement = v.pipe(
  v.object({
    key: nonEmptyText("the label's key"),
    operator: choice(OPERATORS, "how the label's value is compared with `values`"),
    values: v.exactOptional(
      v.pipe(list(text("a label value")), v.description("values that In and NotIn compare with")),
      [],
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { operator, values } = dataset.value;
    const needsValues = operator === "In" || operator === "NotIn";
    if (needsValues && values.length === 0)
      addIssue({ message: `needs at least one value\nadd values: [...] for ${operator}` });
    if (!needsValues && values.length > 0)
      addIssue({ message: `takes no values\nremove values: ${operator} only looks at the key` });
  }),
  cel(
    "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
    "In and NotIn need values, Exists and DoesNotExist take none",
  ),
  v.description("a condition on one label"),
);

export const labelSelectorSchema = v.pipe(
  v.object({
    matchLabels: v.exactOptional(
      v.pipe(
        v.record(v.string(), text("a label value")),
        v.description("labels and values that the objects must have"),
      ),
      {},
    ),
    matchExpressions: v.exactOptional(
      v.pipe(list(requirement), v.description("further conditions, all of which must hold")),
      [],
    ),
  }),
  v.description("selects DatabaseEndpoints of the same namespace by their labels"),
);

export type LabelSelector = v.InferOutput<typeof labelSelectorSchema>;

/** Whether an object with these labels is selected: everything the selector asks for must hold; an empty one selects all. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const key in selector.matchLabels) {
    if (labels[key] !== selector.matchLabels[key]) return false;
  }
  if (selector.matchExpressions.length === 0) return true;
  return selector.matchExpressions.every(({ key, operator, values }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return unreachable(operator);
    }
  });
}

/** As `kubectl get -l` takes it: `source=catalogue,tier in (a,b)`. */
export function formatSelector(selector: LabelSelector): string {
  const parts = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of selector.matchExpressions) {
    if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(`${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`);
  }
  return parts.join(",");
}
