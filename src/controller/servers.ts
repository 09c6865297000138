/** The servers that need a certificate: started with the first, kept with every later one. */
import type { KubeClient } from "../kube/client.ts";
import { errorOf } from "../kube/observe.ts";
import { type KeyPair, readCertificate } from "../lib/x509.ts";
import { CONTROLLER, WEBHOOK } from "../telemetry/controller-metrics-table.ts";
import type { Logger } from "../telemetry/log.ts";
import { findSeries, type ProxyMetrics } from "../telemetry/metrics.ts";
import { add, observe, set } from "../telemetry/series.ts";
import { type ConfigServerOptions, startConfigServer } from "./config-server.ts";
import type { ConfigStore } from "./config-store.ts";
import type { HttpsServer } from "./https-server.ts";
import type { ControllerOptions } from "./options.ts";
import type { Report } from "./peer-reports.ts";
import type { ProxyRegistry } from "./proxy-registry.ts";
import { newTokenAuthenticator } from "./token-auth.ts";
import { validateReview } from "./validate-review.ts";
import { startWebhookServer, type WebhookRoute } from "./webhook-server.ts";

export interface ServersOptions {
  options: ControllerOptions;
  /** Of the controller itself. */
  namespace: string;
  client: KubeClient;
  store: ConfigStore;
  registry: ProxyRegistry;
  metrics: ProxyMetrics;
  log: Logger;
  takeReport(report: Report): void;
  injector: WebhookRoute;
}

export interface Servers {
  /** Serves this certificate from now on. */
  serve(pair: KeyPair): void;
  /** Whether all of them listen. */
  isServing(): boolean;
  /** Why they could not be started; null as long as nothing went wrong. */
  failure(): Error | null;
  /** Ports once they listen, for who asked for any. */
  ports(): { webhook: number; config: number };
  drain(): void;
  stop(): Promise<void>;
}

/** Waits for a certificate. */
export function newServers(context: ServersOptions): Servers {
  let servers: { webhook: HttpsServer; config: HttpsServer } | null = null;
  let failure: Error | null = null;
  let isStopped = false;
  const controller = findSeries(context.metrics, CONTROLLER, []);
  const all = () => (servers === null ? [] : [servers.webhook, servers.config]);
  return {
    serve(pair) {
      if (isStopped) return;
      set(controller, CONTROLLER.slots.certificateExpiry, readCertificate(pair.cert).notAfterMs / 1000);
      for (const server of all()) server.rotate(pair);
      if (servers !== null) return;
      try {
        servers = start(context, pair);
      } catch (error) {
        failure = errorOf(error);
        context.log.error("the servers did not start", { error: failure });
      }
    },
    isServing: () => servers !== null,
    failure: () => failure,
    ports: () => ({ webhook: servers?.webhook.port ?? 0, config: servers?.config.port ?? 0 }),
    drain() {
      for (const server of all()) server.drain();
    },
    async stop() {
      isStopped = true;
      await Promise.all(all().map((server) => server.stop()));
    },
  };
}

function start(context: ServersOptions, certificate: KeyPair) {
  const { options, namespace, client, store, registry, metrics, log, takeReport } = context;
  const { clock, random } = client;
  const webhook = startWebhookServer({
    ...{ ...options.webhook, certificate, clock, log },
    routes: {
      "/validate": { name: "validate", review: validateReview, onFailure: "allow" },
      "/mutate": context.injector,
    },
    onReview(route, outcome, durationMs) {
      const series = findSeries(metrics, WEBHOOK, [route]);
      add(series, WEBHOOK.slots.reviews[outcome], 1);
      observe(series, WEBHOOK.slots.reviewDuration, durationMs);
    },
  });
  const shared: ConfigServerOptions = { ...options.config, store, registry, clock, random, log };
  const config = startConfigServer({
    ...{ ...shared, certificate, authenticator: newTokenAuthenticator(client) },
    peers: { namespace, serviceAccount: options.serviceAccount, take: takeReport },
  });
  log.info("serving", { webhookPort: webhook.port, configPort: config.port });
  return { webhook, config };
}
