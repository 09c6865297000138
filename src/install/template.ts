/**
 * Manifests that are written once, for whoever chooses: what is chosen already stands in them, and what Helm's values are to choose is
 * a mark in the text, which `chart.ts` turns into Helm's own.
 */

export type Fields = Record<string, unknown>;

/** Decided, or the condition that Helm decides by: `eq $.Values.injector "policy"`. */
export type Condition = boolean | string;

/** A list that is known, or what Helm ranges over and makes of each item: of a list `.`, the item itself. */
export type Each = readonly string[] | { readonly range: string; readonly item?: string };

/** No manifest has these. */
export const MARK_OPEN = "\u27ea";
export const MARK_CLOSE = "\u27eb";

/** A text of which Helm fills in the value of `expression`. */
export function hole(expression: string): string {
  return mark(expression);
}

/** A number or a flag that Helm fills in. */
export function numberHole(expression: string): unknown {
  return mark(`number ${expression}`);
}

/** A list or a mapping that Helm fills in. */
export function yamlHole(expression: string): unknown {
  return mark(`yaml ${expression}`);
}

/** `items` where `condition` holds; to be spread into a list. */
export function when(condition: Condition, items: readonly unknown[]): unknown[] {
  if (typeof condition === "boolean") return condition ? [...items] : [];
  return [mark(`if ${condition}`), ...items, mark("end")];
}

/** `fields` where `condition` holds; to be spread into a mapping, once for each condition. */
export function whenFields(condition: Condition, fields: Fields): Fields {
  if (typeof condition === "boolean") return condition ? fields : {};
  return { [mark(`if ${condition}`)]: null, ...fields, [mark(`end ${condition}`)]: null };
}

/** What `make` makes of each item; to be spread into a list. */
export function forEach(each: Each, make: (item: string) => readonly unknown[]): unknown[] {
  if (!("range" in each)) return each.flatMap((item) => make(item));
  return [mark(`range ${each.range}`), ...make(hole(each.item ?? ".")), mark("end")];
}

/** The opposite. */
export function not(condition: Condition): Condition {
  return typeof condition === "boolean" ? !condition : `not (${condition})`;
}

function mark(text: string): string {
  return `${MARK_OPEN}${text}${MARK_CLOSE}`;
}
