/** `pisanix inject`: the proxy in workload manifests, without a cluster. */
import { notBuiltDoor } from "./not-built.ts";

export const door = notBuiltDoor("inject", "Add the proxy to the pods of workload manifests");
