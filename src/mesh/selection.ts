/** Which DatabaseEndpoints a TrafficStrategy selects, and what is wrong when it is none that could serve. */
import { WEIGHT_ANNOTATION } from "../api/database-endpoint.ts";
import { formatSelector, type LabelSelector, selects } from "../api/selector.ts";
import { type Issue, issueAt } from "../lib/issue.ts";
import { nearest } from "../lib/suggest.ts";
import { type Catalog, objectsOf } from "./catalog.ts";
import { isAsWritten, type ManifestOf } from "./manifest.ts";

/** The selected endpoints of the strategy's namespace, in name order. */
export function selectedBy(
  catalog: Catalog,
  strategy: ManifestOf<"TrafficStrategy">,
): readonly ManifestOf<"DatabaseEndpoint">[] {
  const candidates = objectsOf(catalog, "DatabaseEndpoint", strategy.namespace);
  return candidates.filter((endpoint) => selects(strategy.spec.selector, endpoint.labels));
}

/** Reports a selector that selects nothing, or nothing with a weight. */
export function reportSelection(
  catalog: Catalog,
  strategy: ManifestOf<"TrafficStrategy">,
  selected: readonly ManifestOf<"DatabaseEndpoint">[],
  issues: Issue[],
): void {
  const { namespace, source, path, spec } = strategy;
  const at = [...path, "spec", "selector"];
  if (selected.length > 0) {
    if (selected.some((endpoint) => endpoint.annotations[WEIGHT_ANNOTATION] > 0)) return;
    const names = selected.map((endpoint) => endpoint.name).join(", ");
    const remedy = `give one of ${names} the annotation ${WEIGHT_ANNOTATION}: "1"`;
    issues.push(issueAt(source, at, "every selected DatabaseEndpoint has weight 0", remedy, { rule: "no-weight" }));
    return;
  }
  const endpoints = objectsOf(catalog, "DatabaseEndpoint", namespace);
  const isAnyBroken = catalog.broken.some(
    (object) => object.kind === "DatabaseEndpoint" && object.namespace === namespace,
  );
  const isCertain =
    !catalog.isPartial && !isAnyBroken && endpoints.every((endpoint) => isAsWritten(endpoint, ["metadata", "labels"]));
  if (!isCertain || !isAsWritten(strategy, ["spec", "selector"])) return;
  const wanted = formatSelector(spec.selector);
  const message = `selects none of the DatabaseEndpoints of namespace ${namespace}${wanted === "" ? "" : `: ${wanted}`}`;
  const remedy = remedyFor(spec.selector, endpoints, namespace);
  issues.push(issueAt(source, at, message, remedy, { rule: "selector-selects-nothing" }));
}

function remedyFor(
  selector: LabelSelector,
  endpoints: readonly ManifestOf<"DatabaseEndpoint">[],
  namespace: string,
): string {
  if (endpoints.length === 0) return `namespace ${namespace} has no DatabaseEndpoint: add one with these labels`;
  const labels = new Set(
    endpoints.flatMap((endpoint) => Object.entries(endpoint.labels).map(([key, value]) => `${key}=${value}`)),
  );
  for (const [key, value] of Object.entries(selector.matchLabels)) {
    const meant = labels.has(`${key}=${value}`) ? null : nearest(`${key}=${value}`, labels);
    if (meant !== null) return `did you mean ${meant}?`;
  }
  return `labels there: ${labels.size === 0 ? "none" : [...labels].sort().join(", ")}`;
}
