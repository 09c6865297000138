/** What a controller is told when it starts. */
import type { SidecarSettings } from "../api/sidecar.ts";
import type { VersionInfo } from "../telemetry/admin.ts";
import type { LogLevel } from "../telemetry/log-line.ts";
import type { SecretAccess } from "./secret-reader.ts";

export interface Listening {
  host: string;
  /** 0 takes a free port. */
  port: number;
}

/** Where the certificate of webhooks and configurations comes from. */
export type CertificateSource =
  /** Our own authority, kept in a Secret. */
  | { kind: "self"; secretName: string }
  /** `tls.crt` and `tls.key` in a folder, renewed by somebody else. */
  | { kind: "files"; folder: string };

export interface ControllerOptions {
  /** A kubeconfig file; default: KUBECONFIG, then the pod's own credentials, then ~/.kube/config. */
  kubeconfig: string | undefined;
  context: string | undefined;
  /** Where the controller itself lives; default: the namespace of its credentials. */
  namespace: string | undefined;
  /** Unique for every process. */
  identity: string;
  /** The Service in front of all replicas. */
  service: string;
  serviceAccount: string;
  leaseName: string;
  webhook: Listening;
  config: Listening;
  /** Null: the original's proxies, which know no TLS, get nothing. */
  plainConfig: Listening | null;
  admin: Listening;
  certificate: CertificateSource;
  /** Names of the webhook configurations that call us. */
  webhookConfigurations: readonly string[];
  /** What the sidecar of every pod is like, and whether the cluster's version decides if it is native. */
  injector: { settings: SidecarSettings; asksCluster: boolean };
  secretAccess: SecretAccess;
  /** How other replicas reach this one, such as the pod's address; null where there are none. */
  address: string | null;
  /** A file with our own ServiceAccount's token for the audience pisanix-controller, to report to the leader with. */
  tokenFile: string;
  logLevel: LogLevel;
  noColor: boolean;
  version: VersionInfo;
}
