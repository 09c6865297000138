/** A client: logs in, says its phrases, now and then breaks off in one of the ways in which clients do, and comes back. */
import { firstAnswer } from "../../backend/auth-answer.ts";
import type { Random } from "../../lib/random.ts";
import { CLIENT_SESSION_TRACK } from "../../mysql/capabilities.ts";
import { newCursor } from "../../mysql/cursor.ts";
import { writeHandshakeResponse } from "../../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../../mysql/handshake-v10.ts";
import { newWriter, writtenBytes } from "../../mysql/writer.ts";
import { sendAll } from "../../net/send.ts";
import { destroy, finish, pause, resume } from "../../net/transport.ts";
import { newWire, type Wire, type WireHandler } from "../../net/wire.ts";
import { responseTo } from "../fake-client-login.ts";
import { packetsOf, type RawPacket } from "../packet-stream.ts";
import { between, isLucky, pick } from "./chance.ts";
import { type Heard, type Judge, type JudgeWorld, judgeBytes, newJudge } from "./judge.ts";
import type { Flavour } from "./model/flavour.ts";
import { newModelSession } from "./model/session.ts";
import { dial, type Network } from "./network.ts";
import { LONE_WORDS } from "./phrases.ts";
import type { Pipe } from "./pipe.ts";
import { later, type Schedule } from "./schedule.ts";
import type { Sent } from "./sent.ts";
import { rememberOwnPrepared, type Speaker, speak } from "./speech.ts";

/** How a client is. */
export interface ClientManners {
  readonly address: string;
  readonly capabilities: number;
  readonly collation: number;
  readonly schema: string;
  readonly plugin: string;
  readonly phrases: ReadonlyArray<readonly string[]>;
  /** Phrases that it says in all, and in one session. */
  readonly phrasesMax: number;
  readonly perSessionMax: number;
  readonly thinkMsMax: number;
  /** Shares of commands: said before the last one is answered, broken off behind, read slowly. */
  readonly pipelineShare: number;
  readonly vanishShare: number;
  readonly slowShare: number;
  /** Of log-ins. */
  readonly wrongPasswordShare: number;
}

export interface ClientWorld extends JudgeWorld {
  readonly schedule: Schedule;
  readonly network: Network;
  readonly flavour: Flavour;
  readonly port: number;
  /** Broken off in this way. */
  vanished(how: string): void;
  /** The proxy has closed a session of `client`. */
  cutOff(client: string, hadSaid: readonly Sent[], why: string): void;
}

export interface SimulatedClient extends Speaker {
  readonly random: Random;
  readonly world: ClientWorld;
  readonly manners: ClientManners;
  wire: Wire<SimulatedClient> | null;
  pipe: Pipe | null;
  judge: Judge | null;
  phase: "away" | "greeting" | "login" | "ready" | "leaving" | "done";
  /** When it did or heard something last. */
  sinceMs: number;
  readonly heard: Heard[];
  received: number;
  /** Commands that it has not heard the answer to. */
  awaited: number;
  /** Words of the phrase in hand that are still to be said. */
  words: string[];
  phrasesLeft: number;
  sessionLeft: number;
  isWrong: boolean;
  isTurnedAway: boolean;
  hasLoggedIn: boolean;
}

const handler: WireHandler<SimulatedClient> = {
  onOpen() {},
  onData: hearBytes,
  onDrain() {},
  onEnd(client) {
    if (client.phase !== "leaving") cutOff(client, "the proxy closed the connection");
    if (client.wire !== null) finish(client.wire);
  },
  onClose(client, reason) {
    if (client.phase !== "leaving") cutOff(client, reason);
    comeBackLater(client);
  },
};

/** A client that comes by and by. */
export function startClient(client: SimulatedClient): void {
  later(client.world.schedule, client.random() * 50, () => come(client));
}

