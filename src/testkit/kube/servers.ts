/** The API servers that contract tests run against: the fake one always, and a real one when the environment names it. */

import { isRefused } from "../../kube/api-error.ts";
import { call, type KubeClient, newClient } from "../../kube/client.ts";
import { type Credentials, findCredentials, newCredentials } from "../../kube/credentials.ts";
import { createObject, deleteObject, getObject } from "../../kube/crud.ts";
import { selectContext } from "../../kube/kubeconfig.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { observeNothing } from "../../kube/observe.ts";
import type { Resource } from "../../kube/resource.ts";
import { systemClock } from "../../lib/clock.ts";
import { seededRandom } from "../../lib/random.ts";
import { readTestEnvironment } from "../environment.ts";
import { type FakeCluster, startCluster } from "./cluster.ts";

export interface TestServer {
  client: KubeClient;
  /** A namespace of this run alone. */
  namespace: string;
  /** False for a server of custom resources alone: no Leases, Secrets, Events. */
  hasCore: boolean;
  /** Null for a real server. */
  fake: FakeCluster | null;
  /** A token of a ServiceAccount of the namespace, for this audience, and the name of its account. */
  newToken(audience: string): Promise<{ token: string; username: string }>;
  stop(): Promise<void>;
}

/** How a server is got ready, by the name that its tests bear. */
export const SERVERS: Readonly<Record<string, () => Promise<TestServer>>> = {
  "the fake server": startFake,
  ...(readTestEnvironment().kubeconfig === undefined ? {} : { "a real server": useReal }),
};

/** A client of the fake server. */
export function clientOf(cluster: Pick<FakeCluster, "url">): KubeClient {
  const kubeconfig = {
    clusters: [{ name: "fake", cluster: { server: cluster.url } }],
    contexts: [{ name: "fake", context: { cluster: "fake" } }],
    "current-context": "fake",
  };

  const config = selectContext([{ file: "fake", directory: "/", text: JSON.stringify(kubeconfig) }], undefined);
  const credentials = newCredentials(config, {}, systemClock);
  return newTestClient(credentials);
}

function newTestClient(credentials: Credentials): KubeClient {
  const random = seededRandom(1);
  return newClient({ credentials, clock: systemClock, random, userAgent: "pisanix-test/1", observe: observeNothing });
}

const NAMESPACES: Resource = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false };
const ACCOUNTS: Resource = {
  group: "",
  version: "v1",
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  isNamespaced: true,
};
const NAMESPACE = `pisanix-test-${crypto.randomUUID().slice(0, 8)}`;

async function startFake(): Promise<TestServer> {
  const fake = startCluster();
  const client = clientOf(fake);
  await createObject(client, NAMESPACES, objectOf("v1", "Namespace", { name: NAMESPACE }));
  return {
    client,
    namespace: NAMESPACE,
    hasCore: true,
    fake,
    async newToken(audience) {
      const token = crypto.randomUUID();
      const username = `system:serviceaccount:${NAMESPACE}:contract`;
      fake.tokens.set(token, { username, audiences: [audience] });
      return { token, username };
    },
    async stop() {
      client.credentials.close();
      await fake.stop();
    },
  };
}

async function useReal(): Promise<TestServer> {
  const kubeconfig = readTestEnvironment().kubeconfig;
  const client = newTestClient(await findCredentials({ kubeconfig, clock: systemClock }));
  const hasCore = await offersCore(client);
  if (hasCore) await createObject(client, NAMESPACES, objectOf("v1", "Namespace", { name: NAMESPACE }));
  return {
    client,
    namespace: NAMESPACE,
    hasCore,
    fake: null,
    async newToken(audience) {
      const account = objectOf("v1", "ServiceAccount", { name: "contract", namespace: NAMESPACE });
      await getObject(client, ACCOUNTS, account.metadata).catch(() => createObject(client, ACCOUNTS, account));
      const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: [audience] } };
      const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/contract/token`;
      const answer = (await call(client, { method: "POST", path, body })) as { status: { token: string } };
      return { token: answer.status.token, username: `system:serviceaccount:${NAMESPACE}:contract` };
    },
    async stop() {
      if (hasCore) await deleteObject(client, NAMESPACES, { name: NAMESPACE });
      client.credentials.close();
    },
  };
}

/** A server of custom resources alone has no core group. */
async function offersCore(client: KubeClient): Promise<boolean> {
  try {
    await call(client, { method: "GET", path: "/api/v1/namespaces/default" });
    return true;
  } catch (error) {
    if (isRefused(error, 404)) return false;
    throw error;
  }
}

/** An object as a test writes it. */
export function objectOf(
  apiVersion: string,
  kind: string,
  metadata: KubeObject["metadata"],
  rest: object = {},
): KubeObject {
  return { apiVersion, kind, metadata, ...rest };
}
