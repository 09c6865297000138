/** What a client wants to be told of changes to its session, on a server that reports more. */
import { afterEach, describe, expect, test } from "bun:test";
import { CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { ok, resultSet, stateEntry, textRow } from "../testkit/answers.ts";
import { query } from "../testkit/fake-client.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { isOwn } from "../testkit/fake-server.ts";
import { newRig } from "../testkit/rig.ts";
import { PIN_SESSION_STATE } from "./pin.ts";

const rig = newRig();
afterEach(rig.tearDown);

const TRACKED = FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK;
const CHANGE = stateEntry(2, "1");

/** A client over a server whose sessions have these values once they were set. */
async function clientOf(values: ReadonlyArray<readonly [name: string, value: string]>) {
  const { server, tested } = await rig.pair({}, { pool_size: 1 });
  server.script = ({ text, connection }) => {
    if (text.startsWith("SHOW SESSION VARIABLES WHERE Variable_name IN ('session_track_")) {
      return resultSet(
        connection.capabilities,
        ["Variable_name", "Value"],
        values.map((row) => textRow([...row])),
      );
    }
    if (text.startsWith("SET sql_mode = 'ANSI'")) return [ok({ state: [stateEntry(0, "sql_mode", "ANSI"), CHANGE] })];
    return text.startsWith("SET") ? [ok({ state: [CHANGE] })] : undefined;
  };
  const client = await rig.client({ port: tested.port, capabilities: TRACKED });
  const setMode = async () => Buffer.from((await query(client, "SET sql_mode = 'ANSI'"))[0]?.payload ?? []);
  const [session] = tested.listener.sessions.values();
  const own = () => server.connections.flatMap(({ commands }) => commands).filter(({ text }) => isOwn(text)).length;
  return { client, setMode, session, own };
}

describe("learnsTracking()", () => {
  test("before the client asks for it, it is not told of sql_mode", async () => {
    const { setMode } = await clientOf([]);
    expect(await setMode()).toEqual(Buffer.from(ok()));
  });

  test("behind a SET of it the client is told what it asks for, and the connection is no longer its own", async () => {
    const { client, setMode, session, own } = await clientOf([
      ["session_track_schema", "ON"],
      ["session_track_state_change", "ON"],
      ["session_track_system_variables", "sql_mode, time_zone"],
    ]);
    const before = own();
    await query(
      client,
      "SET session_track_system_variables = CONCAT('sql_mode', ', time_zone'), session_track_state_change = ON",
    );
    expect(await setMode()).toEqual(Buffer.from(ok({ state: [stateEntry(0, "sql_mode", "ANSI"), CHANGE] })));
    expect(session?.pins).toBe(0);
    expect(own() - before).toBe(2); // asked what it is, put back to what pools need
  });

  const mode = stateEntry(0, "sql_mode", "ANSI");
  for (const [name, value, told] of [
    ["session_track_gtids", "OWN_GTID", []],
    ["session_track_transaction_info", "STATE", []],
    ["session_track_system_variables", "*", [mode]],
  ] as const) {
    test(`what connections of a pool do not report keeps the connection: ${name} = ${value}`, async () => {
      const { client, setMode, session } = await clientOf([[name, value]]);
      await query(client, `SET ${name} = '${value}'`);
      expect(await setMode()).toEqual(Buffer.from(told.length === 0 ? ok() : ok({ state: [...told] })));
      expect(session?.pins).toBe(PIN_SESSION_STATE);
    });
  }
});

test("what is reported of a statement among several is known, though its session keeps the connection", async () => {
  const { client, session } = await clientOf([]);
  await query(client, "SET sql_mode = 'ANSI'; DO 1");
  expect(session?.pins).toBe(PIN_SESSION_STATE);
  expect(session?.settings.entries).toEqual([["sql_mode", "ANSI"]]);
  expect(session?.connection?.settings).toBe(session?.settings);
});

test("behind a text in a user variable SET NAMES keeps the connection, which is known by its own words", async () => {
  const { client, session } = await clientOf([]);
  await query(client, "SET @a = 'x'");
  expect(session?.pins).toBe(0);
  await query(client, "SET NAMES utf8mb4 COLLATE utf8mb4_bin");
  expect(session?.pins).toBe(PIN_SESSION_STATE);
  expect(session?.settings.names).toBe("utf8mb4 COLLATE utf8mb4_bin");
  expect(session?.settings.entries).toEqual([]);
  expect(session?.connection?.settings).toBe(session?.settings);
});
