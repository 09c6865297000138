/** DatabaseEndpoint: one real database. Strategies select it by its labels. */
import * as v from "valibot";
import { choice, nonEmptyText, port, text } from "./fields.ts";
import { exactlyOnePassword, exactlyOnePasswordRule, passwordEntries } from "./password.ts";
import { NODE_ROLE_DEFAULT, NODE_ROLES } from "./read-write-splitting.ts";
import { backendTlsSchema } from "./tls.ts";

export const ROLE_ANNOTATION = "database-mesh.io/role";
export const WEIGHT_ANNOTATION = "database-mesh.io/weight";
export const WEIGHT_MAX = 65_535;

/** Annotations are text, so the number is too. */
const weight = v.pipe(
  v.string(),
  v.check(
    (written) => /^\d{1,5}$/.test(written) && Number(written) <= WEIGHT_MAX,
    `must be a whole number from 0 to ${WEIGHT_MAX}, in quotes`,
  ),
  v.transform(Number),
  v.description("share of the statements that this endpoint gets; 0 for none"),
);

/** Other annotations are other people's. */
export const databaseEndpointAnnotations = v.looseObject({
  [ROLE_ANNOTATION]: v.exactOptional(choice(NODE_ROLES, "whether the endpoint takes writes"), NODE_ROLE_DEFAULT),
  [WEIGHT_ANNOTATION]: v.exactOptional(weight, "1"),
});

export const PROXY_PROTOCOL_VERSIONS = ["v1", "v2"] as const;

export const proxyProtocolOut = choice(
  PROXY_PROTOCOL_VERSIONS,
  "version of the PROXY header that the server is sent first, with the address of the client that a connection is opened for; none when absent",
);

const mysql = v.pipe(
  v.object({
    host: nonEmptyText("host name or address of the database server"),
    port: port("port of the database server"),
    user: text("user that the proxy logs in with"),
    ...passwordEntries("password that the proxy logs in with"),
    db: text("schema that connections begin in"),
    tls: v.exactOptional(backendTlsSchema, {}),
    proxyProtocol: v.exactOptional(proxyProtocolOut),
  }),
  exactlyOnePassword(),
  exactlyOnePasswordRule(),
  v.description("where the database is, and how the proxy logs in"),
);

export const databaseEndpointSpec = v.pipe(
  v.object({
    database: v.pipe(v.object({ MySQL: mysql }), v.description("the sort of database")),
  }),
  v.description("one real database"),
);

export type DatabaseEndpointSpec = v.InferOutput<typeof databaseEndpointSpec>;
