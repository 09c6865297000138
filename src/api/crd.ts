/** CustomResourceDefinitions, made of the schemas of the kinds: what is valid stands there and nowhere else. */
import { jsonSchemaOf } from "./json-schema.ts";
import { GROUP, KINDS, type Kind, VERSION } from "./kinds.ts";
import { walkable } from "./schema-walk.ts";
import { statusSchema } from "./status.ts";

interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly type?: "string" | "integer" | "date";
  readonly description: string;
  /** 1 for `-o wide` only. */
  readonly priority?: 1;
}

const conditionColumn = (type: string, description: string): Column => {
  return { name: type, jsonPath: `.status.conditions[?(@.type=="${type}")].status`, description };
};

const ACCEPTED = conditionColumn("Accepted", "whether the spec is valid");
const PROGRAMMED = conditionColumn("Programmed", "whether proxies serve it");
const REASON: Column = {
  name: "Reason",
  jsonPath: '.status.conditions[?(@.type=="Accepted")].reason',
  description: "why it is accepted or not",
  priority: 1,
};
const AGE: Column = {
  name: "Age",
  jsonPath: ".metadata.creationTimestamp",
  type: "date",
  description: "since when it is there",
};

const COLUMNS: Record<Kind, readonly Column[]> = {
  VirtualDatabase: [
    ACCEPTED,
    PROGRAMMED,
    { name: "Endpoints", jsonPath: ".status.endpoints", description: "DatabaseEndpoints that serve it", priority: 1 },
    REASON,
    AGE,
  ],
  TrafficStrategy: [ACCEPTED, PROGRAMMED, REASON, AGE],
  DatabaseEndpoint: [
    { name: "Host", jsonPath: ".spec.database.MySQL.host", description: "host of the database" },
    { name: "Port", jsonPath: ".spec.database.MySQL.port", type: "integer", description: "port of the database" },
    ACCEPTED,
    REASON,
    AGE,
  ],
  DataShard: [ACCEPTED, REASON, AGE],
  QoSClaim: [
    { name: "Rate", jsonPath: ".spec.trafficQoS.qos_group.rate", description: "the rate that is guaranteed" },
    { name: "Ceil", jsonPath: ".spec.trafficQoS.qos_group.ceil", description: "the rate that may be borrowed up to" },
    ACCEPTED,
    REASON,
    AGE,
  ],
};

/** The CustomResourceDefinition of a kind, as plain data. */
export function customResourceDefinition(kind: Kind): Record<string, unknown> {
  const { plural, shortNames, spec } = KINDS[kind];
  const schema = {
    type: "object",
    description: `${kind}: ${jsonSchemaOf(walkable(spec), "crd")["description"]}`,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string", description: `${GROUP}/${VERSION}` },
      kind: { type: "string", description: kind },
      metadata: { type: "object" },
      spec: jsonSchemaOf(walkable(spec), "crd"),
      status: statusSchema(kind),
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: ["database-mesh"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS[kind].map((column) => ({ type: "string", ...column })),
        },
      ],
    },
  };
}
