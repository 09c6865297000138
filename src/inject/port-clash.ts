/** All containers of a pod share one network: no two of them can listen on one port. */

import { isMapping } from "../api/schema-walk.ts";
import { ANNOTATION_PREFIX } from "../api/sidecar.ts";
import type { Mapping, Pod } from "./pod.ts";
import { type Refusal, refused } from "./refusal.ts";

/** Refuses a pod one of whose containers has a port of the proxy: the first of `ports` is the admin server's. */
export function portClash(
  pod: Pod,
  ports: readonly number[],
  isAssumed: boolean,
  virtualDatabase: string,
): Refusal | null {
  for (const container of [...pod.initContainers, ...pod.containers]) {
    const found = ports.find((port) => tcpPortsOf(container).includes(port));
    if (found === undefined) continue;
    const isAdmin = found === ports[0];
    const user = isAdmin ? "the proxy's admin server" : `VirtualDatabase ${virtualDatabase}`;
    const assumed = !isAdmin && isAssumed ? ", unless it says otherwise" : "";
    const annotation = `${ANNOTATION_PREFIX}${isAdmin ? "admin-port" : "listen-ports"}`;
    const remedy = isAdmin
      ? `choose another port with the annotation ${annotation}`
      : `let the VirtualDatabase listen on another port, and name it in the annotation ${annotation}`;
    const reason = `container ${container["name"]} listens on port ${found}, as ${user} does${assumed}`;
    return refused(reason, remedy);
  }
  return null;
}

function tcpPortsOf(container: Mapping): unknown[] {
  const ports = Array.isArray(container["ports"]) ? container["ports"].filter(isMapping) : [];
  return ports.filter((port) => (port["protocol"] ?? "TCP") === "TCP").map((port) => port["containerPort"]);
}
