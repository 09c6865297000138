/** A custom resource of the contract tests: a little of everything that ours make use of. */
import { isRefused } from "../../kube/api-error.ts";
import type { KubeClient } from "../../kube/client.ts";
import { createObject, deleteObject, getObject } from "../../kube/crud.ts";
import { listObjects } from "../../kube/list.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Resource } from "../../kube/resource.ts";

export interface Widget extends KubeObject {
  spec: { size: number; color?: string; parts?: { name: string; weight?: number }[]; tags?: string[]; note?: string };
  status?: { isReady?: boolean; conditions?: { type: string; status?: string; reason?: string }[] };
}

export const WIDGETS: Resource<Widget> = {
  group: "contract.pisanix.io",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  isNamespaced: true,
};

export const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  isNamespaced: false,
};

const text = { type: "string" };
const keyed = (key: string, properties: object) => ({
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": [key],
  items: { type: "object", required: [key], properties },
});

const spec = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 100 },
    color: { type: "string", default: "red", enum: ["red", "blue"] },
    parts: keyed("name", { name: text, weight: { type: "integer" } }),
    tags: { type: "array", maxItems: 3, items: { type: "string", maxLength: 8, pattern: "^[a-z]+$" } },
    note: text,
  },
};

const status = {
  type: "object",
  properties: {
    isReady: { type: "boolean" },
    conditions: keyed("type", { type: text, status: text, reason: text }),
  },
};

const NAME = "widgets.contract.pisanix.io";

/** Defines widgets, and waits until they can be used. */
export async function defineWidgets(client: KubeClient): Promise<void> {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: NAME },
    spec: {
      group: WIDGETS.group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec, status } } },
        },
      ],
    },
  };
  try {
    await createObject(client, CRDS, definition);
  } catch (error) {
    if (!isRefused(error, 409)) throw error;
  }
  while (!(await isEstablished(client))) await Bun.sleep(20);
}

/** Removes the definition and every widget with it, and waits until the server has done so: meanwhile it refuses new ones. */
export async function removeWidgets(client: KubeClient): Promise<void> {
  await deleteObject(client, CRDS, { name: NAME });
  for (;;) {
    try {
      await getObject(client, CRDS, { name: NAME });
    } catch (error) {
      if (isRefused(error, 404)) return;
      throw error;
    }
    await Bun.sleep(20);
  }
}

async function isEstablished(client: KubeClient): Promise<boolean> {
  const crd = (await getObject(client, CRDS, { name: NAME })) as KubeObject & {
    status?: { conditions?: { type: string; status: string }[] };
  };
  if (crd.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") !== true) {
    return false;
  }
  try {
    await listObjects(client, WIDGETS, {});
    return true;
  } catch (error) {
    // Established, but not yet served.
    if (isRefused(error, 404)) return false;
    throw error;
  }
}

/** A widget as a test writes it. */
export function aWidget(namespace: string, name: string, part: Partial<Widget["spec"]> = {}, labels = {}): Widget {
  return {
    apiVersion: "contract.pisanix.io/v1",
    kind: "Widget",
    metadata: { namespace, name, labels },
    spec: { size: 1, ...part },
  };
}
