/** A proxy between fakes for tests of hostile peers: somebody else is served meanwhile, and all is accounted for afterwards. */
import type { Pool } from "../backend/pool-state.ts";
import { placesTaken } from "../lib/places.ts";
import { wideCharsetOf } from "../mysql/collations.ts";
import { COM_QUERY, COM_QUIT, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { newCursor } from "../mysql/cursor.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { poolsOf } from "../proxy/listener.ts";
import type { Session } from "../proxy/session.ts";
import { resultSet, textRow } from "./answers.ts";
import { ask, brief, dial, errOf, query, sendCommand } from "./fake-client.ts";
import type { FakeClient } from "./fake-client-answer.ts";
import { logInFakeClient, nextPacketOf } from "./fake-client-login.ts";
import type { FakeCommand } from "./fake-server-types.ts";
import { nextPacket, type PacketStream, type RawPacket } from "./packet-stream.ts";
import type { ProxyUnderTest } from "./proxy-under-test.ts";

/** The row that `SELECT 'text'` gives. */
export function selectAnswer({ command, connection, text }: FakeCommand): Uint8Array[] | undefined {
  const selected = command === COM_QUERY ? /^SELECT '(.*)'$/.exec(text)?.[1] : undefined;
  if (selected === undefined) return undefined;
  return resultSet(connection.capabilities, ["a"], [textRow([selected])], { status: connection.status });
}

/** Turns of the event loop in which whatever can happen without the clock has happened. */
const TURNS = 120;
const STEP_MS = 500;

/** What comes of `work`, while time passes as slowly as it can; null when `limitMs` are not enough. */
export async function within<T>(tested: ProxyUnderTest, limitMs: number, work: Promise<T>): Promise<T | null> {
  let value: T | null = null;
  let isOver = false;
  void work.then((done) => {
    value = done;
    isOver = true;
  });
  for (let ms = 0; ms <= limitMs; ms += STEP_MS) {
    for (let turn = 0; turn < TURNS && !isOver; turn++) await nextTurn();
    if (isOver) break;
    tested.clock.advance(STEP_MS);
  }
  return value;
}

/** Lets `ms` pass in steps, so that what a timer has begun can happen before the next one runs out. */
export async function pass(tested: ProxyUnderTest, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    tested.clock.advance(STEP_MS);
    for (let turn = 0; turn < TURNS / 6; turn++) await nextTurn();
  }
}

/** Lets everything happen that needs no clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Another session, in a transaction, that asks and must be answered. */
export interface Bystander {
  readonly client: FakeClient;
  asked: number;
}

/** Logs in and begins a transaction, so that its connection is nobody else's. */
export async function newBystander(client: FakeClient): Promise<Bystander> {
  await query(client, "BEGIN");
  return { client, asked: 0 };
}

/** @throws Error unless it gets its own row. */
export async function isServed(bystander: Bystander): Promise<void> {
  const text = `bystander ${++bystander.asked}`;
  const { client } = bystander;
  const answer = await query(client, `SELECT '${text}'`);
  if (!isRow(client, answer, text)) throw new Error(`the bystander got ${brief(answer)} for its ${text}`);
}

/** The row, and behind it the end of rows whatever its flags are. */
function isRow(client: FakeClient, answer: readonly RawPacket[], text: string): boolean {
  const expected = resultSet(client.capabilities, ["a"], [textRow([text])]);
  if (answer.length !== expected.length) return false;
  return expected.slice(0, -1).every((payload, i) => {
    const got = answer[i];
    return got?.sequence === i + 1 && Buffer.compare(got.payload, payload) === 0;
  });
}

/** A visitor, what has become of it so far, and the way to make it go. */
export interface Visit {
  readonly outcome: Promise<string>;
  leave(): void;
}

/**
 * A whole visit: log-in with a schema, a query, a prepared statement, something that makes a reset necessary. The outcome
 * is what went wrong first: "query: ERR 1158", "log-in: closed"; "right" when nothing did, "query: wrong" when the answer was.
 */
export function visit(port: number, number: number): Visit {
  let stream: PacketStream | null = null;
  const outcome = (async () => {
    stream = await dial(port);
    const visitor: Visitor = { stream, port, number, client: null as unknown as FakeClient };
    for (const [step, take] of Object.entries(STEPS)) {
      const fault = await take(visitor).catch(() => "closed"); // whatever way the stream ended
      if (fault !== null) return `${step}: ${fault}`;
    }
    return "right";
  })();
  return { outcome, leave: () => stream?.socket.resetAndDestroy() };
}

