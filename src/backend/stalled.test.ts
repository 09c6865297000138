import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { endOfRows, prepareOk, resultSet, textRow } from "../testkit/answers.ts";
import { eventually } from "../testkit/eventually.ts";
import { ask, brief, query, sendCommand } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { statementsOf } from "../testkit/fake-server.ts";
import { pass, settle } from "../testkit/hostile-rig.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const LIMIT_MS = 20_000;
const rowsOf = (length: number) => {
  const rows = [textRow(["x".repeat(length)]), textRow(["the last"])];
  return packetsOf(resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], rows), 1);
};

/** A client whose answer stops `cut` bytes before its end. */
async function stalled(bytes: Uint8Array, cut: number) {
  const { server, tested } = await rig.pair({}, { limits: { timeout_stalled_packet_ms: LIMIT_MS } });
  server.script = ({ text }) => (text === "SELECT a" ? { bytes: bytes.subarray(0, bytes.length - cut) } : undefined);
  const client = await rig.client({ port: tested.port });
  sendCommand(client, COM_QUERY, "SELECT a");
  await eventually(() => statementsOf(server).includes("SELECT a"));
  await settle();
  return { server, tested, client };
}

const isOver = (tested: ProxyUnderTest) => [...tested.listener.sessions.values()].every(({ wire }) => wire.isFinishing);
const rest = (client: FakeClient) => client.stream.end - client.stream.start;

describe("closeStalled()", () => {
  test("gives up a server that stops in the middle of a row before its buffer can be full", async () => {
    const { tested } = await stalled(rowsOf(500), 12);
    await pass(tested, LIMIT_MS - 1_000);
    expect(isOver(tested)).toBe(false);
    await pass(tested, 10_000);
    expect(isOver(tested)).toBe(true);
  });

  test("waits for one whose buffer may be filling, as long as it answers a new connection", async () => {
    const bytes = rowsOf(16_384);
    const { server, tested, client } = await stalled(bytes, 12);
    await pass(tested, 10 * LIMIT_MS);
    expect(isOver(tested)).toBe(false);
    expect(statementsOf(server).filter((text) => text === "DO 0").length).toBeGreaterThan(5);
    server.connections[0]?.stream.socket.write(bytes.subarray(bytes.length - 12));
    await eventually(() => rest(client) === bytes.length);
    await query(client, "SELECT 1");
  });

  test("gives up one that does not answer a new connection, either", async () => {
    const { server, tested } = await stalled(rowsOf(16_384), 12);
    server.account.isSilent = true;
    await pass(tested, LIMIT_MS + 4_000);
    expect(isOver(tested)).toBe(false);
    await pass(tested, 10_000);
    expect(isOver(tested)).toBe(true);
    expect(tested.log.lines.map(({ fields }) => fields?.["reason"])).toContain(
      "the server stopped in the middle of an answer, and does not answer: no answer within 5000 ms",
    );
  });

  test("leaves one alone that takes its time between two rows", async () => {
    const behindFirstRow = packetsOf([textRow(["the last"]), endOfRows(FAKE_CLIENT_CAPABILITIES)]);
    const { tested } = await stalled(rowsOf(500), behindFirstRow.length);
    await pass(tested, 5 * LIMIT_MS);
    expect(isOver(tested)).toBe(false);
  });

  test("gives up a server that stops among definitions, also when we prepare ourselves", async () => {
    const { server, tested } = await rig.pair({}, { limits: { timeout_stalled_packet_ms: LIMIT_MS } });
    const client = await rig.client({ port: tested.port });
    await ask(client, COM_STMT_PREPARE, "SELECT ?, ?");
    for (const { stream } of server.connections) stream.socket.destroy(); // it has to be prepared anew
    await settle();
    let isPreparing = false;
    server.script = ({ command, connection }) => {
      if (command !== COM_STMT_PREPARE) return undefined;
      isPreparing = true;
      return { bytes: packetsOf(prepareOk(connection.capabilities, 1, 0, 2).slice(0, 2), 1) };
    };
    const execution = Buffer.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0]);
    const answer = ask(client, COM_STMT_EXECUTE, execution);
    await eventually(() => isPreparing);
    await pass(tested, LIMIT_MS + 10_000);
    expect(brief(await answer)).toMatch(/^ERR 1158 .*stopped in the middle of an answer$/);
  });
});
