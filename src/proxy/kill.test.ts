import { afterEach, describe, expect, test } from "bun:test";
import { COM_PING, COM_PROCESS_KILL, COM_QUERY } from "../mysql/commands.ts";
import { err } from "../testkit/answers.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { ask, brief, closedBy, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { statementsOf } from "../testkit/fake-server.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** A client that runs a statement until it is killed, and another one. */
async function victimAndOther() {
  const { server, tested } = await rig.pair({}, { pool_size: 1 });
  const killed = newGate();
  server.script = async ({ text, command }) => {
    if (command === COM_QUERY && text.startsWith("KILL")) killed.open();
    if (text !== "SELECT slow") return undefined;
    await killed.opened;
    return [err(1317, "Query execution was interrupted", "70100")];
  };
  const victim = await rig.client({ port: tested.port });
  const other = await rig.client({ port: tested.port });
  return { server, tested, victim, other, id: victim.greeting.connectionId };
}

describe("killOwn()", () => {
  test("KILL QUERY ends the statement by the server's id, though the pool is full; the session goes on", async () => {
    const { server, victim, other, id } = await victimAndOther();
    sendCommand(victim, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    expect(brief(await query(other, `KILL QUERY ${id}`))).toBe("OK");
    expect(brief(await readAnswer(victim, COM_QUERY))).toBe("ERR 1317 Query execution was interrupted");
    const runner = server.connections.find(({ commands }) => commands.some(({ text }) => text === "SELECT slow"));
    expect(statementsOf(server)).toContain(`KILL QUERY ${runner?.id}`);
    expect(brief(await query(victim, "SELECT 1"))).toBe("OK");
  });

  for (const how of ["KILL", "KILL CONNECTION", "COM_PROCESS_KILL"]) {
    test(`${how} ends the session, running or not`, async () => {
      for (const isRunning of [true, false]) {
        const { server, tested, victim, other, id } = await victimAndOther();
        if (isRunning) {
          sendCommand(victim, COM_QUERY, "SELECT slow");
          await eventually(() => statementsOf(server).includes("SELECT slow"));
        }
        const idBytes = Buffer.alloc(4);
        idBytes.writeUInt32LE(id);
        const answer =
          how === "COM_PROCESS_KILL" ? ask(other, COM_PROCESS_KILL, idBytes) : query(other, `${how} ${id}`);
        expect(brief(await answer)).toBe("OK");
        await closedBy(victim);
        victim.stream.socket.destroy();
        await eventually(() => tested.listener.sessions.size === 1);
        expect(brief(await ask(other, COM_PING))).toBe("OK");
      }
    });
  }

  test("a session that kills itself is told so, in its server's words", async () => {
    for (const [serverVersion, words] of [
      ["9.7.0", "ERR 1317 Query execution was interrupted"],
      ["10.11.8-MariaDB", "ERR 1927 Connection was killed"],
    ] as const) {
      const { tested } = await rig.pair({}, { server_version: serverVersion });
      const client = await rig.client({ port: tested.port });
      const id = client.greeting.connectionId;
      expect(brief(await query(client, `KILL QUERY ${id}`))).toBe("ERR 1317 Query execution was interrupted");
      expect(brief(await query(client, `KILL ${id}`))).toBe(words);
      expect(await nextPacket(client.stream)).toBeNull();
    }
  });

  test("an id of ours that is nobody's is one that the server does not know: it says so, and has it in its diagnostics", async () => {
    const { server, other } = await victimAndOther();
    server.script = () => [err(1094, "Unknown thread id: 2147483647", "HY000")];
    expect(brief(await query(other, "KILL 2147483647"))).toBe("ERR 1094 Unknown thread id: 2147483647");
    expect(statementsOf(server)).toEqual(["KILL 2147483647"]);
  });

  test("an id of the server's is the server's business", async () => {
    const { server, other } = await victimAndOther();
    expect(brief(await query(other, "KILL 7"))).toBe("OK");
    expect(statementsOf(server)).toEqual(["KILL 7"]);
  });

  test("when the server cannot be reached for it, KILL says so", async () => {
    const { server, victim, other, id } = await victimAndOther();
    sendCommand(victim, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    server.account.refuse = { code: 1040, message: "Too many connections" };
    const answer = brief(await query(other, `KILL QUERY ${id}`));
    expect(answer).toBe(
      `ERR 1105 KILL could not be sent to node-0 (127.0.0.1:${server.port}): error 1040: Too many connections`,
    );
  });
});
