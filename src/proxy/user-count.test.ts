import { afterEach, describe, expect, test } from "bun:test";
import { eventually } from "../testkit/eventually.ts";
import { errOf, tryFakeClient } from "../testkit/fake-client.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

describe("user_sessions_max", () => {
  test("one more gets the server's own error; when one has left there is room", async () => {
    const { tested } = await rig.pair({}, { limits: { user_sessions_max: 2 } });
    const [first] = [await rig.client({ port: tested.port }), await rig.client({ port: tested.port })];
    const { client, last } = await tryFakeClient({ port: tested.port });
    expect(errOf(last)).toEqual({
      code: 1203,
      sqlState: "42000",
      message: "User app already has more than 'max_user_connections' active connections",
    });
    client.stream.socket.destroy();
    expect(await tested.figure("pisanix_handshake_failures_total", 'reason="user_sessions_max"')).toBe(1);
    first?.stream.socket.destroy();
    await eventually(() => tested.listener.sessions.size === 1);
    await rig.client({ port: tested.port });
  });

  test("log-ins that fail, and sessions that have ended, count for nobody", async () => {
    const { tested } = await rig.pair({}, { limits: { user_sessions_max: 1 } });
    for (let i = 0; i < 5; i++) {
      const { client, last } = await tryFakeClient({ port: tested.port, password: "wrong" });
      expect(errOf(last).code).toBe(1045);
      client.stream.socket.destroy();
    }
    const client = await rig.client({ port: tested.port });
    expect([...tested.listener.users.keys()]).toEqual(["app"]);
    client.stream.socket.destroy();
    await eventually(() => tested.listener.sessions.size === 0);
    expect(tested.listener.users.size).toBe(0);
  });
});
