/** Probes of simulated servers: what somebody who connects from outside of all pools would find. */
import type { Probe } from "../../backend/probe.ts";
import type { Random } from "../../lib/random.ts";
import type { Network } from "./network.ts";
import { later } from "./schedule.ts";

/** Asks the hosts of the network; how long they take is by chance. */
export function newSimulatedProbe(network: Network, random: Random): Probe {
  const { schedule, hosts } = network;
  return ({ host, port }, _login, timeoutMs) =>
    new Promise((resolve) => {
      const answer = (failure: string | null) => {
        schedule.hasPromised = true;
        resolve(failure);
      };
      const state = hosts.get(`${host}:${port}`)?.state;
      if (state === "silent") later(schedule, timeoutMs, () => answer(`no answer within ${timeoutMs} ms`));
      else later(schedule, random() * 5, () => answer(state === "up" ? null : "connection refused"));
    });
}
