/** The controller with its edges: what starts first stops last, and it is ready when proxies and the API server may be sent to it. */
import type { SidecarSettings } from "../api/sidecar.ts";
import { type KubeClient, newClient } from "../kube/client.ts";
import { findCredentials } from "../kube/credentials.ts";
import { newRecorder } from "../kube/events.ts";
import { type Election, startElection } from "../kube/lease.ts";
import { systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { type AdminServer, startAdmin } from "../telemetry/admin.ts";
import { CONTROLLER } from "../telemetry/controller-metrics-table.ts";
import { type Logger, newLogger } from "../telemetry/log.ts";
import { findSeries, newControllerMetrics, type ProxyMetrics, setBuild } from "../telemetry/metrics.ts";
import { watchProcess } from "../telemetry/process-metrics.ts";
import { add, observe, set } from "../telemetry/series.ts";
import { startAuthorities } from "./authority.ts";
import { keepCertificate } from "./certificate-keeper.ts";
import { type PlainConfigServer, startPlainConfigServer } from "./config-server.ts";
import { newConfigStore } from "./config-store.ts";
import { type InjectorOptions, newInjector } from "./injector.ts";
import { newObserver } from "./observer.ts";
import type { ControllerOptions } from "./options.ts";
import type { Parts } from "./parts.ts";
import { ADDRESS_ANNOTATION, newPeers, type Peers } from "./peers.ts";
import { addCounts, countsOf } from "./programmed.ts";
import { countProxies, forgetAbsent, newProxyRegistry, type ProxyRegistry } from "./proxy-registry.ts";
import { type Reconciler, startReconciler } from "./reconcile.ts";
import { newServers } from "./servers.ts";
import { collectState, readinessOf, statusOf } from "./state.ts";
import type { WebhookRoute } from "./webhook-server.ts";

const FORGET_MS = 15_000;

/** `stop` may be called again with a shorter time; both calls resolve when all is closed. */
export type Started =
  | {
      kind: "started";
      parts: Parts;
      ports: { admin: number; plainConfig: number };
      stop: (drainMs: number) => Promise<void>;
    }
  | { kind: "failed"; reason: string };

/** Starts everything or nothing. A cluster that does not answer yet is waited for. */
export async function startController(options: ControllerOptions): Promise<Started> {
  const log = newLogger({ level: options.logLevel, noColor: options.noColor });
  const stops: Array<() => Promise<void> | void> = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const parts = await startParts(options, log, stops);
    const plain = startPlain(parts, stops);
    const admin = await startAdminServer(parts, stops);
    const drained = Promise.withResolvers<void>();
    let stopped: Promise<void> | null = null;
    const stop = (drainMs: number) => {
      systemClock.after(drainMs, drained.resolve);
      stopped ??= drain(parts, drained.promise).then(stopAll);
      return stopped;
    };
    return { kind: "started", parts, ports: { admin: admin.port, plainConfig: plain?.port ?? 0 }, stop };
  } catch (error) {
    await stopAll();
    return { kind: "failed", reason: reasonOf(error) };
  }
}

type Stops = Array<() => Promise<void> | void>;

async function startParts(options: ControllerOptions, log: Logger, stops: Stops): Promise<Parts> {
  const metrics = newControllerMetrics();
  setBuild(metrics, options.version);
  stops.push(watchProcess(metrics, systemClock));
  const { kubeconfig, context, identity } = options;
  const credentials = await findCredentials({ kubeconfig, context, clock: systemClock });
  stops.push(credentials.close);
  const namespace = options.namespace ?? credentials.namespace;
  const userAgent = `pisanix-controller/${options.version.version} (${process.platform}/${process.arch})`;
  const observer = newObserver(metrics, log, systemClock);
  const client = newClient({ credentials, clock: systemClock, random: systemRandom, userAgent, observe: observer });
  log.info("controller starts", { cluster: credentials.server, namespace, identity, version: options.version.version });
  const recorder = newRecorder({ client, controller: "pisanix.io/controller", instance: identity });
  stops.push(recorder.stop);
  const store = newConfigStore();
  // The parts tell each other of changes, so the later ones are reached through what is filled in below.
  const late: { parts: Parts | null } = { parts: null };
  const registry = newProxyRegistry((key) => {
    late.parts?.reconciler.proxiesChanged(key);
    late.parts?.peers.changed(key);
  });
  const election = startTheElection(options, namespace, client, metrics, log, late, stops);
  const takeReport: Peers["take"] = (report) => late.parts?.peers.take(report);
  const injector = newTheInjector({ options, namespace, client, log, mesh: () => late.parts?.reconciler.mesh ?? null });
  const servers = newServers({ options, namespace, client, store, registry, metrics, log, takeReport, injector });
  const hosts = hostsOf(options.service, namespace);
  const keeper = await keepCertificate({
    ...{ source: options.certificate, client, namespace, hosts, log },
    ...{ webhookConfigurations: options.webhookConfigurations, isLeader: election.isLeader, onPair: servers.serve },
    onTrusted: () => late.parts?.authorities.lookAtAll(),
  });
  stops.push(keeper.stop);
  const peers = newPeers({
    ...{ registry, identity, election, clock: systemClock, log, trusted: keeper.trusted },
    ...{ serverName: hosts[0] ?? "", tokenFile: options.tokenFile },
    onChange(keys) {
      for (const key of keys) late.parts?.reconciler.proxiesChanged(key);
    },
  });
  stops.push(peers.stop);
  const onPublished = (name: string) => late.parts?.authorities.look(namespaceOf(name));
  const reconciler = startTheReconciler({
    ...{ options, client, store, recorder, metrics, log, registry, peers, election, onPublished },
  });
  const authorities = startAuthorities({
    ...{ client, log, isLeader: election.isLeader, trusted: keeper.trusted },
    namespaces: () => new Set([...store.configs.keys()].map(namespaceOf)),
    hasDatabases: (each) => reconciler.mesh.shelves.has(`VirtualDatabase ${each}`),
  });
  stops.push(authorities.stop, reconciler.stop, startForgetting(registry), servers.stop);
  const parts: Parts = {
    ...{ options, namespace, credentials, client, metrics, log, store, registry, recorder },
    ...{ election, keeper, servers, peers, reconciler, authorities, isStopping: false },
  };
  late.parts = parts;
  // The Lease may have been free, and the certificate's files slow.
  if (election.isLeader()) lead(parts);
  stops.push(collectState(parts));
  return parts;
}

