/** Where things are in a checkout. */
import { join } from "node:path";

/** The checkout. */
export const REPOSITORY = join(import.meta.dir, "..", "..");
/** Unpacked programs, data directories, logs and state of the test servers. Not in git; `make clean` removes it. */
export const SERVERS_DIRECTORY = join(REPOSITORY, ".servers");
/** The built executable. */
export const PISANIX = join(REPOSITORY, "dist", "pisanix");
/** The API server for custom resources that `make e2e-crd` builds. Not in git; `make clean` removes it. */
export const CRD_SERVER_DIRECTORY = join(REPOSITORY, ".crd-server");