function come(client: SimulatedClient): void {
  const { world, manners } = client;
  const wire = newWire(handler);
  wire.owner = client;
  client.wire = wire;
  client.phase = "greeting";
  client.received = 0;
  client.awaited = 0;
  client.heard.length = 0;
  client.words = [];
  client.prepared = [];
  client.hasLoggedIn = false;
  client.isTurnedAway = false;
  client.isWrong = isLucky(client.random, manners.wrongPasswordShare);
  client.sessionLeft = between(client.random, 1, manners.perSessionMax);
  const judge: Judge = newJudge(world, client.name, (heard) => {
    if (client.judge === judge) client.heard.push(heard); // else a session before this one is still being told
  });
  client.judge = judge;
  client.sinceMs = world.schedule.nowMs;
  world.trace(`${client.name} connects`);
  client.pipe = dial(world.network, world.port, wire, manners.address, (bytes) => judgeBytes(judge, bytes));
  if (client.pipe === null) {
    client.phase = "away";
    comeBackLater(client);
  }
}

function comeBackLater(client: SimulatedClient): void {
  client.wire = null;
  client.pipe = null;
  client.judge = null;
  client.sinceMs = client.world.schedule.nowMs;
  client.phase = client.phrasesLeft <= 0 ? "done" : "away";
  if (client.phase === "away") later(client.world.schedule, client.random() * 200, () => come(client));
}

function cutOff(client: SimulatedClient, reason: string): void {
  const { judge, world, phase } = client;
  client.phase = "leaving";
  if (judge === null) return;
  // What it hears now it hears too late.
  world.trace(`${client.name} is cut off: ${reason}`);
  if (phase === "ready" || client.hasLoggedIn) world.cutOff(client.name, judge.sent, reason);
  else if (!client.isWrong && !client.isTurnedAway) world.cutOff(client.name, [], `while logging in: ${reason}`);
}

function hearBytes(client: SimulatedClient, bytes: Uint8Array): void {
  client.received += bytes.length;
  client.sinceMs = client.world.schedule.nowMs;
  while (client.heard[0] !== undefined && client.heard[0].end <= client.received) {
    hear(client, client.heard.shift() as Heard);
  }
}

function hear(client: SimulatedClient, heard: Heard): void {
  const { packet, sent } = heard;
  switch (client.phase) {
    case "greeting":
      return answerGreeting(client, packet);
    case "login":
      return hearLogin(client, packet);
    case "ready":
      if (sent === null) return; // a goodbye; the end follows
      if (sent.preparedId !== 0) rememberOwnPrepared(client, sent.prepares, sent.preparedId);
      client.world.trace(
        `${client.name} heard the answer to ${sent.what}${heard.refusal === null ? "" : `: ${heard.refusal}`}`,
      );
      client.awaited--;
      if (client.awaited === 0) goOn(client);
  }
}

function answerGreeting(client: SimulatedClient, packet: RawPacket): void {
  const { manners, wire, isWrong } = client;
  if (packet.payload[0] === 0xff || wire === null) {
    client.isTurnedAway = true; // too many connections
    return;
  }
  const greeting = readHandshakeV10(newCursor(packet.payload));
  const { capabilities, collation, schema, plugin } = manners;
  const password = isWrong ? "wrong" : "pw";
  const response = responseTo(greeting, { port: 0, password, schema, capabilities, collation, plugin });
  const writer = newWriter();
  writeHandshakeResponse(writer, 1, response);
  client.phase = "login";
  client.world.trace(`${client.name} logs in`);
  if (client.judge !== null) client.judge.capabilities = response.capabilities;
  sendAll(wire, writtenBytes(writer));
}

