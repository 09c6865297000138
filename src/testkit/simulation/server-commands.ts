/** What a simulated server does with a command: finds out what it means, waits, answers. */

import { queryTextAt } from "../../mysql/com-query.ts";
import {
  COM_INIT_DB,
  COM_PING,
  COM_QUERY,
  COM_RESET_CONNECTION,
  COM_STMT_CLOSE,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
  commandName,
} from "../../mysql/commands.ts";
import { sendAll } from "../../net/send.ts";
import { packetsOf, type RawPacket } from "../packet-stream.ts";
import { isLucky } from "./chance.ts";
import { type Answer, answerPing, answerStatementReset, errAnswer, okAnswer } from "./model/answer.ts";
import { settleSession } from "./model/database.ts";
import { NO_OUTCOME, type Outcome } from "./model/operation.ts";
import { answerFetch, answerPrepare } from "./model/prepared.ts";
import { beginStatement, resetModelSession } from "./model/session.ts";
import { runInitDb } from "./model/settings.ts";
import { later } from "./schedule.ts";
import { type Plan, planExecute } from "./server-execute.ts";
import { planOwn } from "./server-own.ts";
import type { Running, ServerConnection } from "./server-types.ts";
import { nonceIn } from "./spoken.ts";

const LOCK_WAIT_TIMEOUT = "Lock wait timeout exceeded; try restarting transaction";

/** Begins a command; its answer follows in its time, and then `onDone`. */
export function startCommand(connection: ServerConnection, packet: RawPacket, onDone: () => void): void {
  const { world, manners } = connection.server;
  const plan = planOf(connection, packet);
  if (plan === null) return; // it has no answer
  const { schedule, random } = world;
  const takesMs = (plan.takesMs ?? 0) + random() * manners.delayMsMax;
  let hasEnded = false;
  const running: Running = {
    packet,
    end: (outcome) => {
      if (hasEnded || connection.running !== running) return;
      hasEnded = true;
      finishCommand(connection, packet, plan, outcome, onDone);
    },
    tryAgain: () => {},
  };
  connection.running = running;
  later(schedule, takesMs, () => tryCommand(connection, running, plan));
}

/** Runs it, or waits for the lock that it needs. */
function tryCommand(connection: ServerConnection, running: Running, plan: Plan): void {
  if (connection.running !== running) return;
  const { server } = connection;
  const { schedule } = server.world;
  const outcome = plan.decide();
  if (outcome !== null) return running.end(outcome);
  const isFirst = !server.blocked.has(connection);
  server.blocked.add(connection);
  running.tryAgain = () => {
    running.tryAgain = () => {};
    later(schedule, 0, () => tryCommand(connection, running, plan));
  };
  if (!isFirst) return;
  later(schedule, server.manners.lockWaitMs, () => {
    if (server.blocked.has(connection)) running.end({ error: [1205, LOCK_WAIT_TIMEOUT] });
  });
}

function finishCommand(
  connection: ServerConnection,
  packet: RawPacket,
  plan: Plan,
  outcome: Outcome,
  onDone: () => void,
): void {
  const { server, session } = connection;
  server.blocked.delete(connection);
  beginStatement(session);
  const answer = outcome.error === undefined ? plan.run(outcome) : errAnswer(session, ...outcome.error);
  settleSession(server.database, connection);
  plan.onRun?.(outcome, answer);
  server.world.trace(`${server.name}#${connection.id} ran ${plan.what}`);
  sendSlowly(connection, packetsOf(answer, packet.sequence + 1), onDone);
}

/** Sends an answer, sometimes with a stop in the middle. */
function sendSlowly(connection: ServerConnection, bytes: Uint8Array, onSent: () => void): void {
  const { world, manners } = connection.server;
  const { random, schedule } = world;
  if (connection.phase === "gone") return;
  if (!isLucky(random, manners.pauseShare)) {
    sendAll(connection.wire, bytes);
    return onSent();
  }
  const at = Math.floor(random() * bytes.length);
  sendAll(connection.wire, bytes.subarray(0, at));
  later(schedule, random() * manners.pauseMsMax, () => {
    if (connection.phase === "gone") return;
    sendAll(connection.wire, bytes.subarray(at));
    onSent();
  });
}

/** What the command asks for; null for one without an answer, which is done at once. */
function planOf(connection: ServerConnection, { payload }: RawPacket): Plan | null {
  const { session } = connection;
  const command = payload[0] as number;
  const body = payload.subarray(1);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  switch (command) {
    case COM_QUERY: {
      const at = queryTextAt(payload, 0, payload.length, session.capabilities);
      return planQuery(connection, Buffer.from(payload.subarray(at)).toString());
    }
    case COM_INIT_DB:
      return simple("COM_INIT_DB", () => runInitDb(session, Buffer.from(body).toString()));
    case COM_PING:
      return simple("COM_PING", () => answerPing(session));
    case COM_RESET_CONNECTION:
      return simple("COM_RESET_CONNECTION", () => {
        resetModelSession(session);
        return okAnswer(session);
      });
    case COM_STMT_PREPARE: {
      const text = Buffer.from(body).toString();
      return simple(`prepare ${text}`, () => answerPrepare(session, text, session.nextPreparedId++));
    }
    case COM_STMT_EXECUTE:
      return planExecute(connection, body);
    case COM_STMT_FETCH: {
      const id = view.getUint32(0, true);
      const count = view.getUint32(4, true);
      return simple("fetch", () => answerFetch(session, session.prepared.get(id), id, count));
    }
    case COM_STMT_RESET:
      return simple("COM_STMT_RESET", () => {
        const prepared = session.prepared.get(view.getUint32(0, true));
        if (prepared !== undefined) prepared.cursor = null;
        prepared?.long.clear();
        return answerStatementReset(session);
      });
    case COM_STMT_CLOSE:
      session.prepared.delete(view.getUint32(0, true));
      return null;
    case COM_STMT_SEND_LONG_DATA: {
      const { long } = session.prepared.get(view.getUint32(0, true)) ?? { long: new Map<number, string>() };
      const parameter = view.getUint16(4, true);
      long.set(parameter, `${long.get(parameter) ?? ""}${Buffer.from(body.subarray(6)).toString()}`);
      return null;
    }
    default:
      throw new Error(`the simulated server does not know ${commandName(command)}`);
  }
}

function simple(what: string, run: () => Answer): Plan {
  return { what, decide: () => NO_OUTCOME, run };
}

function planQuery(connection: ServerConnection, text: string): Plan {
  const { server, session } = connection;
  const { world } = server;
  const nonce = nonceIn(text);
  if (nonce === null) return planOwn(connection, text);
  const spoken = world.spoken.get(nonce);
  if (spoken === undefined || spoken.operation === null || spoken.text !== text) {
    world.fail(`${server.name} got a text that nobody has sent: ${text}`);
    return simple(text, () => okAnswer(session));
  }
  const { operation, args } = spoken;
  return {
    what: `${nonce} ${operation.name}`,
    takesMs: operation.takesMs ?? 0,
    decide: () => (operation.decide === undefined ? NO_OUTCOME : operation.decide(server.database, connection, args)),
    run: (outcome) => operation.run(session, args, outcome),
    onRun: (outcome, answer) => {
      if (spoken.isWrite && world.executions.has(nonce)) world.fail(`${nonce} ${operation.name} ran twice`);
      world.executions.set(nonce, { server: server.name, connectionId: connection.id, outcome, answer });
    },
  };
}
