/**
 * The certificate that the controller serves, kept as the plan says: every replica serves what the Secret holds, the leader makes and
 * renews it, and has the webhooks trust it.
 */
import { isRefused } from "../kube/api-error.ts";
import type { KubeClient } from "../kube/client.ts";
import { createObject, getObject, type PatchStep, patchObject, replaceObject } from "../kube/crud.ts";
import { startInformer } from "../kube/informer.ts";
import type { SecretObject, WebhookConfiguration } from "../kube/objects.ts";
import { newQueue } from "../kube/queue.ts";
import { MUTATING_WEBHOOKS, type Resource, SECRETS, VALIDATING_WEBHOOKS } from "../kube/resource.ts";
import type { KeyPair } from "../lib/x509.ts";
import type { Logger } from "../telemetry/log.ts";
import { type CertificateStep, planCertificates, type StoredCertificates, trustOf } from "./certificate-plan.ts";
import {
  createCertificates,
  prepareAuthority,
  promoteNext,
  readCertificateSecret,
  renewLeaf,
  retirePrevious,
  SECRET_TYPE,
  secretDataOf,
} from "./certificate-secret.ts";

/** How often the webhooks are looked at, since others may change them: a tool that reverts what it does not know. */
const LOOK_MS = 60_000;
/** After a step the next one follows at once; this many at most, whatever the plan says. */
const STEPS_MAX = 8;

export interface SelfCertificatesOptions {
  client: KubeClient;
  namespace: string;
  /** The Secret that holds the certificates. */
  secretName: string;
  /** Names that the servers are reached by. */
  hosts: readonly string[];
  /** Names of webhook configurations of both kinds that call us; those that are not there are passed over. */
  webhookConfigurations: readonly string[];
  isLeader(): boolean;
  log: Logger;
  /** The pair to serve from now on. */
  onPair(pair: KeyPair): void;
  /** `trusted()` says another than before. */
  onTrusted(): void;
}

export interface SelfCertificates {
  /** Resolves when there is a pair to serve. */
  readonly ready: Promise<void>;
  /** The authorities that clients of ours should trust, as PEM text; "" before there is one. */
  trusted(): string;
  /** We may have become the leader. */
  look(): void;
  stop(): Promise<void>;
}

interface State {
  readonly options: SelfCertificatesOptions;
  /** The Secret as last seen or written; null when it is not there. */
  secret: SecretObject | null;
  stored: StoredCertificates | null;
  served: string;
  trusted: string;
  readonly onReady: () => void;
}

const KEY = "certificates";

/** Starts to serve what the Secret holds, and to keep it. */
export function startSelfCertificates(options: SelfCertificatesOptions): SelfCertificates {
  const { client, namespace, secretName, log } = options;
  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  const state: State = { options, secret: null, stored: null, served: "", trusted: "", onReady };
  const queue = newQueue({
    ...{ clock: client.clock, random: client.random, workers: 1, retryMinMs: 500, retryMaxMs: 30_000 },
    work: () => keep(state),
    onDone(_, __, error) {
      if (error !== null) log.warn("the webhook certificates could not be kept, and are looked at again", { error });
    },
  });
  const informer = startInformer({
    ...{ client, resource: SECRETS, namespace, fieldSelector: `metadata.name=${secretName}` },
    onChange({ now }) {
      take(state, now);
      queue.add(KEY);
    },
  });
  void informer.synced.then(() => queue.add(KEY));
  return {
    ready,
    trusted: () => (state.stored === null ? "" : trustOf(state.stored)),
    look: () => queue.add(KEY),
    async stop() {
      await informer.stop();
      await queue.stop();
    },
  };
}

