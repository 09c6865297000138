/**
 * A real API server asks our webhooks: Go's TLS client verifies our certificate by the `caBundle` that we patched, Go's admission reads
 * our answers, and no object is lost while certificates are replaced. The webhook configurations are on the fake server, which is the
 * core of the real one: so client-go's informers are tried on that, too.
 */
import { readCertificateSecret, renewLeaf, secretDataOf } from "../../controller/certificate-secret.ts";
import { type SelfCertificates, startSelfCertificates } from "../../controller/certificates.ts";
import type { HttpsServer } from "../../controller/https-server.ts";
import { resourceOf } from "../../controller/mesh-resources.ts";
import { validateReview } from "../../controller/validate-review.ts";
import { startWebhookServer } from "../../controller/webhook-server.ts";
import { type KubeClient, newClient } from "../../kube/client.ts";
import { findCredentials } from "../../kube/credentials.ts";
import { createObject, deleteObject, getObject, mergeObject, replaceObject } from "../../kube/crud.ts";
import type { WebhookConfiguration } from "../../kube/objects.ts";
import { observeNothing } from "../../kube/observe.ts";
import { SECRETS, VALIDATING_WEBHOOKS } from "../../kube/resource.ts";
import { systemClock } from "../../lib/clock.ts";
import { systemRandom } from "../../lib/random.ts";
import type { KeyPair } from "../../lib/x509.ts";
import { newLogger } from "../../telemetry/log.ts";
import type { FakeCluster } from "../kube/cluster.ts";
import { prepareSoon } from "../kube/load/new-authority.ts";
import { defineMesh, meshObject } from "../kube/mesh-objects.ts";
import { clientOf } from "../kube/servers.ts";
import { say } from "../terminal.ts";

const NAMESPACE = "default";
const SECRET = { namespace: NAMESPACE, name: "pisanix-webhook-tls" };
/** Where there is no cluster there is no name of a Service; what the certificate bears is looked at all the same. */
const HOSTS = ["localhost"];
const STRATEGIES = resourceOf("TrafficStrategy");
const WRITES = 600;
const CLIENTS = 6;

/** Runs all of it against the real server of `kubeconfig`. @throws Error that says what went wrong. */
export async function tryWebhooks(kubeconfig: string, core: FakeCluster): Promise<void> {
  const edges = { clock: systemClock, random: systemRandom, userAgent: "pisanix-test/1", observe: observeNothing };
  const real = newClient({ credentials: await findCredentials({ kubeconfig, clock: systemClock }), ...edges });
  await defineMesh(real);
  const webhooks = await startWebhooks(clientOf(core));
  try {
    await install(clientOf(core), webhooks.server().port);
    await untilAsked(real);
    say("a real API server trusts our certificate, and heeds what /validate says");
    await load(real, clientOf(core), webhooks);
  } finally {
    await webhooks.stop();
    real.credentials.close();
  }
}

interface Webhooks {
  server(): HttpsServer;
  readonly certificates: SelfCertificates;
  reviews(): number;
  rotations(): number;
  stop(): Promise<void>;
}

async function startWebhooks(client: KubeClient): Promise<Webhooks> {
  const log = newLogger({ level: "ERROR" });
  let server: HttpsServer | null = null;
  let [reviews, rotations] = [0, 0];
  const serve = (certificate: KeyPair) => {
    rotations++;
    if (server !== null) return server.rotate(certificate);
    server = startWebhookServer({
      ...{ host: "127.0.0.1", port: 0, certificate, clock: systemClock, log },
      routes: { "/validate": { name: "validate", review: validateReview, onFailure: "refuse" } },
      onReview: () => reviews++,
    });
  };
  const certificates = startSelfCertificates({
    ...{ client, namespace: NAMESPACE, secretName: SECRET.name, hosts: HOSTS, log, onPair: serve, onTrusted() {} },
    ...{ webhookConfigurations: ["pisanix"], isLeader: () => true },
  });
  await certificates.ready;
  return {
    server: () => server as unknown as HttpsServer,
    ...{ certificates, reviews: () => reviews, rotations: () => rotations - 1 },
    async stop() {
      await certificates.stop();
      await server?.stop();
    },
  };
}

