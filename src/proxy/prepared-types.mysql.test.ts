/**
 * Types of parameters: clients that share a prepared statement get answers as if each had it alone. MySQL remembers which
 * types a statement was executed with.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { COM_STMT_CLOSE, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { ask, openFakeClient, sendCommand } from "../testkit/fake-client.ts";
import type { FakeClient } from "../testkit/fake-client-answer.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";
import { describeAnswer } from "../testkit/session-answer.ts";

/** A parameter as it stands in COM_STMT_EXECUTE: whether it is NULL, its type, its value. */
const VALUES = {
  null: { isNull: true, type: [6, 0], value: Buffer.alloc(0) },
  double: { isNull: false, type: [5, 0], value: doubleOf(9223372036854776000) },
  text: { isNull: false, type: [253, 0], value: Buffer.from("\x013") },
  long: { isNull: false, type: [8, 0], value: Buffer.from([7, 0, 0, 0, 0, 0, 0, 0]) },
  unsigned: { isNull: false, type: [8, 0x80], value: Buffer.alloc(8, 0xff) },
  time: { isNull: false, type: [12, 0], value: Buffer.from([4, 0xe8, 7, 5, 6]) },
  blob: { isNull: false, type: [252, 0], value: Buffer.from("\x013") },
} as const;
type ValueName = keyof typeof VALUES;

const TEXTS = ["SELECT ? AS v", "SELECT ? + 0 AS v", "SELECT CONCAT(?, 'x') AS v", "SELECT COALESCE(?, 5) AS v"];

/** Values of successive executions by one client each, all of one kind. */
const STEADY: ReadonlyArray<readonly ValueName[]> = [
  ["double", "double", "null", "double"],
  ["text", "null"],
  ["long", "long"],
  ["null", "null"],
  ["unsigned", "unsigned"],
  ["time", "null", "time"],
  ["null", "double", "null"],
];

/** Of several kinds. */
const CHANGING: ReadonlyArray<readonly ValueName[]> = [
  ["double", "null", "text", "double"],
  ["text", "double", "text"],
  ["long", "double", "long", "text", "double", "long", "blob"],
  ["blob", "double", "null"],
  ["time", "long"],
];

function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

interface Player {
  readonly client: FakeClient;
  readonly id: number;
}

async function prepare(client: FakeClient, text: string): Promise<Player> {
  const [head] = await ask(client, COM_STMT_PREPARE, text);
  if (head?.payload[0] !== 0) throw new Error(Buffer.from(head?.payload ?? []).toString("latin1"));
  return { client, id: Buffer.from(head?.payload ?? []).readUInt32LE(1) };
}

async function execute({ client, id }: Player, name: ValueName): Promise<string[]> {
  const { isNull, type, value } = VALUES[name];
  const body = Buffer.alloc(9);
  body.writeUInt32LE(id);
  body[5] = 1; // iteration count
  const answer = await ask(
    client,
    COM_STMT_EXECUTE,
    Buffer.concat([body, Buffer.from([isNull ? 1 : 0, 1, ...type]), value]),
  );
  return describeAnswer(COM_STMT_EXECUTE, client.capabilities, answer);
}

function close({ client, id }: Player): void {
  const body = Buffer.alloc(4);
  body.writeUInt32LE(id);
  sendCommand(client, COM_STMT_CLOSE, body);
}

async function play(client: FakeClient, text: string, run: readonly ValueName[]): Promise<string[][]> {
  const player = await prepare(client, text);
  const answers: string[][] = [];
  for (const name of run) answers.push(await execute(player, name));
  close(player);
  return answers;
}

for (const server of Object.values(realServers())) {
  describe(`shared prepared statements on ${server.name}`, () => {
    let proxy: InProcessProxy;
    beforeAll(() => {
      proxy = startInProcess(server, { pool_size: 1 });
    });
    afterAll(() => proxy.stop());

    for (const text of TEXTS) {
      test(`${text}: each client's answers are those of a statement of its own`, async () => {
        const { port, user, password } = server;
        const direct = await openFakeClient({ port, user, password });
        const clients = await Promise.all(STEADY.map(() => openFakeClient(proxy.login)));
        const players = await Promise.all(clients.map((client) => prepare(client, text)));
        // All of them by turns, over one connection.
        const seen: string[][][] = STEADY.map(() => []);
        for (let step = 0; step < 4; step++) {
          for (const [i, run] of STEADY.entries()) {
            const name = run[step];
            if (name !== undefined) seen[i]?.push(await execute(players[i] as Player, name));
          }
        }
        for (const [i, run] of STEADY.entries()) expect([run, seen[i]]).toEqual([run, await play(direct, text, run)]);
        for (const run of CHANGING) {
          const client = await openFakeClient(proxy.login);
          expect([run, await play(client, text, run)]).toEqual([run, await play(direct, text, run)]);
          client.stream.socket.destroy();
          // Who has shared the statement so far still has one of the kind that it was.
          expect(await execute(players[0] as Player, "double")).toEqual(seen[0]?.[0] as string[]);
        }
        for (const { client } of [...players, { client: direct }]) client.stream.socket.destroy();
      });
    }
  });
}
