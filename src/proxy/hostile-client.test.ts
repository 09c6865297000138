/** testdata/hostile/clients.txt says what becomes of clients that lie, break off or fall silent at each packet. `UPDATE=1` rewrites. */
import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY, COM_QUIT, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import {
  isServed,
  newBystander,
  pass,
  selectAnswer,
  settle,
  unaccounted,
  visit,
  within,
} from "../testkit/hostile-rig.ts";
import { type MeddledPacket, type Meddler, startMeddler } from "../testkit/meddler.ts";
import { newOutcomeTable, type Outcome } from "../testkit/outcome-table.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { SABOTAGES, type Sabotage } from "../testkit/sabotages.ts";

const LIMIT_MS = 60_000;
/** Longer than every deadline; who is served on then may be silent for as long as it likes. */
const PATIENCE_MS = 200_000;

const rig = newRig();
afterEach(rig.tearDown);

/** What is sent in place of a packet. */
const CLIENT_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  ...SABOTAGES,
  "it, and COM_QUIT": ({ bytes }) => [Buffer.concat([bytes, packetsOf([Uint8Array.of(1)])])],
  "a hundred of it": ({ bytes }) => [Buffer.concat(Array.from({ length: 100 }, () => bytes))],
  "a full packet that is not continued": ({ sequence, payload }) => [
    packetsOf([Buffer.concat([payload, new Uint8Array(0xffffff - payload.length)])], sequence).subarray(
      0,
      0xffffff + 4,
    ),
  ],
};

const COMMANDS: Readonly<Record<number, string>> = {
  [COM_QUIT]: "quit",
  [COM_STMT_PREPARE]: "prepare",
  [COM_STMT_EXECUTE]: "execute",
};

function labelOf({ index, payload }: MeddledPacket): string {
  const command = payload[0] as number;
  if (index === 0) return "response";
  if (command === COM_QUERY) return Buffer.from(payload).includes("GET_LOCK") ? "lock" : "query";
  return COMMANDS[command] ?? `0x${command.toString(16)}`;
}

/** Sabotages packet `at` of a new visitor; null when it has not so many. */
async function tryCase(
  meddler: Meddler,
  tested: ProxyUnderTest,
  sabotage: Sabotage,
  at: number,
): Promise<Outcome | null> {
  let label: string | null = null;
  const target = meddler.count + 1;
  meddler.meddle = (packet) => {
    if (packet.connection !== target || packet.isFromServer || packet.index !== at) return null;
    label = labelOf(packet);
    return sabotage(packet);
  };
  const visitor = visit(meddler.port, at);
  const outcome = (await within(tested, PATIENCE_MS, visitor.outcome)) ?? "waits";
  visitor.leave();
  await settle();
  await pass(tested, 15_000);
  return label === null ? null : { label, outcome };
}

const table = newOutcomeTable("clients");

describe("a client that sends in place of a packet, whichever it is,", () => {
  for (const [name, sabotage] of Object.entries(CLIENT_SABOTAGES)) {
    test(
      `${name}: hurts nobody but itself`,
      async () => {
        const { tested } = await rig.pair({ script: selectAnswer }, { pool_size: 4 });
        const meddler = await startMeddler(tested.port);
        const bystander = await newBystander(await rig.client({ port: tested.port }));
        const cases: Outcome[] = [];
        for (let at = 0; ; at++) {
          const found = await tryCase(meddler, tested, sabotage, at);
          await isServed(bystander);
          expect([at, await unaccounted(tested, 1)]).toEqual([at, ""]);
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
    expect(table.finish()).toEqual(Object.keys(CLIENT_SABOTAGES));
  });
});
