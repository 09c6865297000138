/** One object of a cluster as the mesh has it: what was read of it, and what it refers to. */
import type { Kind } from "../../api/kinds.ts";
import type { PasswordSecretRef } from "../../api/password.ts";
import { isMapping } from "../../api/schema-walk.ts";
import type { Issue, Path, Source } from "../../lib/issue.ts";
import type { Secret } from "../../lib/secret.ts";
import { type Manifest, type ManifestOf, readManifestValues } from "../manifest.ts";

export interface LiveObject {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  /** `KIND NAMESPACE/NAME`; what issues call its file. */
  readonly key: string;
  /** Null for an object so wrong that nothing can be said about it. */
  readonly manifest: Manifest | null;
  /** What is wrong with the object by itself. */
  readonly issues: readonly Issue[];
  readonly labels: Readonly<Record<string, string>>;
  readonly references: References;
}

/** Names in the same namespace; they need not exist. */
export interface References {
  readonly strategies: readonly string[];
  readonly shards: readonly string[];
  readonly claims: readonly string[];
  readonly endpoints: readonly string[];
  readonly secrets: readonly string[];
  /** A shard without a strategy takes its groups from all endpoints of the namespace. */
  readonly usesAllEndpoints: boolean;
}

/** `VirtualDatabase shop/catalogue`. */
export function keyOfObject(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/** Reads an object of one of our kinds, as an API server gives it. */
export function readLiveObject(kind: Kind, namespace: string, name: string, value: object): LiveObject {
  const key = keyOfObject(kind, namespace, name);
  const { manifests, issues } = readManifestValues([{ value, source: sourceOf(key, value) }]);
  const manifest = manifests[0] ?? null;
  const references = manifest === null ? NO_REFERENCES : referencesOf(manifest);
  return { kind, namespace, name, key, manifest, issues, labels: labelsOf(value), references };
}

/** A place where a manifest says how somebody logs in. */
export interface LoginPlace {
  readonly path: Path;
  readonly login: { readonly password?: Secret; readonly passwordSecretRef?: PasswordSecretRef };
}

/** Every login of a manifest. */
export function loginsIn(manifest: Manifest): LoginPlace[] {
  switch (manifest.kind) {
    case "VirtualDatabase":
      return manifest.spec.services.map((service, index) => {
        return { path: ["spec", "services", index, "databaseMySQL"], login: service.databaseMySQL };
      });
    case "DatabaseEndpoint":
      return [{ path: ["spec", "database", "MySQL"], login: manifest.spec.database.MySQL }];
    case "TrafficStrategy": {
      const probes = manifest.spec.loadBalance.readWriteSplitting?.dynamic?.discovery.masterHighAvailability;
      const place = ["loadBalance", "readWriteSplitting", "dynamic", "discovery", "masterHighAvailability"];
      return probes === undefined ? [] : [{ path: ["spec", ...place], login: probes }];
    }
    default:
      return [];
  }
}

const NO_REFERENCES: References = {
  strategies: [],
  shards: [],
  claims: [],
  endpoints: [],
  secrets: [],
  usesAllEndpoints: false,
};

function referencesOf(manifest: Manifest): References {
  const secrets = unique(loginsIn(manifest).map(({ login }) => login.passwordSecretRef?.name));
  switch (manifest.kind) {
    case "VirtualDatabase":
      return { ...databaseReferences(manifest), secrets };
    case "DataShard":
      return { ...NO_REFERENCES, endpoints: endpointsOfShard(manifest) };
    default:
      return { ...NO_REFERENCES, secrets };
  }
}

function databaseReferences({ spec: { services } }: ManifestOf<"VirtualDatabase">): References {
  return {
    ...NO_REFERENCES,
    strategies: unique(services.map((service) => service.trafficStrategy)),
    shards: unique(services.map((service) => service.dataShard)),
    claims: unique(services.map((service) => service.qosClaim)),
    usesAllEndpoints: services.some(({ dataShard, trafficStrategy }) => {
      return dataShard !== undefined && trafficStrategy === undefined;
    }),
  };
}

function endpointsOfShard({ spec: { rules } }: ManifestOf<"DataShard">): string[] {
  return unique(rules.flatMap((rule) => rule.actualDatanodes.valueSource.nodes.map(({ value }) => value)));
}

function unique(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Also of an object that is otherwise unreadable: whoever selects it must not go on as if it were not there. */
function labelsOf(value: object): Record<string, string> {
  const metadata = (value as Record<string, unknown>)["metadata"];
  const labels = isMapping(metadata) && isMapping(metadata["labels"]) ? metadata["labels"] : {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** An object of a cluster stands in no file: its issues name the object and the field. */
function sourceOf(file: string, value: object): Source {
  return {
    file,
    isWritten(path) {
      let found: unknown = value;
      for (const item of path) {
        if (typeof found !== "object" || found === null) return false;
        found = (found as Record<string | number, unknown>)[item];
      }
      return found !== undefined;
    },
    positionOf: () => ({ file, line: 0, column: 0 }),
  };
}