async function install(core: KubeClient, port: number): Promise<void> {
  const webhook = {
    ...{ name: "manifests.pisanix.io", failurePolicy: "Fail", sideEffects: "None", admissionReviewVersions: ["v1"] },
    ...{ timeoutSeconds: 5, matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} },
    clientConfig: { url: `https://localhost:${port}/validate` },
    rules: [
      {
        operations: ["CREATE", "UPDATE"],
        apiGroups: [STRATEGIES.group],
        apiVersions: ["*"],
        resources: ["*"],
        scope: "*",
      },
    ],
  };
  const object = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: VALIDATING_WEBHOOKS.kind,
    metadata: { name: "pisanix" },
  };
  await createObject(core, VALIDATING_WEBHOOKS, { ...object, webhooks: [webhook] } as unknown as WebhookConfiguration);
}

function aStrategy(name: string, regex = "x") {
  return meshObject("TrafficStrategy", NAMESPACE, name, { selector: {}, circuitBreaks: [{ regex: [regex] }] });
}

/** Until the server has heard of the webhook and trusts it: then a pattern that does not compile is refused by us, and a good one taken. */
async function untilAsked(real: KubeClient): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 30_000;
  for (;;) {
    const refused = await createObject(real, STRATEGIES, aStrategy("wrong", "(")).then(
      () => "it was taken",
      (error: Error) => error.message,
    );
    if (
      refused.includes(
        'admission webhook "manifests.pisanix.io" denied the request: TrafficStrategy default/wrong is invalid',
      )
    )
      break;
    if (systemClock.monotonicMs() > deadlineMs)
      throw new Error(`the real server does not heed our webhook: ${refused}`);
    await deleteObject(real, STRATEGIES, { namespace: NAMESPACE, name: "wrong" }).catch(() => {});
    await Bun.sleep(100);
  }
  await createObject(real, STRATEGIES, aStrategy("webhooks"));
}

/** Writes without pause while the leaf is renewed and the authority is replaced. @throws Error when one of them fails. */
async function load(real: KubeClient, core: KubeClient, webhooks: Webhooks): Promise<void> {
  let [done, isOver] = [0, false];
  const failures: string[] = [];
  const named = { namespace: NAMESPACE, name: "webhooks" };
  const write = async (client: number) => {
    while (!isOver) {
      try {
        await mergeObject(real, STRATEGIES, named, { spec: { circuitBreaks: [{ regex: [`x${client}-${done}`] }] } });
        done++;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!message.includes("has been modified")) failures.push(message);
      }
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, index) => write(index));
  const reviewsBefore = webhooks.reviews();
  for (const what of ["leaf", "leaf", "authority", "leaf"] as const) {
    const before = done;
    while (done < before + WRITES / 4) await Bun.sleep(10);
    const rotations = webhooks.rotations();
    await change(core, what);
    // A new authority is trusted before it is served.
    while (webhooks.rotations() === rotations) await Bun.sleep(10);
  }
  const before = done;
  while (done < before + WRITES / 4) await Bun.sleep(10);
  isOver = true;
  await Promise.all(clients);
  await deleteObject(real, STRATEGIES, named);
  const reviews = webhooks.reviews() - reviewsBefore;
  say(
    `${done} writes on the real server, ${reviews} reviews, ${webhooks.rotations()} certificates replaced, ${failures.length} failed`,
  );
  if (failures.length > 0) throw new Error(`writes failed: ${failures[0]}`);
  if (reviews < done) throw new Error("the real server did not ask every time");
}

async function change(core: KubeClient, what: "leaf" | "authority"): Promise<void> {
  const secret = await getObject(core, SECRETS, SECRET);
  const read = readCertificateSecret(secret);
  if (read.kind !== "read") throw new Error(read.reason);
  const next = await (what === "leaf" ? renewLeaf : prepareSoon)(read.stored, { hosts: HOSTS }, systemClock.wallMs());
  await replaceObject(core, SECRETS, { ...secret, data: secretDataOf(next) });
}
