/** user_sessions_max and COM_CHANGE_USER, which counts anew and never twice. */
import { afterEach, describe, expect, test } from "bun:test";
import { createConnection } from "mysql2/promise";
import { eventually } from "../testkit/eventually.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

for (const server of Object.values(realServers())) {
  describe(`user_sessions_max on ${server.name}`, () => {
    let tested: InProcessProxy;
    afterEach(() => tested.stop());

    test("a session that changes its user to itself has room; one that fails to is counted as before", async () => {
      tested = startInProcess(server, { limits: { user_sessions_max: 1 } });
      const users = () =>
        [...(tested.proxy.listeners[0]?.users ?? [])].map(([user, { sessions }]) => [user, sessions.size]);
      const client = await createConnection(tested.login);
      client.on("error", () => {});
      for (let i = 0; i < 3; i++) await client.changeUser({});
      expect(users()).toEqual([["app", 1]]);
      await expect(client.changeUser({ password: "wrong" })).rejects.toMatchObject({ errno: 1045 });
      if (server.name === "mariadb") {
        expect(users()).toEqual([["app", 1]]); // its sessions go on
        await client.end();
      }
      await eventually(() => users().length === 0);
      const next = await createConnection(tested.login);
      await expect(createConnection(tested.login)).rejects.toMatchObject({ errno: 1203, sqlState: "42000" });
      await next.end();
    });
  });
}
