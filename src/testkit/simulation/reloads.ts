/** Other configurations while sessions are open, which no client may notice. */
import { type Random, seededRandom } from "../../lib/random.ts";
import { changeConfig } from "../../proxy/proxy.ts";
import { type TestListener, type TestNode, testConfig } from "../proxy-under-test.ts";
import { between, isLucky, pick } from "./chance.ts";
import { rulesOf } from "./plan.ts";
import { later } from "./schedule.ts";
import type { World } from "./world-types.ts";

/** Has the configuration change as often as the plan says, at times of chance, and go back to the plan's in the end. */
export function planReloads(world: World): void {
  const { plan, schedule } = world;
  const random = seededRandom(plan.seed ^ 0x4e10ad);
  for (let i = 0; i < plan.reloads; i++) {
    const isLast = i === plan.reloads - 1;
    later(schedule, isLast ? plan.faultsMs : random() * plan.faultsMs, () => {
      const { listener, nodes } = isLast ? plan : another(world, random);
      world.trace(`RELOAD ${JSON.stringify(listener)}, ${nodes.map(({ name, host }) => `${name} ${host}`).join(", ")}`);
      world.tallies.faults.set("configuration changed", (world.tallies.faults.get("configuration changed") ?? 0) + 1);
      changeConfig(world.proxy, testConfig({ listeners: [listener], nodes }));
    });
  }
}

function another({ plan }: World, random: Random): { listener: TestListener; nodes: readonly TestNode[] } {
  const { listener, marks } = plan;
  const limits = {
    ...listener.limits,
    timeout_pool_wait_ms: pick(random, [2_000, 10_000]),
    timeout_reserve_ms: pick(random, [50, 1_000]),
    pool_reserve_max: pick(random, [1, 64]),
    timeout_idle_connection_ms: pick(random, [2_000, 300_000]),
    timeout_connection_age_ms: pick(random, [1_000, 3_600_000]),
    prepared_statements_per_connection_max: pick(random, [1, 2, 256]),
  };
  const mode = isLucky(random, 0.3) ? pick(random, ["transaction", "session", "dedicated"] as const) : undefined;
  return {
    listener: {
      ...listener,
      name: pick(random, ["listener-0", "listener-0", "renamed"]),
      pool_size: between(random, 1, 4),
      ...(mode === undefined ? {} : { pool_mode: mode }),
      limits,
      ...(marks.length === 0 ? {} : { plugin: rulesOf(between(random, 1, 2)) }),
    },
    nodes: nodesOf(plan, random),
  };
}

/** Under other names, and of two perhaps only one. */
function nodesOf({ nodes, listener }: World["plan"], random: Random): readonly TestNode[] {
  const isSplit = listener.read_write_splitting !== undefined;
  const left = nodes.length > 1 && !isSplit && isLucky(random, 0.5) ? [pick(random, nodes)] : nodes;
  const suffix = pick(random, ["", "", "-again"]);
  return left.map((node) => ({ ...node, name: `${node.name}${suffix}` }));
}
