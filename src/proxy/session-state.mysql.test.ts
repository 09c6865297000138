/**
 * The state table on real servers: two or three clients take turns through few shared connections and get, to the last
 * field, the answers of connections of their own.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Connection, createConnection } from "mysql2/promise";
import { CLIENT_DEPRECATE_EOF, CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { FAKE_CLIENT_CAPABILITIES, type FakeClientOptions } from "../testkit/fake-client-login.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { refreshStatements, STATE_SCHEMA, schemaStatements } from "../testkit/sequences/schema.ts";
import type { Sequence } from "../testkit/sequences/sequence.ts";
import { realServers } from "../testkit/servers.ts";
import { playSequence } from "../testkit/session-run.ts";
import { sequencesOf } from "../testkit/session-sequences.ts";

const TURN_SECONDS = 120;
/** Of one sequence, on a machine that has other work. */
const SEQUENCE_MS = 30_000;
const POOL_SIZES = [1, 2, 3];
/**
 * How result sets end: servers tell of changed state only in the OK that CLIENT_DEPRECATE_EOF puts there; and whether the
 * client wants to be told.
 */
const ENDS = [
  { end: "OK", capabilities: FAKE_CLIENT_CAPABILITIES },
  { end: "EOF", capabilities: FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF },
  { end: "OK with session state", capabilities: FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK },
];

for (const server of Object.values(realServers())) {
  const { host, port, user, password, name } = server;

  describe(`session state on ${name}`, () => {
    const direct: FakeClientOptions = { port, user, password, schema: STATE_SCHEMA };
    /** By whether session state is asked for; how results end does not show. */
    const expected = [new Map<Sequence, string[]>(), new Map<Sequence, string[]>()];
    const proxies = new Map<number, InProcessProxy>();
    let admin: Connection;

    beforeAll(async () => {
      admin = await createConnection({ host, port, user, password });
      await admin.query("SET lock_wait_timeout = 3");
      // Two runs at once would drop each other's tables: the second waits.
      await admin.query(`SELECT GET_LOCK('${STATE_SCHEMA}', ${TURN_SECONDS})`);
      for (const statement of schemaStatements(name)) await admin.query(statement);
      for (const size of POOL_SIZES) {
        const limits = { timeout_pool_wait_ms: 4_000, timeout_reserve_ms: 2 };
        proxies.set(size, startInProcess(server, { db: STATE_SCHEMA, pool_size: size, limits }, { db: STATE_SCHEMA }));
      }
    }, TURN_SECONDS * 1000);
    afterAll(async () => {
      for (const proxy of proxies.values()) await proxy.stop();
      await admin.end();
    });

    /** The answers of connections of their own, asked for once. */
    async function answersOf(sequence: Sequence, isTracked: boolean): Promise<string[]> {
      const asked = expected[isTracked ? 1 : 0] as Map<Sequence, string[]>;
      const known = asked.get(sequence);
      if (known !== undefined) return known;
      const capabilities = FAKE_CLIENT_CAPABILITIES | (isTracked ? CLIENT_SESSION_TRACK : 0);
      const answers = await play(sequence, { ...direct, capabilities });
      asked.set(sequence, answers);
      return answers;
    }

    async function play(sequence: Sequence, login: FakeClientOptions): Promise<string[]> {
      for (const statement of refreshStatements(name)) await admin.query(statement);
      return playSequence(sequence, login);
    }

    for (const sequence of sequencesOf(name)) {
      const { connections, known } = sequence;
      const title = (size: number, end: string) => `pool_size ${size}, ${end}: ${sequence.name}`;
      for (const size of [1, connections === 1 ? 2 : connections]) {
        for (const { end, capabilities } of size === 1 ? ENDS : ENDS.slice(0, 2)) {
          if (known !== undefined) {
            test.skip(`${title(size, end)} (known: ${known})`, () => {});
            continue;
          }
          test(
            title(size, end),
            async () => {
              const answers = await answersOf(sequence, (capabilities & CLIENT_SESSION_TRACK) !== 0);
              const { login } = proxies.get(size) as InProcessProxy;
              const through = { port: login.port, user: login.user, password: login.password, capabilities };
              expect(await play(sequence, through)).toEqual(answers);
            },
            SEQUENCE_MS,
          );
        }
      }
    }
  });
}
