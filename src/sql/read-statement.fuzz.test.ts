import { expect, test } from "bun:test";
import { type Random, seededRandom } from "../lib/random.ts";
import { STATEMENT_KINDS } from "./kind.ts";
import { nextToken } from "./lexer.ts";
import { newStatement, readStatement } from "./read-statement.ts";
import { newLexer, startLexer, TOKEN_END } from "./token.ts";

const PIECES = [
  ..."'\"`\\-#/*!@.(){};:=?0129xbeE+ \n\t\0",
  ..."--,/*,*/,/*!,/*!50000,/*M!,@@,:=,get_lock(,for update,select,with,set,0x,1e,`a`.,é,\xff".split(","),
];

function randomText(random: Random): Uint8Array {
  const length = Math.floor(random() * 60);
  if (random() < 0.3) return Uint8Array.from({ length }, () => Math.floor(random() * 256));
  const pieces = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]);
  return new TextEncoder().encode(pieces.join(""));
}

test("nextToken() takes every byte once, in order, from any text", () => {
  const random = seededRandom(20261123);
  const lexer = newLexer();
  for (let run = 0; run < 20_000; run++) {
    const bytes = randomText(random);
    const start = Math.floor(random() * (bytes.length + 1));
    startLexer(lexer, bytes, start, bytes.length, run & 3);
    let last = start;
    for (let token = nextToken(lexer); token !== TOKEN_END; token = nextToken(lexer)) {
      const isForward = lexer.start >= last && lexer.position > lexer.start && lexer.position <= bytes.length;
      if (!isForward) throw new Error(`run ${run}: [${lexer.start}, ${lexer.position}) after ${last} in ${bytes}`);
      last = lexer.position;
    }
  }
});

test("readStatement() gives any text a kind and effects", () => {
  const random = seededRandom(7);
  const statement = newStatement();
  for (let run = 0; run < 20_000; run++) {
    const bytes = randomText(random);
    statement.sqlMode = run & 3;
    readStatement(statement, 3, bytes, 0, bytes.length);
    expect(STATEMENT_KINDS).toContain(statement.kind);
    expect(statement.effects >>> 23).toBe(0);
  }
});

test("readStatement() takes time linear in the text, whatever is repeated", () => {
  const statement = newStatement();
  const timeOf = (piece: string, length: number): number => {
    const bytes = new TextEncoder().encode(piece.repeat(Math.ceil(length / piece.length)));
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run++) {
      const start = performance.now();
      readStatement(statement, 3, bytes, 0, bytes.length);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  for (const piece of ["(", "'", "/*", "/*!", "-- ", "1e", "@", "@@a.", "`a`.", "0x", "\\'", ";", "with ("]) {
    timeOf(piece, 20_000);
    const small = timeOf(piece, 20_000);
    // Sixteen times the text: a quadratic reader would need 256 times the time.
    expect(timeOf(piece, 320_000)).toBeLessThan(Math.max(small, 0.02) * 100);
  }
});
