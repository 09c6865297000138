import { expect, test } from "bun:test";
import { openFakeClient, query } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { packetsOf, type RawPacket } from "../testkit/packet-stream.ts";
import { realServers } from "../testkit/servers.ts";
import { toHex } from "../testkit/wire-file.ts";
import { CLIENT_SESSION_TRACK } from "./capabilities.ts";
import { withoutSessionState } from "./ok.ts";
import { SERVER_SESSION_STATE_CHANGED } from "./status-flags.ts";

const TRACK =
  "SET SESSION session_track_schema = ON, session_track_state_change = ON, session_track_system_variables = 'autocommit,sql_mode,character_set_client,time_zone'";
const STATEMENTS = [
  "USE test",
  "SET autocommit = OFF",
  "SET NAMES latin1",
  "SET sql_mode = '', time_zone = '+00:00'",
  "SET @a = 1",
  "CREATE TEMPORARY TABLE scratch SELECT 1 AS a UNION SELECT 2",
  "UPDATE scratch SET a = a + 1",
  "INSERT INTO scratch VALUES (5), (6)",
  "ALTER TABLE scratch ADD COLUMN b INT",
  "SELECT * FROM scratch",
  "BEGIN",
  "COMMIT",
];

async function lastPacket(client: FakeClient, statement: string): Promise<RawPacket> {
  return (await query(client, statement)).at(-1) as RawPacket;
}

for (const server of Object.values(realServers())) {
  test(`withoutSessionState() is what ${server.name} sends to a client that did not ask`, async () => {
    const { port, user, password } = server;
    const capabilities = FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK;
    const aware = await openFakeClient({ port, user, password, capabilities });
    const unaware = await openFakeClient({ port, user, password });
    let changes = 0;
    for (const client of [aware, unaware]) await query(client, TRACK);
    for (const statement of STATEMENTS) {
      const told = await lastPacket(aware, statement);
      const plain = await lastPacket(unaware, statement);
      const packet = packetsOf([told.payload], told.sequence);
      if (((packet[8] as number) & (SERVER_SESSION_STATE_CHANGED >>> 8)) !== 0) changes++;
      const stripped = toHex(withoutSessionState(packet, 0));
      expect(`${statement}: ${stripped}`).toBe(`${statement}: ${toHex(packetsOf([plain.payload], plain.sequence))}`);
    }
    expect(changes).toBeGreaterThan(3);
    for (const client of [aware, unaware]) client.stream.socket.destroy();
  });
}
