/** A fake API server and a client of it whose time a test owns, taken apart when the test is over. */
import { type KubeClient, newClient } from "../../kube/client.ts";
import { newCredentials } from "../../kube/credentials.ts";
import { selectContext } from "../../kube/kubeconfig.ts";
import type { Observation } from "../../kube/observe.ts";
import type { Clock } from "../../lib/clock.ts";
import { seededRandom } from "../../lib/random.ts";
import { type ClusterOptions, type FakeCluster, startCluster } from "./cluster.ts";

export interface KubeRig {
  cluster(options?: ClusterOptions): FakeCluster;
  /** What the client observes goes to `observations`. */
  client(url: string, clock: Clock, observations?: Observation[]): KubeClient;
  /** Something else to end, before what was started earlier. */
  onTearDown(stop: () => Promise<void> | void): void;
  tearDown(): Promise<void>;
}

/** An empty rig: `afterEach(rig.tearDown)`. */
export function newKubeRig(): KubeRig {
  const stops: Array<() => Promise<void> | void> = [];
  return {
    cluster(options) {
      const cluster = startCluster(options);
      stops.push(cluster.stop);
      return cluster;
    },
    client(url, clock, observations = []) {
      const text = JSON.stringify({
        clusters: [{ name: "fake", cluster: { server: url } }],
        contexts: [{ name: "fake", context: { cluster: "fake" } }],
        "current-context": "fake",
      });
      const config = selectContext([{ file: "fake", directory: "/", text }], undefined);
      const credentials = newCredentials(config, {}, clock);
      stops.push(credentials.close);
      const observe = (observation: Observation) => {
        observations.push(observation);
      };
      return newClient({ credentials, clock, random: seededRandom(1), userAgent: "pisanix-test/1", observe });
    },
    onTearDown: (stop) => {
      stops.push(stop);
    },
    async tearDown() {
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}
