/** A session at its beginning. */
import { NO_SETTINGS } from "../backend/settings.ts";
import { NO_FILTERS, newVerdict } from "../governance/chain.ts";
import { isInNetworks } from "../lib/network.ts";
import { NO_ATTRIBUTES } from "../mysql/connection-attributes.ts";
import type { Wire } from "../net/wire.ts";
import { newStatement } from "../sql/read-statement.ts";
import { newCounts } from "./counts.ts";
import { newInbox } from "./inbox.ts";
import { newRequest } from "./request.ts";
import type { Listener, Session } from "./session.ts";

/** Shared, because most sessions are idle ones. */
const NO_BYTES = new Uint8Array(0);

/** What a session knows of the statement that runs. */
const NOTHING_RUNS = {
  running: null,
  hasRetried: false,
  hasTakenSettings: false,
  startedMs: 0,
  series: null,
  answered: 0,
};

/** Who a session is. */
const NOBODY_YET = { passing: null, isOfAccount: false, isLoggedIn: false };

/** What `cancelDeadline` is while there is none. */
export function noDeadline(): void {}

/** A session that has just been accepted, and has no id yet. */
export function newSession(listener: Listener, wire: Wire<Session>): Session {
  const { remoteAddress, remotePort } = wire;
  return {
    ...NOTHING_RUNS,
    id: 0,
    claim: null,
    listener,
    wire,
    acceptedMs: listener.clock.monotonicMs(),
    user: "",
    schema: "",
    phase: "handshake",
    assigned: NO_SETTINGS,
    settings: NO_SETTINGS,
    baseline: null,
    tracking: null,
    hasOwnTracking: false,
    lastInsertId: "",
    counts: newCounts(),
    countsToTell: null,
    last: { connection: null, foundRowsConnection: null, isRowCountAhead: false, hasLostDiagnostics: false },
    isInsertIdOnItsWay: false,
    capabilities: 0,
    zstdLevel: 0,
    mariadbCapabilities: 0,
    shape: { capabilities: 0, mariadbCapabilities: 0, collation: 0, collationMariadb: 0, attributes: "" },
    serverVersion: "",
    scramble: NO_BYTES,
    authPlugin: "",
    login: { step: "response", sequence: 0, passwordKeys: null, collation: 0 },
    ...NOBODY_YET,
    former: { user: "", schema: "", failures: 0 },
    cancelDeadline: noDeadline,
    inbox: newInbox(),
    request: newRequest(),
    statement: newStatement(),
    verdict: newVerdict(),
    chain: NO_FILTERS,
    connection: null,
    pool: null,
    waiter: null,
    pins: 0,
    pinNotes: [],
    owned: null,
    prepared: new Map(),
    nextPreparedId: 1,
    lastPrepared: null,
    status: 0,
    state: { schema: null, variables: [], hasStateChange: false },
    isKilled: false,
    hasClientEnded: false,
    remoteAddress,
    remotePort,
    mayHaveProxyHeader: isInNetworks(remoteAddress, listener.setup.proxyNetworks),
    attributes: { ofLibrary: NO_ATTRIBUTES, own: "" },
  };
}
