/** The table of kinds: everything that depends on which kinds there are reads it. */
import * as v from "valibot";
import { dataShardSpec } from "./data-shard.ts";
import { databaseEndpointAnnotations, databaseEndpointSpec } from "./database-endpoint.ts";
import { qosClaimSpec } from "./qos-claim.ts";
import { trafficStrategySpec } from "./traffic-strategy.ts";
import { virtualDatabaseSpec } from "./virtual-database.ts";

export const GROUP = "core.database-mesh.io";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

const otherAnnotations = v.looseObject({});

export const KINDS = {
  VirtualDatabase: {
    plural: "virtualdatabases",
    shortNames: ["vdb"],
    spec: virtualDatabaseSpec,
    annotations: otherAnnotations,
  },
  TrafficStrategy: {
    plural: "trafficstrategies",
    shortNames: ["ts"],
    spec: trafficStrategySpec,
    annotations: otherAnnotations,
  },
  DatabaseEndpoint: {
    plural: "databaseendpoints",
    shortNames: ["dbep"],
    spec: databaseEndpointSpec,
    annotations: databaseEndpointAnnotations,
  },
  DataShard: { plural: "datashards", shortNames: ["shard"], spec: dataShardSpec, annotations: otherAnnotations },
  QoSClaim: { plural: "qosclaims", shortNames: ["qc"], spec: qosClaimSpec, annotations: otherAnnotations },
} as const;

export type Kind = keyof typeof KINDS;

/** `spec` of a kind, with its defaults filled in. */
export type SpecOf<K extends Kind> = v.InferOutput<(typeof KINDS)[K]["spec"]>;

/** Annotations of a kind, with the defaults of those that mean something to us. */
export type AnnotationsOf<K extends Kind> = v.InferOutput<(typeof KINDS)[K]["annotations"]>;

/** Kinds of our group that no proxy has a use for: known, so that they are no mistake. */
export const KINDS_IGNORED = {
  DatabaseClass: { plural: "databaseclasses", shortNames: ["dc"] },
  DatabaseChaos: { plural: "databasechaos", shortNames: ["dbchaos"] },
} as const;

export const KIND_NAMES: readonly string[] = [...Object.keys(KINDS), ...Object.keys(KINDS_IGNORED)];

/** Whether there is a schema for `kind`. */
export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(KINDS, kind);
}
