/** A resolved VirtualDatabase as the configuration of its proxy. */

import { ROLE_ANNOTATION, WEIGHT_ANNOTATION } from "../api/database-endpoint.ts";
import { ADMIN_DEFAULT, type ListenerConfig, type NodeConfig, type ProxyConfig } from "../api/proxy-config.ts";
import { formatAddress } from "../lib/address.ts";
import { newSecret } from "../lib/secret.ts";
import type { Endpoint, ResolvedDatabase, ResolvedService } from "./resolve.ts";
import { readWriteSplittingOf, rulesOf, shardingOf } from "./translate-strategy.ts";

/** The configuration of the proxy of `database`: nodes in name order, each once; listeners in the order of services. */
export function translate(database: ResolvedDatabase): ProxyConfig {
  const endpoints = new Map(database.services.flatMap(({ endpoints: own }) => own.map((each) => [each.name, each])));
  const groups = new Map(database.services.flatMap(({ groups: own }) => own.map((each) => [each.name, each])));
  const names = [...endpoints.keys()].sort();
  return {
    admin: { ...ADMIN_DEFAULT },
    mysql: { node: names.flatMap((name) => endpoints.get(name) ?? []).map(nodeOf) },
    proxy: { config: database.services.map(listenerOf) },
    node_group: { member: [...groups.values()] },
  };
}

/** References were followed before, so a password that is absent is an empty one. */
const NO_PASSWORD = newSecret("");

function nodeOf(endpoint: Endpoint): NodeConfig {
  const { host, port, user, password, db, tls, proxyProtocol } = endpoint.spec.database.MySQL;
  const weight = endpoint.annotations[WEIGHT_ANNOTATION];
  const role = endpoint.annotations[ROLE_ANNOTATION];
  const node: NodeConfig = {
    name: endpoint.name,
    db,
    user,
    password: password ?? NO_PASSWORD,
    host,
    port,
    weight,
    role,
    tls,
  };
  if (proxyProtocol !== undefined) node.proxy_protocol = proxyProtocol;
  return node;
}

function listenerOf({ spec, strategy, dataShard, endpoints }: ResolvedService): ListenerConfig {
  const {
    host,
    port,
    user,
    password,
    db,
    poolSize,
    poolMode,
    accounts,
    serverVersion,
    authPlugin,
    socket,
    proxyProtocol,
  } = spec.databaseMySQL;
  const { simpleLoadBalance, readWriteSplitting } = strategy?.spec.loadBalance ?? {};
  const listener: ListenerConfig = {
    name: spec.name,
    backend_type: "mysql",
    listen_addr: formatAddress({ host, port }),
    user,
    password: password ?? NO_PASSWORD,
    db,
    pool_size: poolSize,
    pool_mode: poolMode,
    accounts,
    limits: spec.limits,
    health: spec.health,
  };
  if (serverVersion !== undefined) listener.server_version = serverVersion;
  if (authPlugin !== undefined) listener.auth_plugin = authPlugin;
  if (socket !== undefined) listener.socket = socket;
  if (proxyProtocol !== undefined) listener.proxy_protocol = proxyProtocol;
  if (spec.tls !== undefined) listener.tls = spec.tls;
  if (readWriteSplitting !== undefined) listener.read_write_splitting = readWriteSplittingOf(readWriteSplitting);
  else {
    const nodes = endpoints.map((endpoint) => endpoint.name);
    listener.simple_loadbalance = { balance_type: simpleLoadBalance?.kind ?? "random", nodes };
  }
  if (dataShard !== null) listener.sharding = dataShard.spec.rules.map(shardingOf);
  const plugin = strategy === null ? null : rulesOf(strategy.spec);
  if (plugin !== null) listener.plugin = plugin;
  return listener;
}
