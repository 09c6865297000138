/** The webhook that gives pods their sidecar, as `pisanix inject` does. */
import type { SidecarSettings } from "../api/sidecar.ts";
import { reviewPod } from "../inject/admission.ts";
import { hasNativeSidecars } from "../inject/kube-version.ts";
import { call, type KubeClient } from "../kube/client.ts";
import { type LiveMesh, objectNamed } from "../mesh/live/live-mesh.ts";
import type { Logger } from "../telemetry/log.ts";
import type { WebhookRoute } from "./webhook-server.ts";

export interface InjectorOptions {
  client: KubeClient;
  log: Logger;
  /** Of pisanix, as the status annotation says it. */
  version: string;
  settings: SidecarSettings;
  /** Whether the cluster's version decides if sidecars are native; else the settings say it. */
  asksCluster: boolean;
  /** Null as long as nothing is known of the mesh. */
  mesh(): LiveMesh | null;
}

/** The webhook's route. A pod that it fails on is let through with a warning, as one that gets no sidecar is. */
export function newInjector(options: InjectorOptions): WebhookRoute {
  let { settings } = options;
  if (options.asksCluster) {
    void isOld(options).then((old) => {
      if (old) settings = { ...settings, "native-sidecar": false };
    });
  }
  const listenPortsOf = (namespace: string, name: string) => portsOf(options.mesh(), namespace, name);
  return {
    name: "inject",
    onFailure: "allow",
    review: (review) => reviewPod(review, { version: options.version, settings, listenPortsOf }),
  };
}

/** Whether the cluster is known to be too old for native sidecars. */
async function isOld({ client, log }: InjectorOptions): Promise<boolean> {
  try {
    const { gitVersion } = (await call(client, { method: "GET", path: "/version" })) as { gitVersion?: string };
    const hasNative = hasNativeSidecars(gitVersion ?? "");
    if (hasNative === false) log.info("sidecars are plain containers: the cluster is older than 1.29", { gitVersion });
    return hasNative === false;
  } catch (error) {
    log.warn("the cluster's version is not known; sidecars are native, as since 1.29", { error });
    return false;
  }
}

function portsOf(mesh: LiveMesh | null, namespace: string, name: string): readonly number[] | null {
  const manifest = mesh === null ? undefined : objectNamed(mesh, "VirtualDatabase", namespace, name)?.manifest;
  if (manifest?.kind !== "VirtualDatabase") return null;
  return manifest.spec.services.map(({ databaseMySQL }) => databaseMySQL.port);
}
