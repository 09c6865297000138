/**
 * The registry of prom-client without the rest of the package, which costs 25 ms of start-up
 * (it loads cluster, http, https and zlib for things that pisanix does not use). Same class as the package's own `Registry`.
 */
declare module "prom-client/lib/registry.js" {
  import type { Registry } from "prom-client";

  const RegistryClass: typeof Registry;
  export = RegistryClass;
}
