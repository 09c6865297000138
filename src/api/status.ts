/** `status` of every kind, as the controller writes it and CustomResourceDefinitions declare it. */

import type { JsonSchema } from "./json-schema.ts";
import type { Kind } from "./kinds.ts";

const text = (description: string, maxLength: number): JsonSchema => ({ type: "string", description, maxLength });

/** metav1.Condition. */
const condition: JsonSchema = {
  type: "object",
  description: "what is known of one side of the object",
  required: ["type", "status", "lastTransitionTime", "reason", "message"],
  properties: {
    type: {
      ...text(
        "Accepted: the spec is valid; ResolvedRefs: all it refers to is there; Programmed: proxies serve it",
        316,
      ),
      pattern:
        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
    },
    status: { type: "string", description: "whether it holds", enum: ["True", "False", "Unknown"] },
    observedGeneration: { type: "integer", format: "int64", minimum: 0, description: "the generation this is about" },
    lastTransitionTime: { type: "string", format: "date-time", description: "when status changed last" },
    reason: { ...text("why, in one word", 1024), minLength: 1, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" },
    message: text("why, and what to do", 32768),
  },
};

const common: JsonSchema = {
  conditions: {
    type: "array",
    description: "Accepted, ResolvedRefs, Programmed",
    maxItems: 8,
    items: condition,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
  },
  observedGeneration: {
    type: "integer",
    format: "int64",
    minimum: 0,
    description: "the generation that was looked at last",
  },
};

/** What a kind has beside that. The original declared these, too. */
const OWN: Partial<Record<Kind, JsonSchema>> = {
  VirtualDatabase: {
    endpoints: {
      type: "array",
      description: "DatabaseEndpoints that serve it, by name",
      maxItems: 1024,
      items: text("name of a DatabaseEndpoint", 253),
    },
  },
  DatabaseEndpoint: {
    arn: text("the database's name at its cloud, where it was provisioned", 2048),
    protocol: text("what the database speaks", 63),
    endpoint: text("host of the database", 253),
    port: { type: "integer", format: "int64", description: "port of the database" },
  },
};

/** The schema of a kind's `status`. */
export function statusSchema(kind: Kind): JsonSchema {
  return { type: "object", description: "what the controller found", properties: { ...common, ...OWN[kind] } };
}
