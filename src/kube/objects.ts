/** The shapes of Kubernetes objects, as far as we read and write them. What an API server adds beyond is kept, not typed. */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: unknown;
}

/** What every object has. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** An answer of the API server that is about a request and no object: why it failed. */
export interface Status {
  kind: "Status";
  message?: string;
  reason?: string;
  code?: number;
  details?: { retryAfterSeconds?: number; causes?: readonly { reason?: string; message?: string; field?: string }[] };
  metadata?: { continue?: string };
}

/** One page of a list. */
export interface ListPage<T> {
  items: T[];
  metadata: { resourceVersion?: string; continue?: string };
}

/** coordination.k8s.io/v1. Times are RFC 3339 with microseconds. */
export interface Lease extends KubeObject {
  spec: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** Values are in base64. */
export interface SecretObject extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

/** What an event is about. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
  resourceVersion?: string;
}

/** v1 */
export interface ConfigMap extends KubeObject {
  data?: Readonly<Record<string, string>>;
}

/** events.k8s.io/v1 */
export interface EventObject extends KubeObject {
  eventTime: string;
  reportingController: string;
  reportingInstance: string;
  action: string;
  reason: string;
  regarding: ObjectReference;
  note?: string;
  type: "Normal" | "Warning";
  series?: { count: number; lastObservedTime: string };
}

/** authentication.k8s.io/v1 */
export interface TokenReview extends KubeObject {
  spec: { token: string; audiences?: readonly string[] };
  status?: {
    authenticated?: boolean;
    audiences?: readonly string[];
    error?: string;
    user?: { username?: string; uid?: string; groups?: readonly string[]; extra?: Record<string, readonly string[]> };
  };
}

/** admissionregistration.k8s.io/v1, of both kinds: only what we change. */
export interface WebhookConfiguration extends KubeObject {
  webhooks?: readonly { name: string; clientConfig: { caBundle?: string } }[];
}
