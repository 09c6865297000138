/** A controller's parts, for who looks at them. */
import type { KubeClient } from "../kube/client.ts";
import type { Credentials } from "../kube/credentials.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Election } from "../kube/lease.ts";
import type { Logger } from "../telemetry/log.ts";
import type { ProxyMetrics } from "../telemetry/metrics.ts";
import type { Authorities } from "./authority.ts";
import type { CertificateKeeper } from "./certificate-keeper.ts";
import type { ConfigStore } from "./config-store.ts";
import type { ControllerOptions } from "./options.ts";
import type { Peers } from "./peers.ts";
import type { ProxyRegistry } from "./proxy-registry.ts";
import type { Reconciler } from "./reconcile.ts";
import type { Servers } from "./servers.ts";

export interface Parts {
  readonly options: ControllerOptions;
  readonly namespace: string;
  readonly credentials: Credentials;
  readonly client: KubeClient;
  readonly metrics: ProxyMetrics;
  readonly log: Logger;
  readonly store: ConfigStore;
  readonly registry: ProxyRegistry;
  readonly recorder: EventRecorder;
  readonly election: Election;
  readonly keeper: CertificateKeeper;
  readonly servers: Servers;
  readonly peers: Peers;
  readonly reconciler: Reconciler;
  readonly authorities: Authorities;
  isStopping: boolean;
}
