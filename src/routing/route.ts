/**
 * Where a statement runs: compiled once for each listener and generation, then asked for each statement of a session
 * that is not pinned to a connection.
 */
import type { ListenerConfig } from "../api/proxy-config.ts";
import type { Random } from "../lib/random.ts";
import type { Statement } from "../sql/statement.ts";
import { type Balancer, newBalancer, pick } from "./balance.ts";
import type { EndpointView } from "./endpoint-view.ts";
import {
  compileReadWrite,
  type ReadWriteRules,
  type ReadWriteSplitting,
  reasonForPrimary,
  targetOf,
} from "./read-write.ts";

/** The part of a listener's configuration that routing is about. */
export interface RoutingConfig extends Pick<ListenerConfig, "simple_loadbalance"> {
  read_write_splitting?: { static?: ReadWriteRules; dynamic?: ReadWriteRules };
}

export interface Router {
  /** Balances over all endpoints where reads and writes are not split. */
  readonly balancer: Balancer;
  readonly splitting: ReadWriteSplitting | null;
  /** Why the last route() chose as it did, in words that are constant for each rule. */
  reason: string;
}

const REASON_NO_READ_ENDPOINT = "no usable read endpoint";

/**
 * Compiles where the statements of a listener go. `endpoints` are those of the whole proxy; the listener's are named by
 * `simple_loadbalance.nodes`, in that order, and are all of them without it. Splitting wins over simple balancing, as in
 * the original. A `dynamic` splitting is served by its rules and the configured roles until roles are discovered.
 * @throws PatternError that names the rule, for a pattern that does not compile.
 */
export function compileRouter(config: RoutingConfig, endpoints: readonly EndpointView[], random: Random): Router {
  const simple = config.simple_loadbalance;
  const own = simple === undefined ? endpoints : endpointsNamed(simple.nodes, endpoints);
  const splitting = config.read_write_splitting?.static ?? config.read_write_splitting?.dynamic;
  return {
    balancer: newBalancer(simple?.balance_type ?? "random", own, random),
    splitting: splitting === undefined ? null : compileReadWrite(splitting, { endpoints: own, random }),
    reason: "",
  };
}

/**
 * The endpoint for a statement; null when none is usable. `avoid` is an endpoint that has just failed and is not given
 * again. The choice is explained by `router.reason` until the next call. Allocates nothing.
 */
export function route(
  router: Router,
  statement: Statement,
  inTransaction: boolean,
  avoid: EndpointView | null,
): EndpointView | null {
  const { splitting } = router;
  if (splitting === null) {
    router.reason = router.balancer.type;
    return pick(router.balancer, avoid);
  }
  const reason = reasonForPrimary(statement, inTransaction);
  if (reason !== "") {
    router.reason = reason;
    return pick(splitting.primary, avoid);
  }
  const target = targetOf(splitting, statement);
  router.reason = target.reason;
  if (target.role === "readwrite") return pick(target.readwrite, avoid);
  const replica = pick(target.read, avoid);
  if (replica !== null) return replica;
  router.reason = REASON_NO_READ_ENDPOINT;
  return pick(target.readwrite, avoid);
}

/** Whether the statement's text has to be at hand as a whole for route(). */
export function routerNeedsText(router: Router): boolean {
  return router.splitting !== null && router.splitting.patterns.size > 0;
}

function endpointsNamed(names: readonly string[], endpoints: readonly EndpointView[]): EndpointView[] {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  return names.map((name) => byName.get(name)).filter((endpoint) => endpoint !== undefined);
}
