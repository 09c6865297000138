/**
 * `make bench-sql`: what reading a statement costs, in one run beside node-sql-parser for scale; and that the time for a
 * byte does not grow with the text. Each figure is the least over many short batches, so that neighbours on the machine
 * do not count.
 */
import { heapStats } from "bun:jsc";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { newFacts } from "../../sql/facts.ts";
import { digestOf, factsOf } from "../../sql/facts-of.ts";
import { lex } from "../../sql/lexer.ts";
import { readFacts } from "../../sql/read-facts.ts";
import { newStatement, readStatement } from "../../sql/read-statement.ts";
import { newTokens } from "../../sql/tokens.ts";
import { newTree } from "../../sql/tree.ts";
import { REPOSITORY } from "../paths.ts";
import { runProgram, say, sayTable } from "../terminal.ts";
import { LARGE_INSERT, POINT_SELECT, REPORT } from "./bench-texts.ts";
import { nanosecondsPerByte, SHAPES, textOfShape } from "./scale.ts";

const COM_QUERY = 3;
const BATCH_MS = 0.3;
const BATCHES = 3000;
const CALIBRATION_BATCHES = 50;
const SIZES: readonly (readonly [label: string, bytes: number])[] = [
  ["1 KB", 1000],
  ["100 KB", 100_000],
  ["10 MB", 10_000_000],
];
/** Fetched by `make bench-sql`; nothing else needs it. */
const PEER = join(REPOSITORY, ".tools/peers/node_modules/node-sql-parser/build/mysql.js");

const dialect = { sqlMode: 0, charset: 0, isMariaDb: false, version: 90704 };
const tokens = newTokens();
const tree = newTree();
const facts = newFacts();
const statement = { ...newStatement(), ...dialect };

/** What reading can be asked for, by how much of it runs. */
const TIERS: readonly (readonly [name: string, work: (bytes: Uint8Array) => void])[] = [
  ["lexed", (bytes) => lex(tokens, bytes, 0, bytes.length, dialect)],
  ["classified: kind and effects", (bytes) => readStatement(statement, COM_QUERY, bytes, 0, bytes.length)],
  ["parsed with facts", readAnew],
  ["facts and digest of a known text", readKnown],
];

await runProgram(async () => {
  const peer = await loadPeer();
  const rows: string[][] = [];
  for (const text of [POINT_SELECT, REPORT, LARGE_INSERT]) {
    const bytes = new TextEncoder().encode(text.sql);
    for (const [tier, work] of TIERS) {
      const goal = text.goals[tier];
      rows.push([text.name, tier, us(leastNs(() => work(bytes))), goal === undefined ? "" : us(goal)]);
    }
    rows.push([text.name, "node-sql-parser", us(leastNs(() => peer(text.sql))), ""]);
  }
  sayTable(["text", "", "us", "at most"], rows);
  say();
  say(`heap for each of 200,000 known texts: ${heapBytesPerText().toFixed(3)} bytes`);
  say();
  sayScale();
  return 0;
});

function readAnew(bytes: Uint8Array): void {
  lex(tokens, bytes, 0, bytes.length, dialect);
  readFacts(facts, tree, tokens);
}

function readKnown(bytes: Uint8Array): void {
  readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
  factsOf(statement);
  digestOf(statement);
}

async function loadPeer(): Promise<(sql: string) => void> {
  const { Parser } = (await import(PEER)).default;
  const parser = new Parser();
  return (sql) => parser.astify(sql);
}

/** Nanoseconds for one run, the least of many batches. */
function leastNs(run: () => void): number {
  let times = 1;
  // The least of many here, too: one pause of the machine would make batches that are too short for the clock.
  while (leastMs(run, times, CALIBRATION_BATCHES) < BATCH_MS) times *= 2;
  return (leastMs(run, times, BATCHES) / times) * 1e6;
}

function leastMs(run: () => void, times: number, batches: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < batches; batch++) best = Math.min(best, batchMs(run, times));
  return best;
}

function batchMs(run: () => void, times: number): number {
  const startedMs = systemClock.monotonicMs();
  for (let i = 0; i < times; i++) run();
  return systemClock.monotonicMs() - startedMs;
}

function heapBytesPerText(): number {
  const bytes = new TextEncoder().encode(POINT_SELECT.sql);
  for (let i = 0; i < 10_000; i++) readKnown(bytes);
  Bun.gc(true);
  const before = heapStats().heapCapacity;
  for (let i = 0; i < 200_000; i++) readKnown(bytes);
  return (heapStats().heapCapacity - before) / 200_000;
}

function sayScale(): void {
  const rows = SHAPES.map((shape) => {
    const written = JSON.stringify(shape.join("").slice(0, 40));
    return [
      written,
      ...SIZES.map(([, size]) => nanosecondsPerByte(textOfShape(shape, size), size > 1e6 ? 2 : 40).toFixed(2)),
    ];
  });
  say("all that can be read, nanoseconds a byte:");
  sayTable(["what is repeated", ...SIZES.map(([label]) => label)], rows);
}

function us(ns: number): string {
  return (ns / 1000).toFixed(3);
}
