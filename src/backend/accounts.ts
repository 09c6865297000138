/**
 * Connections of clients that log in with accounts of the server. Each is opened for its client, is nobody else's, and is
 * closed with it. They stand beside the pool, in one of their own: they take no place of those that are shared, and how
 * their log-ins go says nothing of the endpoint.
 */
import { giveBackPlace, takePlace } from "../lib/places.ts";
import { POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import type { ClientLogin, LoginFailure } from "./client-login.ts";
import { openForLogin } from "./connect.ts";
import type { Connection, Shape } from "./connection.ts";
import { newPool } from "./pool.ts";
import { lend } from "./pool-lend.ts";
import type { Pool, PoolOptions } from "./pool-state.ts";

/** Who logs in, and with what. */
export interface AccountRequest<Holder> {
  readonly holder: Holder;
  readonly shape: Shape;
  /** "" for none. */
  readonly schema: string;
  readonly login: ClientLogin;
}

/**
 * Opens a connection to the endpoint of `pool` as the client's own account; `login` hears what the server asks and decides.
 * When it has let the client in the connection is the holder's. null when there are as many as there may be.
 */
export function openAccount<Holder>(
  pool: Pool<Holder>,
  { holder, shape, schema, login }: AccountRequest<Holder>,
): Connection<Holder> | null {
  pool.accounts ??= newAccounts(pool);
  const { accounts } = pool;
  if (!takePlace(pool.accountPlaces, pool.options.accountsMax)) return null;
  const ofHolder: ClientLogin = {
    ...login,
    onOpened: () => {
      lend(connection, holder);
      login.onOpened();
    },
  };
  const connection = openForLogin(accounts, shape, pool.events.originOf(holder), ofHolder, schema);
  if (connection.state !== "closed") accounts.connections.add(connection);
  return connection;
}

/** What a pool's options are for the connections beside it. */
export function accountOptions(options: PoolOptions): PoolOptions {
  return { ...options, mode: "dedicated", sizeMax: options.accountsMax, idleMin: 0, reserveMax: 0 };
}

function newAccounts<Holder>(pool: Pool<Holder>): Pool<Holder> {
  const { health, probeLogin, events, counters, clock, random, log, transport, lookup } = pool;
  const plan = { options: accountOptions(pool.options), health, probeLogin };
  const alone = { share: null, line: null, accountPlaces: null, probe: null };
  const accounts = newPool(pool.endpoint, plan, events, { counters, clock, random, log, transport, lookup, ...alone });
  const { onLost } = accounts;
  accounts.isForAccounts = true;
  accounts.onOpened = (connection) => {
    add(accounts.counters, POOL.slots.connects, 1);
    connection.quietSinceMs = accounts.clock.monotonicMs();
    connection.login?.onOpened();
  };
  accounts.onOpenFailed = (connection, kind, reason, error) => {
    accounts.connections.delete(connection);
    giveBackPlace(pool.accountPlaces);
    if (error === null) add(accounts.counters, POOL.slots.connectFailures[kind], 1);
    if (accounts.connections.size === 0) accounts.onEmpty();
    const failure: LoginFailure = { kind, reason, error };
    connection.login?.onFailed(failure);
  };
  accounts.onLost = (connection, reason) => {
    giveBackPlace(pool.accountPlaces);
    onLost(connection, reason);
  };
  return accounts;
}
