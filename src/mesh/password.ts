/** Follows `passwordSecretRef`: what a Secret says takes the place of the reference, before anything is translated. */
import type { PasswordSecretRef } from "../api/password.ts";
import { type Issue, issueAt, type Path } from "../lib/issue.ts";
import { newSecret, type Secret } from "../lib/secret.ts";
import { didYouMean } from "../lib/suggest.ts";
import type { SecretObject } from "./foreign.ts";
import { isAsWritten, type Manifest } from "./manifest.ts";

/** What is known of Secrets. */
export interface Secrets {
  readonly objects: readonly SecretObject[];
  /** True in a cluster, where a Secret that is not there is missing; files may leave it out. */
  readonly isComplete: boolean;
}

interface Resolving {
  readonly secrets: Secrets;
  /** By `NAMESPACE/NAME`. */
  readonly byName: ReadonlyMap<string, SecretObject>;
  readonly issues: Issue[];
  /** Secrets that were found missing: one word about each is enough. */
  readonly told: Set<string>;
}

interface Login {
  password?: Secret;
  passwordSecretRef?: PasswordSecretRef;
}

/** The same manifests, with a password wherever one was referred to: the Secret's, or a text that names it. */
export function resolvePasswords(manifests: readonly Manifest[], secrets: Secrets, issues: Issue[]): Manifest[] {
  const byName = new Map(secrets.objects.map((object) => [`${object.namespace}/${object.name}`, object]));
  const resolving = { secrets, byName, issues, told: new Set<string>() };
  return manifests.map((manifest) => {
    switch (manifest.kind) {
      case "DatabaseEndpoint": {
        const { MySQL } = manifest.spec.database;
        if (MySQL.passwordSecretRef === undefined) return manifest;
        const login = resolveLogin(MySQL, ["spec", "database", "MySQL"], manifest, resolving);
        return { ...manifest, spec: { database: { MySQL: login } } };
      }
      case "VirtualDatabase": {
        const services = manifest.spec.services.map((service, index) => {
          const path = ["spec", "services", index, "databaseMySQL"];
          return { ...service, databaseMySQL: resolveLogin(service.databaseMySQL, path, manifest, resolving) };
        });
        return { ...manifest, spec: { ...manifest.spec, services } };
      }
      case "TrafficStrategy":
        return resolveProbes(manifest, resolving);
      default:
        return manifest;
    }
  });
}

function resolveProbes(manifest: Extract<Manifest, { kind: "TrafficStrategy" }>, resolving: Resolving): Manifest {
  const { readWriteSplitting } = manifest.spec.loadBalance;
  const dynamic = readWriteSplitting?.dynamic;
  if (dynamic?.discovery.masterHighAvailability.passwordSecretRef === undefined) return manifest;
  const place = ["loadBalance", "readWriteSplitting", "dynamic", "discovery", "masterHighAvailability"];
  const login = resolveLogin(dynamic.discovery.masterHighAvailability, ["spec", ...place], manifest, resolving);
  const splitting = { ...readWriteSplitting, dynamic: { ...dynamic, discovery: { masterHighAvailability: login } } };
  const loadBalance = { ...manifest.spec.loadBalance, readWriteSplitting: splitting };
  return { ...manifest, spec: { ...manifest.spec, loadBalance } };
}

function resolveLogin<T extends Login>(login: T, path: Path, manifest: Manifest, resolving: Resolving): T {
  const ref = login.passwordSecretRef;
  const at = [...path, "passwordSecretRef"];
  if (ref === undefined || !isAsWritten(manifest, at)) return login;
  const { secrets, byName, issues, told } = resolving;
  const { namespace, source } = manifest;
  const place = [...manifest.path, ...at];
  const object = byName.get(`${namespace}/${ref.name}`);
  const password = object?.data.get(ref.key);
  if (password !== undefined) return { ...login, password };
  if (object !== undefined) {
    const remedy = didYouMean(ref.key, [...object.data.keys()], "add the key to the Secret");
    const message = `Secret ${namespace}/${ref.name} has no key "${ref.key}"`;
    const where = source.isWritten([...place, "key"]) ? [...place, "key"] : place;
    issues.push(issueAt(source, where, message, remedy, { rule: "secret-key-missing" }));
  } else if (secrets.isComplete || !told.has(`${namespace}/${ref.name}`)) {
    told.add(`${namespace}/${ref.name}`);
    const names = secrets.objects.filter((each) => each.namespace === namespace).map((each) => each.name);
    const remedy = secrets.isComplete
      ? didYouMean(ref.name, names, `add a Secret of that name with the key "${ref.key}"`)
      : "a placeholder stands for the password; give the Secret, too, where the password itself is needed";
    const message = secrets.isComplete
      ? `namespace ${namespace} has no Secret "${ref.name}"`
      : `Secret ${namespace}/${ref.name} is not in the input`;
    const severity = secrets.isComplete ? "error" : "notice";
    const rule = secrets.isComplete ? "unresolved-reference" : "secret-not-in-input";
    issues.push(issueAt(source, [...place, "name"], message, remedy, { severity, rule }));
  }
  return { ...login, password: placeholder(ref) };
}

/** What stands for a password that is not known. */
function placeholder({ name, key }: PasswordSecretRef): Secret {
  return newSecret(`[key ${key} of Secret ${name}]`);
}
