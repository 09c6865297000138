/** Sessions of accounts of the server, on real servers: who they are, what they may, and how they become somebody else. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Connection, type ConnectionOptions, createConnection, type RowDataPacket } from "mysql2/promise";
import { CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS } from "../mysql/capabilities.ts";
import { brief, openFakeClient, query } from "../testkit/fake-client.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { closeStream } from "../testkit/packet-stream.ts";
import { realServers } from "../testkit/servers.ts";
import { sessionsOf } from "./status.ts";

async function rowOf(connection: Connection, statement: string): Promise<unknown[]> {
  const [rows] = await connection.query<RowDataPacket[][]>({ sql: statement, rowsAsArray: true });
  return rows[0] as unknown[];
}

/** What a client is told: a row, "done", the error, "gone". */
async function told(work: Promise<unknown>): Promise<unknown> {
  try {
    const value = await work;
    return Array.isArray(value) ? value : "done";
  } catch (error) {
    const { errno, sqlState, message } = error as { errno?: number; sqlState?: string; message: string };
    return errno === undefined || errno < 0 ? "gone" : `${errno} ${sqlState} ${message}`;
  }
}

for (const server of Object.values(realServers())) {
  const { host, port, user, password } = server;
  const isMysql = server.name === "mysql";

  describe(`accounts of the server on ${server.name}`, () => {
    let admin: Connection;
    let tested: InProcessProxy;
    let opened: Connection[] = [];
    beforeAll(async () => {
      admin = await createConnection({ host, port, user, password, multipleStatements: true });
      await admin.query(
        "DROP USER IF EXISTS one, two; CREATE USER one IDENTIFIED BY 'first', two IDENTIFIED BY 'second'; GRANT ALL ON test.* TO one; GRANT ALL ON test.* TO two; GRANT ALL ON socksdb.* TO two",
      );
    });
    afterAll(async () => {
      await admin.query("DROP USER IF EXISTS one, two, odd");
      await admin.end();
    });
    beforeEach(() => {
      tested = startInProcess(server, { accounts: "server", db: "", pool_size: 1 });
    });
    afterEach(async () => {
      for (const connection of opened) connection.destroy();
      opened = [];
      await tested.stop();
    });

    /** A client of the proxy, or of the server. */
    async function client(options: ConnectionOptions, isDirect = false): Promise<Connection> {
      const connection = await createConnection({ host, port: isDirect ? port : tested.login.port, ...options });
      connection.on("error", () => {});
      opened.push(connection);
      return connection;
    }
    const one = (isDirect = false) => client({ user: "one", password: "first" }, isDirect);
    const ofListener = () => client({ user: tested.login.user, password: tested.login.password });

    test("each is who it is, beside a pool of one, and its connection ends with it", async () => {
      const [first, app, second] = [await one(), await ofListener(), await client({ user: "two", password: "second" })];
      const direct = await client({ user, password }, true);
      const [ofNode] = await rowOf(direct, "SELECT CURRENT_USER()");
      for (let round = 0; round < 3; round++) {
        const names = await Promise.all([first, app, second].map((each) => rowOf(each, "SELECT CURRENT_USER()")));
        expect(names).toEqual([["one@%"], [ofNode], ["two@%"]]);
      }
      const [id] = await rowOf(first, "SELECT CONNECTION_ID()");
      expect(await rowOf(admin, `SELECT USER FROM information_schema.PROCESSLIST WHERE ID = ${id}`)).toEqual(["one"]);
      expect(sessionsOf(tested.proxy).map((session) => session.user)).toEqual(["one", tested.login.user, "two"]);
      await first.end();
      const left = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ${id}`;
      while (Number((await rowOf(admin, left))[0]) > 0); // the test's own timeout ends it
    });

    test("what the server refuses, and why, is what a client hears", async () => {
      await admin.query("DROP USER IF EXISTS odd; CREATE USER odd IDENTIFIED BY 'odd' ACCOUNT LOCK");
      const tries: ConnectionOptions[] = [
        { user: "one", password: "wrong" },
        { user: "one", password: "" },
        { user: "nobody", password: "first" },
        { user: "one", password: "first", database: "nowhere" },
        { user: "one", password: "first", database: "socksdb" },
        { user: "odd", password: "odd" },
      ];
      for (const each of tries) {
        const through = await told(client(each));
        expect(through).toBe(await told(client(each, true)));
        expect(through).toStartWith(each.user !== "odd" ? "10" : isMysql ? "3118" : "4151");
      }
      await admin.query("ALTER USER odd ACCOUNT UNLOCK PASSWORD EXPIRE");
      const expired = await told(client({ user: "odd", password: "odd" }));
      expect(expired).toBe(await told(client({ user: "odd", password: "odd" }, true)));
      expect(expired).toStartWith(isMysql ? "1862" : "done");
    });

    test("an expired password can be changed by who says that it can handle that, and the session goes on as others", async () => {
      const outcomes: string[][] = [];
      for (const at of [port, tested.login.port]) {
        await admin.query("DROP USER IF EXISTS odd; CREATE USER odd IDENTIFIED BY 'odd' PASSWORD EXPIRE");
        const capabilities = FAKE_CLIENT_CAPABILITIES | CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS;
        const expired = await openFakeClient({ port: at, user: "odd", password: "odd", capabilities });
        const answers: string[] = [];
        for (const text of ["SELECT 1", "SET @a = 1", "SET PASSWORD = 'other'", "SELECT 1", "SET sql_mode = 'ANSI'"]) {
          const isOld = text.startsWith("SET PASSWORD") && !isMysql;
          answers.push(brief(await query(expired, isOld ? "SET PASSWORD = PASSWORD('other')" : text)));
        }
        outcomes.push(answers);
        if (at !== port) {
          const [session] = sessionsOf(tested.proxy);
          expect([session?.connection?.isSandboxed, session?.statement.sqlMode]).not.toEqual([true, 0]);
          expect(session?.settings.entries.map(([name]) => name)).toContain("sql_mode");
        }
        closeStream(expired.stream);
      }
      expect(outcomes[1]).toEqual(outcomes[0] as string[]);
      expect([outcomes[0]?.[0]?.slice(0, 8), outcomes[0]?.[2]]).toEqual(["ERR 1820", "OK"]);
    });

    test("COM_CHANGE_USER from and to everybody, right and wrong, is what it is without the proxy", async () => {
      const app = (isDirect: boolean) => (isDirect ? { user, password } : tested.login);
      const whoever = (isDirect: boolean) => ({
        listener: { user: app(isDirect).user, password: app(isDirect).password },
        one: { user: "one", password: "first" },
        two: { user: "two", password: "second" },
        wrong: { user: "two", password: "wrong" },
        nobody: { user: "nobody", password: "x" },
        nowhere: { user: "one", password: "first", database: "nowhere" },
        socks: { user: "two", password: "second", database: "socksdb" },
        forbidden: { user: "one", password: "first", database: "socksdb" },
        "wrong listener": { user: app(isDirect).user, password: "wrong" },
      });
      type Who = keyof ReturnType<typeof whoever>;
      const run = async (from: Who, steps: readonly Who[], isDirect: boolean): Promise<unknown[]> => {
        const all = whoever(isDirect);
        const connection = await client({ ...all[from], database: "test" }, isDirect);
        const outcomes: unknown[] = [];
        for (const step of steps) {
          await told(connection.query("SET @mine = 1, SESSION sql_mode = 'ANSI'"));
          const changed = await told(connection.changeUser({ database: "", ...all[step] }));
          const state = await told(rowOf(connection, "SELECT CURRENT_USER(), DATABASE(), @mine, @@sql_mode"));
          outcomes.push(step, String(changed).replace(`'${all.listener.user}'`, "'LISTENER'"), state);
          await told(connection.query("CREATE TEMPORARY TABLE IF NOT EXISTS test.scratch (a INT)"));
        }
        connection.destroy();
        return outcomes;
      };
      const scripts: ReadonlyArray<readonly [Who, readonly Who[]]> = [
        ["listener", ["one", "two", "listener", "socks", "one", "one", "listener"]],
        ["one", ["listener", "one", "socks"]],
        ["listener", ["wrong", "one"]],
        ["listener", ["nobody", "two"]],
        ["listener", ["nowhere", "one"]],
        ["one", ["wrong", "two"]],
        ["one", ["nowhere", "two"]],
        ["one", ["forbidden", "listener"]],
        ["two", ["nobody", "one", "wrong", "wrong", "one"]],
        ["one", ["wrong listener", "two", "listener"]],
      ];
      // At once: MariaDB takes a second for each that it refuses.
      const outcomes = await Promise.all(
        scripts.map(([from, steps]) => Promise.all([run(from, steps, false), run(from, steps, true)])),
      );
      expect(outcomes.map(([through]) => through)).toEqual(outcomes.map(([, direct]) => direct));
    }, 20_000);

    test("a session keeps its connection when it is reset, or becomes another account of the server", async () => {
      const connection = await one();
      const id = async () => (await rowOf(connection, "SELECT CONNECTION_ID()"))[0];
      const before = await id();
      await connection.query("SET @mine = 1");
      await connection.query("CREATE TEMPORARY TABLE test.scratch (a INT)");
      await (connection as unknown as { reset(): Promise<void> }).reset();
      expect(await rowOf(connection, "SELECT CURRENT_USER(), @mine, CONNECTION_ID()")).toEqual(["one@%", null, before]);
      expect(await told(connection.query("SELECT * FROM test.scratch"))).toStartWith("1146");
      await connection.changeUser({ user: "two", password: "second" });
      expect(await id()).toBe(before);
      await connection.changeUser({ user: tested.login.user, password: tested.login.password });
      expect(await id()).not.toBe(before);
      expect(sessionsOf(tested.proxy).map(({ isOfAccount }) => isOfAccount)).toEqual([false]);
    });

    test("KILL means whom the client knows by the id, and the server says whom an account may kill", async () => {
      const killer = await one();
      for (const idOf of [
        async (victim: Connection) => victim.threadId,
        async (victim: Connection) => (await rowOf(victim, "SELECT CONNECTION_ID()"))[0],
      ]) {
        const victim = await one();
        expect(await told(killer.query(`KILL ${await idOf(victim)}`))).not.toBeString();
        expect(await told(victim.query("SELECT 1"))).toBe("gone");
        const strange = await client({ user: "two", password: "second" });
        const id = await idOf(strange);
        expect(await told(killer.query(`KILL ${id}`))).toStartWith("1095");
        expect(await rowOf(strange, "SELECT 1")).toEqual([1]);
        // The listener's clients are the endpoint's account, which may.
        expect(await told((await ofListener()).query(`KILL ${id}`))).not.toBeString();
        expect(await told(strange.query("SELECT 1"))).toBe("gone");
      }
      const running = killer.query("SELECT SLEEP(20)");
      running.catch(() => {});
      const other = await one();
      const sleeping =
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'one' AND INFO LIKE '%SLEEP(20)'";
      while (Number((await rowOf(admin, sleeping))[0]) === 0);
      await other.query(`KILL QUERY ${killer.threadId}`);
      await running.then(
        ([rows]) => expect(Object.values((rows as RowDataPacket[])[0] ?? {})).toEqual([1]),
        (error) => expect(error).toMatchObject({ errno: 1317 }),
      );
      expect(await rowOf(killer, "SELECT 1")).toEqual([1]);
    }, 20_000);
  });

  describe(`accounts of the server on ${server.name}, with limits`, () => {
    test("rules are about their statements, there are so many connections, and failures count for the address", async () => {
      const admin = await createConnection({ host, port, user, password, multipleStatements: true });
      await admin.query("DROP USER IF EXISTS three; CREATE USER three IDENTIFIED BY 'third'");
      const tested = startInProcess(server, {
        accounts: "server",
        db: "",
        limits: { account_connections_max: 1, user_sessions_max: 1 },
        plugin: { circuit_break: [{ regex: ["(?i)^DO 1"] }] },
      });
      const { throttle } = tested.proxy.listeners[0] as { throttle: { byAddress: Map<string, { count: number }> } };
      const login = { host, port: tested.login.port, user: "three" };
      try {
        expect(await told(createConnection({ ...login, password: "wrong" }))).toStartWith("1045");
        expect([...throttle.byAddress.values()].map(({ count }) => count)).toEqual([1]);
        const connection = await createConnection({ ...login, password: "third" });
        expect(throttle.byAddress.size).toBe(0);
        expect(await told(connection.query("DO 1"))).toContain("audit plugin rejected");
        expect(await told(createConnection({ ...login, password: "third" }))).toBe("1040 08004 Too many connections");
        await connection.end();
        while (sessionsOf(tested.proxy).length > 0) await new Promise((resolve) => setImmediate(resolve));
        const next = await createConnection({ ...login, password: "third" });
        expect(await rowOf(next, "SELECT CURRENT_USER()")).toEqual(["three@%"]);
        next.destroy();
      } finally {
        await tested.stop();
        await admin.query("DROP USER three");
        await admin.end();
      }
    });

    test("who may not be anybody else after all is nobody: no session goes on under a name that its connection has not", async () => {
      const admin = await createConnection({ host, port, user, password, multipleStatements: true });
      await admin.query(
        "DROP USER IF EXISTS three, four; CREATE USER three IDENTIFIED BY 'third', four IDENTIFIED BY 'fourth'",
      );
      const tested = startInProcess(server, { accounts: "server", db: "", limits: { user_sessions_max: 1 } });
      const login = { host, port: tested.login.port };
      const three = { user: "three", password: "third" };
      const four = { user: "four", password: "fourth" };
      const holder = await createConnection({ ...login, ...three });
      try {
        for (const from of [{ user: tested.login.user, password: tested.login.password }, four]) {
          const client = await createConnection({ ...login, ...from });
          client.on("error", () => {});
          expect(await told(client.changeUser(three))).toStartWith("1203");
          expect(await told(client.query("SELECT 1"))).toBe("gone");
        }
        expect(await rowOf(holder, "SELECT CURRENT_USER()")).toEqual(["three@%"]);
      } finally {
        holder.destroy();
        await tested.stop();
        await admin.query("DROP USER three, four");
        await admin.end();
      }
    });

    test("a listener with accounts of its own knows nobody else, and asks no server", async () => {
      const tested = startInProcess(server, { db: "" });
      const { user: name, password: word } = server.accounts[0] as { user: string; password: string };
      const refused = await told(createConnection({ host, port: tested.login.port, user: name, password: word }));
      expect(refused).toStartWith("1045");
      expect([...tested.proxy.generation.setups[0]!.pools.values()].map(({ accounts }) => accounts)).toEqual([null]);
      await tested.stop();
    });
  });
}
