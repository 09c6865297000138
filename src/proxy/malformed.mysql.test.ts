import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { COM_PING, COM_STMT_BULK_EXECUTE, COM_STMT_CLOSE, COM_STMT_SEND_LONG_DATA } from "../mysql/commands.ts";
import { commandBytes, openFakeClient, tryFakeClient } from "../testkit/fake-client.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import { realServers } from "../testkit/servers.ts";

const PING = commandBytes(COM_PING);
const PINGS = Buffer.concat([PING, PING]);

/** What is sent, and how many packets are to come of it. */
const CASES: ReadonlyArray<readonly [name: string, bytes: Uint8Array, packets: number]> = [
  ["a packet without a command", Buffer.concat([Buffer.of(0, 0, 0, 0), PING]), 2],
  ["a sequence id that is not the first", Buffer.of(1, 0, 0, 5, COM_PING), 2],
  ["a COM_STMT_CLOSE without an id", Buffer.concat([commandBytes(COM_STMT_CLOSE, "x"), PINGS]), 2],
  ["a COM_STMT_SEND_LONG_DATA without an id", Buffer.concat([commandBytes(COM_STMT_SEND_LONG_DATA, "x"), PINGS]), 2],
  ["a COM_STMT_BULK_EXECUTE of nothing", Buffer.concat([commandBytes(COM_STMT_BULK_EXECUTE, "\x63\0\0\0"), PING]), 1],
];

for (const server of Object.values(realServers())) {
  describe(`a session on ${server.name}`, () => {
    let tested: InProcessProxy;
    beforeAll(() => {
      tested = startInProcess(server, { db: "" });
    });
    afterAll(() => tested.stop());
    const logins = () => [server, tested.login].map(({ port, user, password }) => ({ port, user, password }));

    for (const [name, bytes, packets] of CASES) {
      test(`answers ${name} as a direct one does`, async () => {
        const told: unknown[] = [];
        for (const login of logins()) {
          const client = await openFakeClient({ ...login, schema: "test" });
          client.stream.socket.write(bytes);
          const outcomes: string[] = [];
          for (let i = 0; i < packets; i++) {
            const packet = await nextPacket(client.stream);
            const text = Buffer.from(packet?.payload ?? []).toString("latin1");
            // MySQL counts a warning.
            const kind = text.startsWith("\xff") ? `ERR ${text.charCodeAt(1) + 256 * text.charCodeAt(2)}` : "OK";
            outcomes.push(packet === null ? "the end" : `${packet.sequence}: ${kind}`);
          }
          client.stream.socket.destroy();
          told.push(outcomes);
        }
        expect(told[1]).toEqual(told[0]);
      });
    }

    test("asks a client that names a plugin of its own for the plugin that it was greeted with", async () => {
      const told: unknown[] = [];
      for (const login of logins()) {
        const { client, last } = await tryFakeClient({ ...login, plugin: "auth_of_my_own" });
        told.push([last.sequence, last.payload[0], client.greeting.authPlugin]);
        client.stream.socket.destroy();
      }
      // Both are asked once; caching_sha2_password takes a packet more.
      expect(told[1]).toEqual(told[0]);
    });
  });
}
