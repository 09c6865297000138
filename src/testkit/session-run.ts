/** Runs a sequence of the state table against one port, and writes down every answer so that two runs can be compared. */

import { systemClock } from "../lib/clock.ts";
import {
  COM_INIT_DB,
  COM_PING,
  COM_QUERY,
  COM_QUIT,
  COM_RESET_CONNECTION,
  COM_STMT_CLOSE,
  COM_STMT_EXECUTE,
  COM_STMT_PREPARE,
} from "../mysql/commands.ts";
import { ask, openFakeClient, sendCommand } from "./fake-client.ts";
import type { FakeClient } from "./fake-client-answer.ts";
import { readAnswer } from "./fake-client-answer.ts";
import type { FakeClientOptions } from "./fake-client-login.ts";
import type { RawPacket } from "./packet-stream.ts";
import type { Sequence, Step } from "./sequences/sequence.ts";
import { describeAnswer } from "./session-answer.ts";

interface Player {
  readonly client: FakeClient;
  /** Ids by the names that the steps give. */
  readonly prepared: Map<string, number>;
  /** The answer to the last `starts`. */
  pending: Promise<RawPacket[]> | null;
}

/** After this long a client that still waits is disconnected: the sequence hangs, and would block all that follow. */
const TIMEOUT_SEQUENCE_MS = 4000;

/** Plays `sequence` with clients that log in with `login`. Returns the answers, each behind its step; the last one says where it broke off. */
export async function playSequence(sequence: Sequence, login: FakeClientOptions): Promise<string[]> {
  const players = new Map<string, Player>();
  const transcript: string[] = [];
  const cancel = systemClock.after(TIMEOUT_SEQUENCE_MS, () => {
    for (const { client } of players.values()) client.stream.socket.destroy();
  });
  try {
    for (const step of sequence.steps) {
      let player = players.get(step.client);
      if (player === undefined) {
        player = { client: await openFakeClient(login), prepared: new Map(), pending: null };
        players.set(step.client, player);
      }
      const { client, action, argument } = step;
      transcript.push(`${client} ${action}: ${argument}`);
      transcript.push(...(await takeStep(player, step)).map((line) => `    ${line}`));
      if (action === "quit" || action === "drop") players.delete(client);
    }
  } catch (error) {
    transcript.push(`    broke off: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    cancel();
    for (const { client } of players.values()) leave(client);
  }
  return transcript;
}

function leave(client: FakeClient): void {
  sendCommand(client, COM_QUIT);
  client.stream.socket.end();
}

async function takeStep(player: Player, step: Step): Promise<string[]> {
  const { client, prepared } = player;
  const [action = "", name = ""] = step.action.split(" ");
  switch (action) {
    case "":
      return describe(player, COM_QUERY, step.argument);
    case "starts":
      sendCommand(client, COM_QUERY, step.argument);
      player.pending = readAnswer(client, COM_QUERY);
      return [];
    case "ends": {
      if (player.pending === null) throw new Error("ends: nothing was started");
      return describeAnswer(COM_QUERY, client.capabilities, await player.pending);
    }
    case "ps":
      return await preparedOnce(player, step.argument);
    case "prepare": {
      const { lines, id } = await prepare(player, step.argument);
      prepared.set(name, id);
      return lines;
    }
    case "execute":
      return describe(player, COM_STMT_EXECUTE, executeBody(prepared.get(name) ?? 0));
    case "close":
      sendCommand(client, COM_STMT_CLOSE, idBytes(prepared.get(name) ?? 0));
      return [];
    case "use":
      return describe(player, COM_INIT_DB, step.argument);
    case "reset":
      return describe(player, COM_RESET_CONNECTION);
    case "ping":
      return describe(player, COM_PING);
    case "quit":
      leave(client);
      return [];
    case "drop":
      client.stream.socket.destroy();
      return [];
    default:
      throw new Error(`${step.action} is no action`);
  }
}

async function describe(player: Player, command: number, body: string | Uint8Array = ""): Promise<string[]> {
  const { client } = player;
  return describeAnswer(command, client.capabilities, await ask(client, command, body));
}

async function preparedOnce(player: Player, text: string): Promise<string[]> {
  const { lines, id } = await prepare(player, text);
  if (id === 0) return lines;
  const executed = await describe(player, COM_STMT_EXECUTE, executeBody(id));
  sendCommand(player.client, COM_STMT_CLOSE, idBytes(id));
  return [...lines, ...executed];
}

/** `id` is 0 when the server refused. */
async function prepare({ client }: Player, text: string): Promise<{ lines: string[]; id: number }> {
  const answer = await ask(client, COM_STMT_PREPARE, text);
  const head = Buffer.from(answer[0]?.payload ?? []);
  const id = head[0] === 0 ? head.readUInt32LE(1) : 0;
  return { lines: describeAnswer(COM_STMT_PREPARE, client.capabilities, answer), id };
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(id);
  return bytes;
}

/** Statement id, no cursor, one iteration; no parameters. */
function executeBody(id: number): Buffer {
  return Buffer.concat([idBytes(id), Buffer.from([0, 1, 0, 0, 0])]);
}
