/** What a controller says of itself: whether it is ready, what goes on, and the gauges of a scrape. */
import { CONTROLLER } from "../telemetry/controller-metrics-table.ts";
import { findSeries, onCollect } from "../telemetry/metrics.ts";
import { set } from "../telemetry/series.ts";
import type { Parts } from "./parts.ts";
import { countProxies } from "./proxy-registry.ts";

/** Whether proxies and the API server may be sent here. */
export function readinessOf({ isStopping, store, servers, reconciler }: Parts): { ready: boolean; reasons: string[] } {
  const reasons: string[] = [];
  if (isStopping) reasons.push("the controller is stopping");
  if (!store.isComplete) {
    const missing = [...reconciler.informers].filter(([, informer]) => !informer.isSynced()).map(([kind]) => kind);
    reasons.push(`the cluster is being read${missing.length === 0 ? "" : `: ${missing.join(", ")}`}`);
  }
  const failure = servers.failure();
  if (failure !== null) reasons.push(failure.message);
  else if (!servers.isServing()) reasons.push("there is no certificate yet");
  return { ready: reasons.length === 0, reasons };
}

/** For /status. */
export function statusOf(parts: Parts) {
  const { options, election, reconciler, store, servers } = parts;
  const objects = Object.fromEntries(
    [...reconciler.informers].map(([kind, informer]) => [kind, informer.objects.size]),
  );
  return {
    identity: options.identity,
    isLeader: election.isLeader(),
    leader: election.holder(),
    objects,
    queue: { waiting: reconciler.queue.depth(), retrying: reconciler.queue.retrying() },
    configs: store.configs.size,
    proxies: proxiesOf(parts),
    ports: servers.ports(),
  };
}

/** Keeps the gauges up to date until the returned function is called. */
export function collectState(parts: Parts): () => void {
  const { metrics, reconciler, store } = parts;
  const series = findSeries(metrics, CONTROLLER, []);
  const { slots } = CONTROLLER;
  return onCollect(metrics, () => {
    set(series, slots.queueDepth, reconciler.queue.depth());
    set(series, slots.queueRetrying, reconciler.queue.retrying());
    set(series, slots.configs, store.configs.size);
    const { current, pending, rejected } = proxiesOf(parts);
    set(series, slots.proxies.current, current);
    set(series, slots.proxies.pending, pending);
    set(series, slots.proxies.rejected, rejected);
  });
}

function proxiesOf({ registry, store }: Parts) {
  const sum = { current: 0, pending: 0, rejected: 0 };
  for (const key of registry.proxies.keys()) {
    const counts = countProxies(registry, key, store.configs.get(key)?.version ?? null);
    sum.current += counts.current;
    sum.pending += counts.pending;
    sum.rejected += counts.rejected;
  }
  return sum;
}
