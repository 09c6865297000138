/** testdata/hostile/servers.txt says what clients get of servers that lie, break off or fall silent at each packet. `UPDATE=1` rewrites. */
import { afterEach, describe, expect, test } from "bun:test";
import { COM_INIT_DB, COM_QUERY, COM_RESET_CONNECTION, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { eof, err, ok } from "../testkit/answers.ts";
import {
  isServed,
  newBystander,
  pass,
  selectAnswer,
  settle,
  unaccounted,
  type Visit,
  visit,
  within,
} from "../testkit/hostile-rig.ts";
import { type MeddledPacket, type Meddler, startMeddler } from "../testkit/meddler.ts";
import { newOutcomeTable, type Outcome } from "../testkit/outcome-table.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { instead, SABOTAGES, type Sabotage } from "../testkit/sabotages.ts";

const LIMIT_MS = 60_000;
/** Longer than every deadline; who waits on then waits for a server that has all the time it wants. */
const PATIENCE_MS = 200_000;

const rig = newRig();
afterEach(rig.tearDown);

/** What is sent in place of a packet. */
const SERVER_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  ...SABOTAGES,
  "it, and something unasked": ({ bytes, sequence }) => [Buffer.concat([bytes, packetsOf([ok()], sequence + 1)])],
  "an ERR": instead(err(1105, "made up")),
  "an OK": instead(ok()),
  "an EOF": instead(eof()),
  "a request for a file": instead(Buffer.from("\xfb/etc/passwd", "latin1")),
};

/** Says of each packet of one connection which command it answers. */
function newLabels(): (packet: MeddledPacket) => string {
  const asked: string[] = [];
  let answered = "";
  return ({ isFromServer, index, sequence, payload }) => {
    if (!isFromServer && sequence === 0) asked.push(labelOf(payload));
    if (isFromServer && index === 0) answered = "greeting";
    else if (isFromServer && index === 1) answered = "log-in";
    else if (isFromServer && sequence === 1) answered = asked.shift() ?? "nothing";
    return answered;
  };
}

const STATEMENTS: ReadonlyArray<readonly [sign: string, label: string]> = [
  ["SHOW SESSION VAR", "variables"],
  ["SHOW GLOBAL VAR", "names"],
  ["CONCAT_WS", "globals"],
  ["CURRENT_ROLE", "role"],
  ["SET ROLE", "roles"],
  ["SET SESSION session_track", "tracking"],
  ["visitor", "query"],
  ["GET_LOCK", "lock"],
];
const COMMANDS: Readonly<Record<number, string>> = {
  [COM_INIT_DB]: "schema",
  [COM_STMT_PREPARE]: "prepare",
  [COM_STMT_EXECUTE]: "execute",
  [COM_RESET_CONNECTION]: "reset",
};

function labelOf(payload: Uint8Array): string {
  const command = payload[0] as number;
  const text = Buffer.from(payload).toString("latin1");
  const statement = STATEMENTS.find(([sign]) => command === COM_QUERY && text.includes(sign))?.[1];
  return statement ?? COMMANDS[command] ?? `0x${command.toString(16)}`;
}

/** Sabotages packet `at` of a new visitor's new connection; null when it has not so many. */
async function tryCase(
  meddler: Meddler,
  tested: ProxyUnderTest,
  sabotage: Sabotage,
  at: number,
): Promise<Outcome | null> {
  tested.clock.advance(310_000); // idle connections are closed
  await settle();
  const target = meddler.count + 1;
  const labels = newLabels();
  let label: string | null = null;
  meddler.meddle = (packet) => {
    if (packet.connection !== target) return null;
    const current = labels(packet);
    if (!packet.isFromServer || packet.index !== at) return null;
    label = current;
    return sabotage(packet);
  };
  const visitor: Visit = visit(tested.port, at);
  const outcome = (await within(tested, PATIENCE_MS, visitor.outcome)) ?? "waits";
  visitor.leave();
  await pass(tested, 15_000);
  meddler.meddle = () => null;
  return label === null ? null : { label, outcome };
}

const table = newOutcomeTable("servers");

describe("a server that sends in place of a packet, whichever it is,", () => {
  for (const [name, sabotage] of Object.entries(SERVER_SABOTAGES)) {
    test(
      `${name}: hurts nobody but whose connection it is`,
      async () => {
        const server = await rig.server({ script: selectAnswer });
        const meddler = await startMeddler(server.port);
        const tested = rig.proxy({ nodes: [{ port: meddler.port }], listeners: [{ pool_size: 4 }] });
        const bystander = await newBystander(await rig.client({ port: tested.port }));
        const cases: Outcome[] = [];
        for (let at = 0; ; at++) {
          const found = await tryCase(meddler, tested, sabotage, at);
          await isServed(bystander);
          expect(await unaccounted(tested, 1)).toBe("");
          if (found === null) break;
          cases.push(found);
          const next = visit(tested.port, 100 + at);
          expect([at, await within(tested, 60_000, next.outcome)]).toEqual([at, "right"]);
          next.leave();
        }
        await meddler.stop();
        expect(tested.log.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
        expect(table.describe(name, cases)).toBe(table.known(name));
      },
      LIMIT_MS,
    );
  }

  test("... of which each is in the table", () => {
    expect(table.finish()).toEqual(Object.keys(SERVER_SABOTAGES));
  });
});
