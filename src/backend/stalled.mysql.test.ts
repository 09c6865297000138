import { afterEach, expect, test } from "bun:test";
import { COM_QUERY } from "../mysql/commands.ts";
import { query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { newRig } from "../testkit/rig.ts";
import { realServers } from "../testkit/servers.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** 164 rows fill the buffer of either server, which then stops in the middle of the next one. */
const ROWS = 400;
const SLOW = `WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
  SELECT i, SLEEP(0.005), REPEAT('x', 90) FROM n`;

for (const { name, host, port, user, password } of Object.values(realServers())) {
  test(`rows that come once in a while are no stall: ${name} stops in the middle of them, and is asked`, async () => {
    // Time flies here, but not for the server.
    const limits = { timeout_stalled_packet_ms: 10_000, timeout_connect_ms: 2_000_000_000 };
    const tested = rig.proxy({ listeners: [{ limits }], nodes: [{ host, port, user, password }] });
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    sendCommand(client, COM_QUERY, SLOW);
    const answer = readAnswer(client, COM_QUERY);
    const partial: number[] = [];
    const looks = setInterval(() => {
      for (const connection of tested.listener.setup.pools.values().next().value?.connections ?? []) {
        if (connection.state === "busy") partial.push(connection.missingBytes);
      }
      tested.clock.advance(4_000);
    }, 20);
    const packets = await answer.finally(() => clearInterval(looks));
    expect(packets).toHaveLength(1 + 3 + ROWS + 1);
    expect(packets.at(-1)?.payload[0]).toBe(0xfe);
    expect(partial.filter((bytes) => bytes > 0).length).toBeGreaterThan(5);
  }, 60_000);
}