/** Takes over what the Secret holds, and has it served when it is another than before. */
function take(state: State, secret: SecretObject | null): void {
  const { log, secretName, onPair, onTrusted } = state.options;
  state.secret = secret;
  if (secret === null) {
    state.stored = null;
    return;
  }
  const read = readCertificateSecret(secret);
  if (read.kind === "unusable") {
    // What was served before is served on.
    log.warn("the Secret of the webhook certificates cannot be used", { secret: secretName, reason: read.reason });
    state.stored = null;
    return;
  }
  state.stored = read.stored;
  const trusted = trustOf(read.stored);
  if (trusted !== state.trusted) {
    state.trusted = trusted;
    onTrusted();
  }
  const { leaf } = read.stored.current;
  if (leaf.cert === state.served) return;
  state.served = leaf.cert;
  onPair(leaf);
  state.onReady();
}

/** Does what is due. Returns after how long to look again. */
async function keep(state: State): Promise<number> {
  const { options } = state;
  for (let steps = 0; steps < STEPS_MAX && options.isLeader(); steps++) {
    const nowMs = options.client.clock.wallMs();
    const webhooks = await readWebhooks(options);
    const bundles = webhooks.flatMap(({ object }) => bundlesOf(object));
    const step = planCertificates(state.stored, bundles, options.hosts, nowMs);
    if (step.kind === "wait") return Math.min(LOOK_MS, Math.max(0, step.untilMs - nowMs));
    if (step.kind === "trust") await trust(options, webhooks, step.caBundle);
    else await write(state, step, nowMs);
    options.log.info("webhook certificates", {
      step: step.kind,
      reason: step.kind === "create" ? step.reason : undefined,
    });
  }
  return LOOK_MS;
}

async function write(
  state: State,
  step: Exclude<CertificateStep, { kind: "wait" | "trust" }>,
  nowMs: number,
): Promise<void> {
  const { client, namespace, secretName: name, hosts } = state.options;
  const stored = await nextOf(state.stored, step.kind, hosts, nowMs);
  const data = secretDataOf(stored);
  const secret =
    state.secret === null
      ? await createObject(client, SECRETS, {
          ...{ apiVersion: "v1", kind: "Secret", type: SECRET_TYPE, data },
          metadata: { namespace, name, labels: { "app.kubernetes.io/managed-by": "pisanix-controller" } },
        })
      : await replaceObject(client, SECRETS, { ...state.secret, data });
  take(state, secret);
}

function nextOf(
  stored: StoredCertificates | null,
  kind: "create" | "renew-leaf" | "prepare-authority" | "promote" | "retire",
  hosts: readonly string[],
  nowMs: number,
): StoredCertificates | Promise<StoredCertificates> {
  if (stored === null || kind === "create") return createCertificates({ hosts }, nowMs);
  switch (kind) {
    case "renew-leaf":
      return renewLeaf(stored, { hosts }, nowMs);
    case "prepare-authority":
      return prepareAuthority(stored, { hosts }, nowMs);
    case "promote":
      return promoteNext(stored, nowMs);
    case "retire":
      return retirePrevious(stored);
  }
}

interface Webhooks {
  resource: Resource<WebhookConfiguration>;
  object: WebhookConfiguration;
}

/** The configurations that call us, as far as they are there. */
async function readWebhooks({ client, webhookConfigurations }: SelfCertificatesOptions): Promise<Webhooks[]> {
  const wanted = webhookConfigurations.flatMap((name) => {
    return [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS].map((resource) => ({ resource, name }));
  });
  const found = wanted.map(async ({ resource, name }) => {
    try {
      return [{ resource, object: await getObject(client, resource, { name }) }];
    } catch (error) {
      if (isRefused(error, 404)) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}

function bundlesOf({ webhooks = [] }: WebhookConfiguration): string[] {
  return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8"));
}

/** By steps that hold only while the webhooks are in the order that we saw. */
async function trust(
  { client }: SelfCertificatesOptions,
  webhooks: readonly Webhooks[],
  bundle: string,
): Promise<void> {
  const value = Buffer.from(bundle).toString("base64");
  for (const { resource, object } of webhooks) {
    const steps = (object.webhooks ?? []).flatMap(({ name }, index): PatchStep[] => [
      { op: "test", path: `/webhooks/${index}/name`, value: name },
      { op: "add", path: `/webhooks/${index}/clientConfig/caBundle`, value },
    ]);
    await patchObject(client, resource, { name: object.metadata.name }, steps);
  }
}
