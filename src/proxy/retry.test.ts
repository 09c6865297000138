import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { err, ok, resultSet, stateEntry, textRow } from "../testkit/answers.ts";
import { eventually } from "../testkit/eventually.ts";
import { ask, brief, query } from "../testkit/fake-client.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { statementsOf } from "../testkit/fake-server.ts";
import type { FakeAnswer } from "../testkit/fake-server-types.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import type { TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const CUT: FakeAnswer = { bytes: new Uint8Array(0), close: "end" };

/** A server that breaks the connection under the first `times` commands of `text`, and a client of a proxy before it. */
async function breaking(text: string, times: number, how: FakeAnswer = CUT, listener: TestListener = {}) {
  const { server, tested } = await rig.pair({}, listener);
  let left = times;
  server.script = (each) => {
    if (each.text !== text && each.command !== COM_STMT_EXECUTE) return undefined;
    return left-- > 0 ? how : undefined;
  };
  const client = await rig.client({ port: tested.port });
  const retries = () => tested.figure("pisanix_retries_total");
  const asked = () =>
    server.connections.flatMap(({ commands }) => commands.filter((each) => each.text === text)).length;
  return { server, tested, client, retries, asked };
}

/** The session ends as it does without a proxy: no answer, the socket is closed. */
const END = "nothing";
const outcome = async (answer: Promise<Parameters<typeof brief>[0]>) => brief(await answer.catch(() => []));

