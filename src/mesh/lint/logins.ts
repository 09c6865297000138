/** Every place where a manifest says how somebody logs in. */
import type { PasswordSecretRef } from "../../api/password.ts";
import type { Path } from "../../lib/issue.ts";
import type { Secret } from "../../lib/secret.ts";
import type { Manifest } from "../manifest.ts";
import { allOf, type LintMesh } from "./lint-mesh.ts";

export interface Login {
  readonly manifest: Manifest;
  /** The mapping with user and password. */
  readonly path: Path;
  /** Who logs in. */
  readonly who: "application" | "proxy" | "probes";
  readonly login: { readonly user: string; readonly password?: Secret; readonly passwordSecretRef?: PasswordSecretRef };
}

/** Applications at services, proxies at databases, probes at databases. */
export function* loginsOf(mesh: LintMesh): Iterable<Login> {
  for (const { database, service, path } of mesh.services) {
    const login = service.spec.databaseMySQL;
    yield { manifest: database.manifest, path: [...path, "databaseMySQL"], who: "application", login };
  }
  for (const manifest of allOf(mesh, "DatabaseEndpoint")) {
    yield { manifest, path: ["spec", "database", "MySQL"], who: "proxy", login: manifest.spec.database.MySQL };
  }
  const place = ["loadBalance", "readWriteSplitting", "dynamic", "discovery", "masterHighAvailability"];
  for (const { manifest } of mesh.strategies) {
    const login = manifest.spec.loadBalance.readWriteSplitting?.dynamic?.discovery.masterHighAvailability;
    if (login !== undefined) yield { manifest, path: ["spec", ...place], who: "probes", login };
  }
}
