import { afterEach, describe, expect, test } from "bun:test";
import { COM_STMT_EXECUTE, COM_STMT_PREPARE, COM_STMT_SEND_LONG_DATA } from "../mysql/commands.ts";
import { ask, openFakeClient, query, sendCommand } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import type { RawPacket } from "../testkit/packet-stream.ts";
import { newRig } from "../testkit/rig.ts";
import { realServers } from "../testkit/servers.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** Above every size that a packet's header can tell: four packets and a rest. */
const LARGE = 64 * 1024 * 1024;

const hashOf = (answer: readonly RawPacket[]) =>
  answer.map(({ sequence, payload }) => `${sequence}: ${payload.length} bytes, ${Bun.hash(payload)}`);

async function longData(client: FakeClient, bytes: number): Promise<RawPacket[]> {
  const [prepared] = await ask(client, COM_STMT_PREPARE, "SELECT SHA2(?, 256)");
  const id = (prepared as RawPacket).payload.subarray(1, 5);
  const value = Buffer.alloc(bytes, "\u0000long data\ufffd");
  sendCommand(client, COM_STMT_SEND_LONG_DATA, Buffer.concat([id, Buffer.from([0, 0]), value]));
  const typed = [0, 1, 0, 0, 0, 0, 1, 0xfc, 0];
  return ask(client, COM_STMT_EXECUTE, Buffer.concat([id, Buffer.from(typed)]));
}

for (const { name, host, port, user, password } of Object.values(realServers())) {
  describe(`64 MiB to and from ${name}`, () => {
    const both = async () => {
      const login = { user, password, schema: "test" };
      const tested = rig.proxy({ nodes: [{ host, port, user, password, db: "test" }] });
      return {
        direct: await openFakeClient({ port, ...login }),
        through: await rig.client({ port: tested.port }),
      };
    };

    test("a row and a statement are what they are direct", async () => {
      const { direct, through } = await both();
      for (const text of [
        `SELECT REPEAT('0123456789abcdef', ${LARGE / 16}) AS large, 'behind'`,
        `SELECT SHA2('${"y".repeat(LARGE)}', 256), 'behind'`,
        "SELECT 'next'",
      ]) {
        expect(hashOf(await query(through, text))).toEqual(hashOf(await query(direct, text)));
      }
      direct.stream.socket.destroy();
    }, 120_000);

    test("long data for a prepared statement is what it is direct", async () => {
      const { direct, through } = await both();
      expect(hashOf(await longData(through, LARGE))).toEqual(hashOf(await longData(direct, LARGE)));
      direct.stream.socket.destroy();
    }, 120_000);
  });
}