describe("mayRunAgain()", () => {
  test("a read whose connection broke before it answered is sent once more", async () => {
    const { client, retries, asked } = await breaking("SELECT a, COUNT(*) FROM t GROUP BY a", 1);
    expect(await outcome(query(client, "SELECT a, COUNT(*) FROM t GROUP BY a"))).toBe("OK");
    expect([await retries(), asked()]).toEqual([1, 2]);
    expect(await outcome(query(client, "SELECT 2"))).toBe("OK");
  });

  test("once, not for ever", async () => {
    const { client, retries, asked } = await breaking("SELECT 1", 99);
    expect(await outcome(query(client, "SELECT 1"))).toBe(END);
    expect([await retries(), asked()]).toEqual([1, 2]);
  });

  test("a prepared read, too", async () => {
    const { client, retries } = await breaking("never", 1);
    await ask(client, COM_STMT_PREPARE, "SELECT 1");
    const execute = Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0);
    expect(await outcome(ask(client, COM_STMT_EXECUTE, execute))).toBe("OK");
    expect(await retries()).toBe(1);
  });

  for (const text of [
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1",
    "CALL p()",
    "SELECT my_function(1)",
    "SELECT NEXTVAL(s)",
    "SELECT GET_LOCK('a', 1)",
    "SELECT a FROM t FOR UPDATE",
    "SELECT a INTO OUTFILE '/tmp/x' FROM t",
    "SELECT @a := 1",
    "SELECT SLEEP(1)",
    "WITH x AS (SELECT 1) SELECT * FROM x, LATERAL (SELECT my_function(1)) y",
    "SELECT 1; DELETE FROM t",
    "SET @a = 1",
    "DO 1",
    "COMMIT",
  ]) {
    test(`not what might change something: ${text}`, async () => {
      const { client, retries, asked } = await breaking(text, 1);
      expect(await outcome(query(client, text))).toBe(END);
      expect([await retries(), asked()]).toEqual([0, 1]);
    });
  }

  test("not in a transaction, which has ended with its connection", async () => {
    const { client, retries } = await breaking("SELECT 1", 1);
    await query(client, "BEGIN");
    expect(await outcome(query(client, "SELECT 1"))).toBe(END);
    expect(await retries()).toBe(0);
  });

  test("not when the client has got a part of the answer", async () => {
    const whole = packetsOf(resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], [textRow(["1"]), textRow(["2"])]), 1);
    const part: FakeAnswer = { bytes: whole.subarray(0, whole.length - 8), close: "end" };
    const { client, retries, asked } = await breaking("SELECT a FROM t", 1, part);
    await query(client, "SELECT a FROM t").catch(() => {});
    expect([await retries(), asked()]).toEqual([0, 1]);
  });

  test("not what has run for more than a second: it may be what the server has died of", async () => {
    const { server, tested, client, retries } = await breaking("SELECT 1", 0);
    server.script = ({ text }) => {
      if (text !== "SELECT 1") return undefined;
      tested.clock.advance(1_001);
      return CUT;
    };
    expect(await outcome(query(client, "SELECT 1"))).toBe(END);
    expect(await retries()).toBe(0);
  });

  test("a server's goodbye before the statement was read: any statement is sent once more", async () => {
    const goodbye = packetsOf([err(4031, "The client was disconnected by the server because of inactivity.")], 0);
    const { client, retries, asked } = await breaking("INSERT INTO t VALUES (1)", 1, { bytes: goodbye, close: "end" });
    expect(await outcome(query(client, "INSERT INTO t VALUES (1)"))).toBe("OK");
    expect([await retries(), asked()]).toEqual([1, 2]);
  });

  test("in a transaction that goodbye is passed on", async () => {
    const goodbye = packetsOf([err(4031, "The client was disconnected")], 0);
    const { client, retries } = await breaking("INSERT INTO t VALUES (1)", 1, { bytes: goodbye, close: "end" });
    await query(client, "BEGIN");
    expect(await outcome(query(client, "INSERT INTO t VALUES (1)"))).toBe("ERR 4031 The client was disconnected");
    expect(await retries()).toBe(0);
  });

  test("an ERR that answers the statement is its answer, whatever it says", async () => {
    const { client, retries, asked } = await breaking("SELECT 1", 1, [
      err(1053, "Server shutdown in progress", "08S01"),
    ]);
    expect(await outcome(query(client, "SELECT 1"))).toBe("ERR 1053 Server shutdown in progress");
    expect([await retries(), asked()]).toEqual([0, 1]);
  });

  test("what broke while the connection was made fit is sent on another: nothing had been sent of it", async () => {
    const { server, tested, client, retries } = await breaking("never", 0, CUT, { pool_size: 1 });
    const zone = ok({ state: [stateEntry(0, "time_zone", "+01:00")] });
    server.script = ({ text }) => (text === "SET time_zone = '+01:00'" ? [zone] : undefined);
    await query(client, "SET time_zone = '+01:00'");
    await query(await rig.client({ port: tested.port }), "SELECT 1");
    let isBroken = false;
    server.script = ({ text }) => {
      if (isBroken || !text.startsWith("SET ")) return undefined;
      isBroken = true;
      return CUT;
    };
    expect(await outcome(query(client, "INSERT INTO t VALUES (1)"))).toBe("OK");
    expect([isBroken, await retries()]).toEqual([true, 1]);
    expect(statementsOf(server).filter((text) => text.startsWith("INSERT"))).toHaveLength(1);
    expect(server.connections.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  test("permits go back once", async () => {
    const control = { name: "one", regex: ["heavy"], case_insensitive: false, max_concurrency: 1, duration: 1 };
    const { client, tested } = await breaking("SELECT heavy FROM t", 1, CUT, {
      plugin: { concurrency_control: [control] },
    });
    for (let i = 0; i < 3; i++) expect(await outcome(query(client, "SELECT heavy FROM t"))).toBe("OK");
    client.stream.socket.destroy();
    await eventually(() => tested.listener.sessions.size === 0);
  });

  test("on the other endpoint where the broken one cannot be connected to any more", async () => {
    const servers = [await rig.server(), await rig.server()] as const;
    const tested = rig.proxy({ nodes: servers.map(({ port }) => ({ port })) });
    await eventually(() => tested.listener.setup.endpoints.every(({ profile }) => profile !== null));
    for (const server of servers) {
      server.script = ({ command, connection }) => {
        if (command !== COM_QUERY) return undefined;
        if (connection.server !== servers[0]) return undefined;
        void servers[0].stop();
        return null;
      };
    }
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 3; i++) expect(await outcome(query(client, `SELECT ${i}`))).toBe("OK");
    expect(statementsOf(servers[1]).length).toBeGreaterThanOrEqual(2);
  });
});
