/** Every command byte, with bodies that are none of its own: what the server answers, and whether it goes on. */
import { describe, expect, test } from "bun:test";
import {
  COM_BINLOG_DUMP,
  COM_CHANGE_USER,
  COM_PING,
  COM_PROCESS_INFO,
  COM_QUERY,
  COM_QUIT,
  COM_REFRESH,
  COM_SHUTDOWN,
  COM_STATISTICS,
  COM_STMT_BULK_EXECUTE,
  COM_STMT_CLOSE,
  COM_STMT_FETCH,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
  commandName,
} from "../mysql/commands.ts";
import { commandBytes, errOf, openFakeClient, query } from "../testkit/fake-client.ts";
import type { FakeClientOptions } from "../testkit/fake-client-login.ts";
import { startInProcess } from "../testkit/in-process.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import { realServers } from "../testkit/servers.ts";

const BODIES: ReadonlyArray<readonly [name: string, body: Uint8Array]> = [
  ["nothing", new Uint8Array(0)],
  ["a NUL byte", Uint8Array.of(0)],
  ["a letter", Buffer.from("x")],
  ["an id of nobody", Uint8Array.of(0xff, 0xff, 0xff, 0x7f)],
  ["an id of nobody and more", Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0, 1, 0, 0, 0)],
];
const AT_ONCE = 16;

/** Stops a server; ends the connection; whose bodies are texts; a log-in. */
const LEFT_OUT: ReadonlySet<number> = new Set([COM_SHUTDOWN, COM_QUIT, COM_QUERY, COM_CHANGE_USER]);
/** Have no answer, so that MySQL's to malformed ones is ours, and not counted among the warnings. */
const SILENT: ReadonlySet<number> = new Set([COM_STMT_CLOSE, COM_STMT_SEND_LONG_DATA]);
/** Their answers tell of the moment. */
const LIVELY: ReadonlySet<number> = new Set([COM_STATISTICS, COM_PROCESS_INFO]);
/** MariaDB ends one when another comes with the same server id. */
const RIVALS: ReadonlySet<number> = new Set([COM_BINLOG_DUMP]);
/** Does to the whole server what its bits say, logs and replication with them, and what it answers depends on who else does it. */
const SWEEPING: ReadonlySet<number> = new Set([COM_REFRESH]);
/** MariaDB reads an id from behind the end of these. */
const READ_PAST_THEIR_END: ReadonlySet<number> = new Set([COM_STMT_FETCH, COM_STMT_RESET]);

const LAST = "the end";

/** What comes behind a statement with a warning, the command, a ping and a last statement: each packet, up to that one's row. */
async function answers(login: FakeClientOptions, command: number, body: Uint8Array): Promise<string[]> {
  const client = await openFakeClient(login);
  await query(client, "SELECT CAST('x' AS SIGNED)");
  const { stream } = client;
  const last = commandBytes(COM_QUERY, `SELECT '${LAST}'`);
  stream.socket.write(Buffer.concat([commandBytes(command, body), commandBytes(COM_PING), last]));
  const lines: string[] = [];
  for (;;) {
    const packet = await nextPacket(stream);
    if (packet === null) break;
    const text = Buffer.from(packet.payload).toString("latin1");
    if (packet.payload[0] === 0xff) lines.push(`${packet.sequence} ERR ${JSON.stringify(errOf(packet))}`);
    else if (!LIVELY.has(command)) lines.push(`${packet.sequence} ${Buffer.from(packet.payload).toString("hex")}`);
    if (text.endsWith(LAST) && text.length === LAST.length + 1) break;
  }
  lines.push(stream.hasEnded ? "closed" : "goes on");
  stream.socket.destroy();
  return lines;
}

for (const server of Object.values(realServers())) {
  const isMariadb = server.name === "mariadb";

  describe(`commands of ${server.name}`, () => {
    test("are answered as the server does, all 256", async () => {
      const tested = startInProcess(server, { pool_size: 4 * AT_ONCE });
      const jobs: Array<readonly [string, number, Uint8Array]> = [];
      for (let command = 0; command < 256; command++) {
        for (const [name, body] of BODIES) {
          const isRead = isMariadb && READ_PAST_THEIR_END.has(command) && body.length < 4;
          // A shorter one is what any command is tried with that has no name.
          const isNameless = commandName(command).startsWith("COM_0x") && body.length > 0;
          // MariaDB says what is wrong with the flags before it looks for the statement.
          const isFlagged = command === COM_STMT_BULK_EXECUTE && body.length > 6;
          const isSweeping = SWEEPING.has(command) && body.some((bits) => bits !== 0);
          const isRival = isMariadb && RIVALS.has(command);
          const isMalformed = !isMariadb && SILENT.has(command) && body.length < 6;
          if (LEFT_OUT.has(command) || isRival || isMalformed || isRead || isNameless || isFlagged || isSweeping)
            continue;
          jobs.push([`${commandName(command)} with ${name}`, command, body]);
        }
      }
      const directly: Record<string, string[]> = {};
      const through: Record<string, string[]> = {};
      const { port, user, password } = server;
      const work = async () => {
        for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
          const [name, command, body] = job;
          directly[name] = await answers({ port, user, password, schema: "test" }, command, body);
          through[name] = await answers(tested.login, command, body);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      await tested.stop();
      expect(through).toEqual(directly);
      expect(Object.keys(through).length).toBeGreaterThan(300);
    }, 60_000);
  });
}