interface Visitor {
  readonly stream: PacketStream;
  readonly port: number;
  readonly number: number;
  /** Made by the log-in, which is the first step. */
  client: FakeClient;
}

/** Each visitor has a collation and a schema of its own: nothing is known of them that the server has not said to it. */
const COLLATIONS = Array.from({ length: 210 }, (_, i) => 46 + i).filter((id) => wideCharsetOf(id, false) === "");
const EXECUTION = Buffer.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]);

/** What is wrong about each; null when nothing is. */
const STEPS: Readonly<Record<string, (visitor: Visitor) => Promise<string | null>>> = {
  async "log-in"(visitor) {
    const { stream, port, number } = visitor;
    const greeting = readHandshakeV10(newCursor((await nextPacketOf(stream)).payload));
    const options = { port, schema: `schema${number}`, collation: COLLATIONS[number % COLLATIONS.length] as number };
    const found = await logInFakeClient(stream, greeting, options);
    visitor.client = found.client;
    return faultOf([found.last]);
  },
  async query({ client }) {
    const rows = await query(client, "SELECT 'visitor'");
    return errorIn(rows) ?? (isRow(client, rows, "visitor") ? null : "wrong");
  },
  async prepare({ client }) {
    const prepared = await ask(client, COM_STMT_PREPARE, "SELECT ?");
    return errorIn(prepared) ?? (prepared[0]?.payload[0] === 0 ? null : "wrong");
  },
  execute: async ({ client }) => faultOf(await ask(client, COM_STMT_EXECUTE, EXECUTION)),
  lock: async ({ client }) => faultOf(await query(client, "DO GET_LOCK('a', 1)")),
  async quit({ client, stream }) {
    sendCommand(client, COM_QUIT);
    return (await nextPacket(stream)) === null ? null : "wrong";
  },
};

function errorIn(answer: readonly RawPacket[]): string | null {
  return answer.at(-1)?.payload[0] === 0xff ? `ERR ${errOf(answer).code}` : null;
}

function faultOf(answer: readonly RawPacket[]): string | null {
  return errorIn(answer) ?? (brief(answer) === "OK" ? null : "wrong");
}

/** Whose connections are whose when all but `sessions` sessions are gone; "" when everything is accounted for. */
export async function unaccounted(tested: ProxyUnderTest, sessions: number): Promise<string> {
  await settle();
  const { listener } = tested;
  const complaints: string[] = [];
  if (listener.sessions.size !== sessions) complaints.push(`${listener.sessions.size} sessions`);
  for (const pool of poolsOf(listener)) complaints.push(...complaintsOf(pool, sessions));
  for (const { accounts, accountPlaces } of listener.setup.pools.values()) {
    if (placesTaken(accountPlaces) !== (accounts?.connections.size ?? 0))
      complaints.push("accounts are counted wrongly");
  }
  const figures = await tested.scrape();
  const figureOf = (name: string) =>
    [...figures.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  for (const name of ["sql_under_processing", "pisanix_pool_waiting"]) {
    if (figureOf(name) !== 0) complaints.push(`${name} is ${figureOf(name)}`);
  }
  if (figureOf("pisanix_client_connections_open") !== sessions) complaints.push("clients are counted wrongly");
  if (figureOf("pisanix_sessions_pinned") > sessions) complaints.push("pins are counted wrongly");
  return complaints.join(", ");
}

function complaintsOf(pool: Pool<Session>, sessions: number): string[] {
  const complaints: string[] = [];
  let held = 0;
  let idle = 0;
  for (const { state, holder } of pool.connections) {
    if (holder !== null) held++;
    if (state === "idle") idle++;
    if (state === "closed") complaints.push("a closed connection is kept");
  }
  if (held > sessions) complaints.push(`${held} connections are held by ${sessions} sessions`);
  if (held + idle !== pool.connections.size)
    complaints.push(`${pool.connections.size - held - idle} connections are nowhere`);
  if (pool.waiters.length > 0) complaints.push(`${pool.waiters.length} statements wait`);
  return complaints;
}
