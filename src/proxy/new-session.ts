/** A session at its beginning. */
import { NO_SETTINGS } from "../backend/settings.ts";
import { NO_FILTERS, newVerdict } from "../governance/chain.ts";
import { isInNetworks } from "../lib/network.ts";
import { NO_ATTRIBUTES } from "../mysql/connection-attributes.ts";
import type { Wire } from "../net/wire.ts";
import { newStatement } from "../sql/read-statement.ts";
import { newCounts } from "./counts.ts";
import { newInbox } from "./inbox.ts";
import type { Listener, Session } from "./session.ts";

/** A session that has just been accepted, and has no id yet. */
export function newSession(listener: Listener, wire: Wire<Session>): Session {
  return {
    id: 0,
    claim: null,
    listener,
    wire,
    acceptedMs: listener.clock.monotonicMs(),
    user: "",
    schema: "",
    phase: "handshake",
    settings: NO_SETTINGS,
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
    scramble: new Uint8Array(0),
    authPlugin: "",
    login: { step: "response", sequence: 0, passwordKeys: null },
    isLoggedIn: false,
    former: { user: "", schema: "", failures: 0 },
    cancelDeadline: () => {},
    inbox: newInbox(),
    request: { command: 0, bytes: new Uint8Array(0), start: 0, end: 0, sequence: 0, left: 0, isContinued: false },
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
    running: null,
    hasRetried: false,
    hasTakenSettings: false,
    status: 0,
    state: { schema: null, variables: [], hasStateChange: false },
    startedMs: 0,
    series: null,
    answered: 0,
    isKilled: false,
    hasClientEnded: false,
    remoteAddress: wire.remoteAddress,
    remotePort: wire.remotePort,
    mayHaveProxyHeader: isInNetworks(wire.remoteAddress, listener.setup.proxyNetworks),
    attributes: { ofLibrary: NO_ATTRIBUTES, own: "" },
  };
}
