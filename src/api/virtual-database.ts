/** VirtualDatabase: what an application connects to. One service is one listener of its proxy. */
import * as v from "valibot";
import { choice, keyedBy, list, network, nonEmptyText, port, socketPath, text, wholeNumber } from "./fields.ts";
import { serviceHealthSchema } from "./health.ts";
import { serviceLimitsSchema } from "./limits.ts";
import { atMostOnePassword, atMostOnePasswordRule, passwordEntries } from "./password.ts";
import { listenerTlsSchema } from "./tls.ts";

/** Connections to backends when a service says none, or 0. */
export const POOL_SIZE_DEFAULT = 64;
export const POOL_SIZE_MAX = 65_535;
export const LISTEN_HOST_DEFAULT = "0.0.0.0";
export const LISTEN_PORT_DEFAULT = 3306;

export const poolSize = v.pipe(
  wholeNumber(`connections to backends at once; ${POOL_SIZE_DEFAULT} when absent or 0`, 0, POOL_SIZE_MAX),
  v.transform((size) => (size === 0 ? POOL_SIZE_DEFAULT : size)),
);

export const POOL_MODES = ["transaction", "session", "dedicated"] as const;
export const POOL_MODE_DEFAULT = "transaction";

export const poolMode = choice(
  POOL_MODES,
  "how long a client keeps a backend connection: transaction (as long as it has to), session (until it leaves; then another gets it, reset), dedicated (one opened for it and closed with it)",
);

export const AUTH_PLUGINS = [
  "mysql_native_password",
  "caching_sha2_password",
  "sha256_password",
  "client_ed25519",
] as const;

export const authPlugin = choice(
  AUTH_PLUGINS,
  "the one plugin that clients have to log in with; any that they choose when absent",
);

export const ACCOUNTS = ["listener", "server"] as const;
export const ACCOUNTS_DEFAULT = "listener";

export const accounts = choice(
  ACCOUNTS,
  "whose accounts clients may log in with: listener (the one that user and password say), server (those of the databases as well; their server judges the password, and each such client has a connection of its own)",
);

export const listenSocket = socketPath("unix socket that the proxy listens on besides");

export const proxyProtocolIn = v.pipe(
  v.object({
    networks: v.pipe(
      list(network("a network whose connections may begin with a PROXY header")),
      v.description("networks of those who may"),
    ),
  }),
  v.description("who may say on whose behalf it connects, in the PROXY protocol; nobody when absent"),
);

const databaseMySQL = v.pipe(
  v.object({
    host: v.exactOptional(nonEmptyText("address that the proxy listens on"), LISTEN_HOST_DEFAULT),
    port: v.exactOptional(port("port that the proxy listens on"), LISTEN_PORT_DEFAULT),
    user: v.exactOptional(text("user that the application logs in with"), ""),
    ...passwordEntries("password that the application logs in with; an empty one when absent"),
    db: v.exactOptional(text("schema that the application uses"), ""),
    poolSize: v.exactOptional(poolSize, POOL_SIZE_DEFAULT),
    poolMode: v.exactOptional(poolMode, POOL_MODE_DEFAULT),
    accounts: v.exactOptional(accounts, ACCOUNTS_DEFAULT),
    serverVersion: v.exactOptional(nonEmptyText("version shown to clients; the backend's own when absent")),
    authPlugin: v.exactOptional(authPlugin),
    socket: v.exactOptional(listenSocket),
    proxyProtocol: v.exactOptional(proxyProtocolIn),
  }),
  atMostOnePassword(),
  atMostOnePasswordRule(),
  v.description("how the application reaches this service"),
);

const service = v.pipe(
  v.object({
    name: nonEmptyText("the service's name, shown in metrics as the domain"),
    databaseMySQL,
    trafficStrategy: v.exactOptional(nonEmptyText("name of a TrafficStrategy in the same namespace")),
    dataShard: v.exactOptional(nonEmptyText("name of a DataShard in the same namespace")),
    qosClaim: v.exactOptional(nonEmptyText("name of a QoSClaim in the same namespace")),
    limits: v.exactOptional(serviceLimitsSchema, {}),
    health: v.exactOptional(serviceHealthSchema, {}),
    tls: v.exactOptional(listenerTlsSchema),
  }),
  v.description("one listener of the proxy, and what serves it"),
);

export const virtualDatabaseSpec = v.pipe(
  v.object({
    services: v.pipe(
      list(service),
      v.minLength(1, "must have at least one service"),
      keyedBy("name"),
      v.description("a list of services, one listener each"),
    ),
    databaseClassName: v.exactOptional(text("used when databases are provisioned; the proxy has no use for it")),
  }),
  v.description("what an application connects to"),
);

export type VirtualDatabaseSpec = v.InferOutput<typeof virtualDatabaseSpec>;
export type ServiceSpec = VirtualDatabaseSpec["services"][number];