type InjectorParts = Pick<InjectorOptions, "client" | "log" | "mesh"> & Pick<Parts, "options" | "namespace">;

/** Its sidecars ask this controller. */
function newTheInjector({ options, namespace, ...parts }: InjectorParts): WebhookRoute {
  const { settings, asksCluster } = options.injector;
  const own: SidecarSettings = {
    ...settings,
    ...{ "controller-service": options.service, "controller-namespace": namespace },
  };
  return newInjector({ ...parts, asksCluster, settings: own, version: options.version.version });
}

/** What only a leader does, and whoever was it before may have left undone. */
function lead({ keeper, reconciler, authorities }: Parts): void {
  keeper.look();
  reconciler.lookAtAll();
  authorities.lookAtAll();
}

function startTheElection(
  { leaseName, identity, address, config }: ControllerOptions,
  namespace: string,
  client: KubeClient,
  metrics: ProxyMetrics,
  log: Logger,
  late: { readonly parts: Parts | null },
  stops: Stops,
): Election {
  const annotations = address === null ? {} : { [ADDRESS_ANNOTATION]: addressOf(address, config.port) };
  const election = startElection({
    ...{ client, namespace, name: leaseName, identity, annotations },
    onChange(isLeader) {
      log.info(isLeader ? "leading" : "no longer leading", { lease: `${namespace}/${leaseName}` });
      set(findSeries(metrics, CONTROLLER, []), CONTROLLER.slots.isLeader, isLeader ? 1 : 0);
      if (isLeader && late.parts !== null) lead(late.parts);
    },
  });
  stops.push(election.stop);
  return election;
}

type ReconcilerParts = Pick<
  Parts,
  "options" | "client" | "store" | "recorder" | "metrics" | "log" | "registry" | "peers" | "election"
> & { onPublished(name: string): void };

function startTheReconciler(parts: ReconcilerParts): Reconciler {
  const { options, client, store, recorder, log, registry, peers, election } = parts;
  const series = findSeries(parts.metrics, CONTROLLER, []);
  const { slots } = CONTROLLER;
  return startReconciler({
    ...{ client, store, recorder, log, secretAccess: options.secretAccess, isLeader: election.isLeader },
    countProxies: (key, version) =>
      addCounts([countProxies(registry, key, version), countsOf(peers.summaries(key), version)]),
    onReconciled(durationMs, error) {
      add(series, slots.reconciles[error === null ? "done" : "failed"], 1);
      observe(series, slots.reconcileDuration, durationMs);
    },
    onStatusWritten: () => add(series, slots.statusWrites, 1),
    onPublished(name) {
      add(series, slots.configChanges, 1);
      parts.onPublished(name);
    },
  });
}

function startForgetting(registry: ProxyRegistry): () => void {
  let cancel = () => {};
  const plan = () => {
    cancel = systemClock.after(FORGET_MS, () => {
      forgetAbsent(registry, systemClock.monotonicMs());
      plan();
    });
  };
  plan();
  return () => cancel();
}

function startPlain({ options, store, registry, log }: Parts, stops: Stops): PlainConfigServer | null {
  if (options.plainConfig === null) return null;
  const { host, port } = options.plainConfig;
  const plain = startPlainConfigServer({ host, port, store, registry, clock: systemClock, random: systemRandom, log });
  log.warn("configurations are given in clear, to anybody who asks", { port: plain.port });
  stops.push(plain.stop);
  return plain;
}

async function startAdminServer(parts: Parts, stops: Stops): Promise<AdminServer> {
  const { options, metrics, log } = parts;
  const admin = await startAdmin({
    ...{ ...options.admin, metrics, log, settings: { host: "--admin-host", port: "--admin-port" } },
    sources: {
      isLive: () => parts.servers.failure() === null,
      readiness: () => readinessOf(parts),
      version: () => options.version,
      config: () => Object.fromEntries([...parts.store.configs].map(([key, { version }]) => [key, version])),
      status: () => statusOf(parts),
    },
  });
  stops.push(admin.stop);
  return admin;
}

/** Nobody is sent here any more, and who is here goes: only then is anything closed. */
async function drain(parts: Parts, drained: Promise<void>): Promise<void> {
  parts.log.info("stopping");
  parts.isStopping = true;
  parts.servers.drain();
  await drained;
}

/** Names of a Service, as others in the cluster write them. */
function hostsOf(service: string, namespace: string): string[] {
  const name = `${service}.${namespace}`;
  return [`${name}.svc`, `${name}.svc.cluster.local`, name, service];
}

function namespaceOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}

function addressOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}
