/** Label and field selectors as they stand in a query, and as they stand in a webhook configuration. */
import { badRequest } from "./failure.ts";
import type { FakeObject } from "./store.ts";

type Labels = Readonly<Record<string, string>>;
type Predicate = (object: FakeObject) => boolean;

/** Reads `labelSelector` and `fieldSelector`. @throws Failure for what cannot be read. */
export function readSelectors(query: URLSearchParams): Predicate {
  const labels = splitSelector(query.get("labelSelector") ?? "").map(labelTerm);
  const fields = (query.get("fieldSelector") ?? "").split(",").filter(Boolean).map(fieldTerm);
  return (object) => {
    return labels.every((term) => term(object.metadata.labels ?? {})) && fields.every((term) => term(object));
  };
}

/** metav1.LabelSelector. */
export interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** Whether the selector of a webhook selects these labels; an absent one selects all. */
export function selectsLabels(selector: LabelSelector | undefined, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === "Exists") return value !== undefined;
    if (operator === "DoesNotExist") return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === "In" ? isIn : !isIn;
  });
}

/** At commas outside of brackets. */
function splitSelector(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter(Boolean);
}

function labelTerm(text: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    const isIn = (labels: Labels) => labels[key] !== undefined && values.includes(labels[key] ?? "");
    return operator === "in" ? isIn : (labels) => !isIn(labels);
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(text);
  if (equality !== null) {
    const [, key = "", operator, value = ""] = equality;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = /^(!?)([^=!\s(]+)$/.exec(text);
  if (existence === null) throw badRequest(`unable to parse requirement: ${text}`);
  const [, not, key = ""] = existence;
  return (labels) => (labels[key] !== undefined) === (not === "");
}

function fieldTerm(text: string): Predicate {
  const parts = /^([\w.]+)(==|=|!=)(.*)$/.exec(text);
  const [, path = "", operator, value = ""] = parts ?? [];
  if (path !== "metadata.name" && path !== "metadata.namespace") {
    throw badRequest(`field label not supported: ${path || text}`);
  }
  const field = path === "metadata.name" ? "name" : "namespace";
  return (object) => (object.metadata[field] === value) === (operator !== "!=");
}
