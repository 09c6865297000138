/** `pisanix controller`: the control plane in a cluster. */
import { notBuiltDoor } from "./not-built.ts";

export const door = notBuiltDoor(
  "controller",
  "Serve configurations to the proxies of a cluster, and inject them into pods",
);
