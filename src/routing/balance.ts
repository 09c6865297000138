/** Chooses one of several endpoints. A choice allocates nothing and takes time linear in the number of endpoints. */
import type { BalanceType } from "../api/proxy-config.ts";
import type { Random } from "../lib/random.ts";
import type { EndpointView } from "./endpoint-view.ts";

export interface Balancer {
  readonly type: BalanceType;
  /** Those with a weight above zero, each name once. */
  readonly endpoints: readonly EndpointView[];
  readonly random: Random;
  /** Greatest common divisor of the weights. */
  readonly step: number;
  /** Round robin: the place of the last choice, -1 before the first. */
  place: number;
  /** Round robin: only endpoints of at least this weight are chosen in this turn; falls by `step` from turn to turn. */
  threshold: number;
}

/** A balancer over `endpoints`. Of several with one name the first counts. */
export function newBalancer(type: BalanceType, endpoints: readonly EndpointView[], random: Random): Balancer {
  const names = new Set<string>();
  const chosen: EndpointView[] = [];
  for (const endpoint of endpoints) {
    if (names.has(endpoint.name)) continue;
    names.add(endpoint.name);
    if (endpoint.weight > 0) chosen.push(endpoint);
  }
  const step = chosen.reduce((divisor, endpoint) => greatestCommonDivisor(divisor, endpoint.weight), 0);
  return { type, endpoints: Object.freeze(chosen), random, step, place: -1, threshold: 0 };
}

/** The endpoint for the next statement: usable and not `avoid`; null if there is none. */
export function pick(balancer: Balancer, avoid: EndpointView | null): EndpointView | null {
  return balancer.type === "random" ? pickRandom(balancer, avoid) : pickRoundRobin(balancer, avoid);
}

function pickRandom(balancer: Balancer, avoid: EndpointView | null): EndpointView | null {
  const { endpoints } = balancer;
  let total = 0;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index]!;
    if (endpoint.health.isUsable && endpoint !== avoid) total += endpoint.weight * endpoint.health.share;
  }
  if (total === 0) return null;
  let rest = balancer.random() * total;
  let last: EndpointView | null = null;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index]!;
    if (!endpoint.health.isUsable || endpoint === avoid) continue;
    rest -= endpoint.weight * endpoint.health.share;
    if (rest < 0) return endpoint;
    last = endpoint; // Rounding may leave a rest after the last one.
  }
  return last;
}

/**
 * Weighted round robin as in LVS: turn by turn over the endpoints with a falling threshold, so that weights 3 and 1 give
 * A A A B. The threshold starts from the largest weight that is usable now, which bounds the search by two turns. Whose
 * share is less than 1 leaves some of its turns to the next.
 */
function pickRoundRobin(balancer: Balancer, avoid: EndpointView | null): EndpointView | null {
  const { endpoints } = balancer;
  let largest = 0;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index]!;
    if (endpoint.health.isUsable && endpoint !== avoid && endpoint.weight > largest) largest = endpoint.weight;
  }
  if (largest === 0) return null;
  if (balancer.threshold > largest) balancer.threshold = largest;
  let mayPass = true;
  for (;;) {
    balancer.place += 1;
    if (balancer.place >= endpoints.length) balancer.place = 0;
    if (balancer.place === 0) {
      balancer.threshold -= balancer.step;
      if (balancer.threshold <= 0) balancer.threshold = largest;
    }
    const endpoint = endpoints[balancer.place]!;
    const { health, weight } = endpoint;
    if (!health.isUsable || endpoint === avoid || weight < balancer.threshold) continue;
    if (health.share === 1 || !mayPass || balancer.random() < health.share) return endpoint;
    mayPass = false;
  }
}

function greatestCommonDivisor(left: number, right: number): number {
  let divisor = left;
  let rest = Math.max(1, Math.trunc(right));
  while (divisor !== 0) [divisor, rest] = [rest % divisor, divisor];
  return rest;
}
