import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest } from "../mysql/auth-switch.ts";
import { COM_RESET_CONNECTION } from "../mysql/commands.ts";
import { newCursor } from "../mysql/cursor.ts";
import { ERR_HEADER } from "../mysql/err.ts";
import { OK_HEADER } from "../mysql/ok.ts";
import { answerOf } from "../mysql/scramble.ts";
import { ask, brief, openFakeClient, query, tryFakeClient } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import { nextPacketOf } from "../testkit/fake-client-login.ts";
import { packetBytes } from "../testkit/hostile/raw-client.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

/** COM_CHANGE_USER with mysql_native_password. Returns 0, or what the server refused with. */
async function logInAgain(client: FakeClient, login: { user: string }, collation: number, password: string) {
  const { stream } = client;
  const plugin = "mysql_native_password";
  const command = Buffer.from(`\x11${login.user}\0\0test\0??${plugin}\0`, "latin1");
  command.writeUInt16LE(collation, command.indexOf("??"));
  stream.socket.write(packetBytes(0, command));
  for (;;) {
    const last = await nextPacketOf(stream);
    const answer = (bytes: Uint8Array) => void stream.socket.write(packetBytes(last.sequence + 1, bytes));
    if (last.payload[0] === ERR_HEADER) return brief([last]).replace(login.user, "USER");
    if (last.payload[0] === OK_HEADER) return 0;
    if (last.payload[0] === AUTH_SWITCH_REQUEST) {
      const { authPlugin, scramble } = readAuthSwitchRequest(newCursor(last.payload));
      answer(answerOf(authPlugin, password, scramble) ?? new Uint8Array());
    }
  }
}

for (const server of Object.values(realServers())) {
  describe(`takeCollation() on ${server.name}`, () => {
    let tested: InProcessProxy;
    beforeAll(() => {
      tested = startInProcess(server, { db: "" });
    });
    afterAll(() => tested.stop());

    test("each id sets what it sets in a direct connection, as do a reset and a failure behind it", async () => {
      const ids = [8, 305, 272, 400, 610, 1052, 1070, 2304, 1059, 3271, 35, 0, 9999];
      const told: unknown[][] = [];
      for (const login of [server, tested.login]) {
        const { port, user, password } = login;
        const outcomes: unknown[] = [];
        let client = await openFakeClient({ port, user, password, collation: 8 });
        const look = async () => {
          const answer = await query(client, "SELECT @@character_set_client, @@collation_connection, 'a'");
          // Rows as they are, and of the definitions that of the literal, which has the collation of the results.
          outcomes.push(answer.slice(3, -1).map(({ payload }) => Buffer.from(payload).toString("latin1")));
        };
        for (const id of ids) {
          const isRight = await logInAgain(client, login, id, password);
          outcomes.push(isRight);
          if (isRight !== 0 && server.name === "mysql") {
            client.stream.socket.destroy();
            client = await openFakeClient({ port, user, password, collation: 8 });
          }
          await look();
          await ask(client, COM_RESET_CONNECTION);
          await look();
          // Three failures are all that MariaDB allows.
          if (isRight === 0) continue;
          client.stream.socket.destroy();
          client = await openFakeClient({ port, user, password, collation: 8 });
        }
        if (server.name === "mariadb") {
          outcomes.push(await logInAgain(client, login, 1070, "wrong"));
          await look();
          await ask(client, COM_RESET_CONNECTION);
          await look();
        }
        client.stream.socket.destroy();
        told.push(outcomes);
      }
      expect(told[1]).toEqual(told[0] as unknown[]);
      expect(told[0]).toContain("ERR 1231 Variable 'character_set_client' can't be set to the value of 'ucs2'");
    }, 30_000);

    test("a client that can write no statement in its character set is refused, and nobody else is", async () => {
      const { port, user, password } = tested.login;
      const neighbour = await openFakeClient({ port, user, password });
      for (const collation of [35, 54, 56, 60, 128]) {
        const told: unknown[] = [];
        for (const login of [server, tested.login]) {
          const { client, last } = await tryFakeClient({ ...login, schema: "test", password: "wrong", collation });
          told.push([last.sequence, brief([last])]);
          client.stream.socket.destroy();
        }
        expect(told[1]).toEqual(told[0]);
        expect(brief(await query(neighbour, "DO 1"))).toBe("OK");
      }
      expect(tested.proxy.listeners[0]?.setup.endpoints[0]?.state).toBe("up");
      neighbour.stream.socket.destroy();
    }, 30_000);
  });
}
