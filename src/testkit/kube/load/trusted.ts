/** The authority of a controller's certificate, as proxies are given it. */
import { getObject } from "../../../kube/crud.ts";
import { SECRETS } from "../../../kube/resource.ts";
import type { FakeCluster } from "../cluster.ts";
import { HOME } from "../controller-rig.ts";
import { clientOf } from "../servers.ts";

/** PEM text, once the leader has made it. */
export async function trustedAuthority(cluster: FakeCluster): Promise<string> {
  const { data = {} } = await getObject(clientOf(cluster), SECRETS, { namespace: HOME, name: "pisanix-webhook-tls" });
  return Buffer.from(data["ca.crt"] ?? "", "base64").toString("utf8");
}