/** OK, ERR, another scramble, or the word that the fast path is enough. */
function hearLogin(client: SimulatedClient, { payload, sequence }: RawPacket): void {
  const { wire, manners, isWrong, world } = client;
  if (wire === null) return;
  world.trace(`${client.name} is told 0x${payload[0]?.toString(16)} while logging in`);
  if (payload[0] === 0xfe) {
    const scramble = payload.subarray(payload.indexOf(0) + 1, -1);
    const plugin = Buffer.from(payload.subarray(1, payload.indexOf(0))).toString();
    const answer = firstAnswer(plugin, isWrong ? "wrong" : "pw", scramble, false) ?? new Uint8Array(0);
    sendAll(wire, packetsOf([answer], sequence + 1));
  } else if (payload[0] === 0x00) {
    if (isWrong) world.fail(`${client.name} was let in with a wrong password`);
    const capabilities = (client.judge?.capabilities ?? 0) & ~CLIENT_SESSION_TRACK;
    const reference = newModelSession(world.flavour, capabilities, manners.collation, manners.schema);
    if (client.judge !== null) client.judge.reference = reference;
    client.phase = "ready";
    client.hasLoggedIn = true;
    goOn(client);
  }
}

/** Thinks, then says the next words. */
function goOn(client: SimulatedClient): void {
  const { world, random, manners, judge } = client;
  later(world.schedule, random() * manners.thinkMsMax, () => {
    if (client.phase !== "ready" || client.judge !== judge) return;
    sayWords(client);
  });
}

function sayWords(client: SimulatedClient): void {
  const { random, manners, world, wire } = client;
  if (wire === null) return;
  const count = isLucky(random, manners.pipelineShare) ? between(random, 2, 4) : 1;
  let isWaiting = false;
  for (let i = 0; i < count; ) {
    const word = nextWord(client);
    const sent = word === null ? null : speak(client, word);
    if (word === null) break;
    if (sent === null) continue;
    isWaiting ||= !sent.isSilent;
    say(client, sent);
    // Whoever prepares has to know the id before it goes on, and a reset must be heard.
    if (sent.prepares !== "" || word.startsWith("@reset")) break;
    if (!sent.isSilent) i++;
  }
  if (isLucky(random, manners.vanishShare)) return vanish(client);
  if (!isWaiting) return leaveInOrder(client);
  if (isLucky(random, manners.slowShare)) {
    pause(wire);
    later(world.schedule, random() * 3_000, () => resume(wire));
  }
}

function say(client: SimulatedClient, sent: Sent): void {
  const { judge, wire, world } = client;
  if (judge === null || wire === null) return;
  client.sinceMs = world.schedule.nowMs;
  judge.sent.push(sent);
  if (!sent.isSilent) client.awaited++;
  world.trace(`${client.name} says ${sent.what}`);
  sendAll(wire, sent.bytes);
}

/** null when the session is to end. */
function nextWord(client: SimulatedClient): string | null {
  const { random, manners, words } = client;
  if (words.length === 0) {
    if (client.sessionLeft <= 0 || client.phrasesLeft <= 0) return null;
    client.sessionLeft--;
    client.phrasesLeft--;
    words.push(...pick(random, manners.phrases));
  }
  return isLucky(random, 0.15) ? pick(random, LONE_WORDS) : (words.shift() ?? null);
}

function leaveInOrder(client: SimulatedClient): void {
  const { wire } = client;
  if (wire === null) return;
  client.phase = "leaving";
  const quit = speak(client, "@quit");
  if (quit !== null) sendAll(wire, quit.bytes);
  finish(wire);
}

/** Breaks off, at once or while the answer is on its way. */
function vanish(client: SimulatedClient): void {
  const { random, world, judge } = client;
  const how = pick(random, ["reset", "reset", "hang up", "hang up", "half close", "quit"] as const);
  later(world.schedule, isLucky(random, 0.5) ? 0 : random() * 60, () => {
    const { wire } = client;
    if (client.judge !== judge || wire === null || client.phase !== "ready") return;
    world.vanished(how);
    world.trace(`${client.name} breaks off: ${how}`);
    client.phase = "leaving";
    if (how === "reset") {
      destroy(wire, "the client is gone");
    } else if (how === "quit") {
      leaveInOrder(client);
    } else {
      // Both send a FIN; who hangs up closes for good soon, who closes one half waits for what may come.
      finish(wire);
      const graceMs = how === "hang up" ? random() * 100 : 20_000;
      later(world.schedule, graceMs, () => {
        if (client.wire === wire) destroy(wire, "the client is gone");
      });
    }
  });
}
