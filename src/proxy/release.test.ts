/** COMMIT RELEASE: the server answers, then hangs up. So must we, however many others want the connection. */
import { afterEach, expect, test } from "bun:test";
import { COM_QUERY } from "../mysql/commands.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, closedBy, query, sendCommand } from "../testkit/fake-client.ts";
import { statementsOf } from "../testkit/fake-server.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

test.each(["COMMIT RELEASE", "ROLLBACK WORK AND NO CHAIN RELEASE"])(
  "%s ends the session with its connection",
  async (text) => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const leaving = await rig.client({ port: tested.port });
    const other = await rig.client({ port: tested.port });
    expect(brief(await query(leaving, text))).toBe("OK");
    sendCommand(other, COM_QUERY, "SELECT 1");
    const isServed = () => statementsOf(server).includes("SELECT 1");
    await eventually(() => isServed() || [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    server.connections[0]?.stream.socket.end();
    await closedBy(leaving);
  },
);
