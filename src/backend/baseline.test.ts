/** SET GLOBAL that nobody has told us of, seen by connections that are opened or reset later. */
import { afterEach, describe, expect, test } from "bun:test";
import { COM_RESET_CONNECTION } from "../mysql/commands.ts";
import { resultSet, textRow } from "../testkit/answers.ts";
import { query } from "../testkit/fake-client.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const ASKS_GLOBALS = "SELECT CONCAT_WS(0x1f, 0";

/** A server whose globals are `globals.are`. */
async function started() {
  const { server, tested } = await rig.pair({}, { pool_size: 1 });
  const globals = { are: "as ever" };
  server.script = ({ connection, text }) =>
    text.startsWith(ASKS_GLOBALS)
      ? resultSet(connection.capabilities, ["globals"], [textRow([globals.are])])
      : undefined;
  const client = async () => await rig.client({ port: tested.port });
  const { endpoint } = [...tested.listener.setup.pools.values()][0] as { endpoint: { globalsAskedMs: number } };
  return { server, client, globals, endpoint };
}

/** The statements of each connection that begin with `start`. */
function count(server: FakeServer, start: string): number[] {
  return server.connections.map(({ commands }) => commands.filter(({ text }) => text.startsWith(start)).length);
}

describe("startTracking()", () => {
  test("asks what a session begins with where the globals are not those of an earlier connection", async () => {
    const { server, client, globals } = await started();
    for (const are of ["as ever", "as ever", "others", "as ever"]) {
      globals.are = are;
      await query(await client(), "SELECT 1");
      server.connections.at(-1)?.stream.socket.destroy();
    }
    expect(count(server, "SHOW SESSION VARIABLES")).toEqual([1, 0, 1, 0]);
  });
});

describe("globalsCheck()", () => {
  test("a reset finds out once a second, and then nobody begins on the connection", async () => {
    const { server, client, globals, endpoint } = await started();
    const dirty = async () => {
      const one = await client();
      await query(one, "CREATE TEMPORARY TABLE scratch (a int)");
      one.stream.socket.destroy();
      await query(await client(), "SELECT 1");
    };
    await dirty();
    endpoint.globalsAskedMs = Number.NEGATIVE_INFINITY;
    await dirty();
    globals.are = "others";
    await dirty();
    expect(server.connections.length).toBe(1);
    expect(count(server, ASKS_GLOBALS)).toEqual([2]);
    endpoint.globalsAskedMs = Number.NEGATIVE_INFINITY;
    await dirty();
    expect(count(server, ASKS_GLOBALS)).toEqual([3, 2]);
    expect(count(server, "SHOW SESSION VARIABLES")).toEqual([1, 1]);
    const [first] = server.connections;
    expect(first?.commands.filter(({ command }) => command === COM_RESET_CONNECTION).length).toBe(4);
  });
});
