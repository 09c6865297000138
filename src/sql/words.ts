/** Finds the words of the grammar, and a few names that matter, in bytes without decoding them. */
import { assert } from "../lib/assert.ts";
import {
  TERMINAL_COUNT,
  TOKEN_CHARSET_MARK,
  TOKEN_END_OF_TEXT,
  TOKEN_IDENT,
  TOKEN_NOT,
  TOKEN_ROLLUP,
  TOKEN_SEMICOLON,
  TOKEN_SYSTEM,
  TOKEN_SYSTEM_TIME,
  WORD_CLASSES,
  WORDS,
} from "./grammar.ts";
import { CHARSET_MARKS, INTEREST_CALL, INTEREST_WORD, INTERESTING_NAMES, INTERESTING_WORDS } from "./interest.ts";

const CLASS_NAMES: readonly string[] = WORD_CLASSES.split(" ");
const SLOTS = 4096;

/** The rows of WORDS, for as long as the tables are being made. */
let rows: readonly (readonly string[])[] = WORDS.split(";").map((line) => line.split(" "));

/** Words by number, from 1 on; 0 is no word. */
export const WORD_TEXTS: readonly string[] = ["", ...allWords()];
/** The terminal of each word, and a class, by server: 0 MySQL, 1 MariaDB. */
export const WORD_KINDS: readonly [Uint16Array, Uint16Array] = [kindsOf(1), kindsOf(3)];
/** 1 where a word counts only right before a parenthesis. */
export const WORD_IS_FUNCTION: readonly [Uint8Array, Uint8Array] = [functionsOf(1), functionsOf(3)];

/** INTEREST_* bits where a word may be more than its place in the statement tells (interest.ts). */
export const WORD_INTEREST: Uint8Array = interestOf();

/**
 * By server, for each terminal the one whose action it takes where it has none of its own: a word that may be a name takes
 * that of IDENT, a semicolon that of the end, every other terminal stands for itself.
 */
export const STAND_INS: readonly [Uint16Array, Uint16Array] = [standInsOf(1), standInsOf(3)];

/** In WORD_SPECIALS: right before a parenthesis the word is read as any other. */
export const SPECIAL_CALLED = 1;
const SPECIAL_JOINING = 2;
/** Not 0 where the terminal alone does not tell how a word is to be read (word.ts). */
export const WORD_SPECIALS: Uint8Array = specialsOf();

/** Open addressing: numbers of words by hash. */
const slots = new Uint16Array(SLOTS);
const spellings = new Uint8Array(WORD_TEXTS.join("").length);
const offsets = new Uint16Array(WORD_TEXTS.length);
const lengths = new Uint8Array(WORD_TEXTS.length);
fillSlots();
rows = [];

/** The number of the word that stands in [start, end), whatever its case; 0 for none. At least one byte is there. */
export function findWord(bytes: Uint8Array, start: number, end: number): number {
  return findHashed(bytes, start, end, hashOf(bytes, start, end));
}

/** The same for a word whose hash is known. */
export function findHashed(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const length = end - start;
  let slot = hash & (SLOTS - 1);
  for (let word = slots[slot]!; word !== 0; word = slots[slot]!) {
    if (lengths[word] === length && isSpelled(bytes, start, length, offsets[word]!)) return word;
    slot = (slot + 1) & (SLOTS - 1);
  }
  return 0;
}

/** The hash of a word that goes on with `byte`; before its first byte it is 0. */
export function hashOn(hash: number, byte: number): number {
  return Math.imul(hash, 33) ^ (byte | 0x20);
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let position = start; position < end; position++) hash = hashOn(hash, bytes[position]!);
  return hash;
}

/** In a name the bit that tells upper from lower case tells nothing else: no two characters of names differ by it alone. */
function isSpelled(bytes: Uint8Array, start: number, length: number, offset: number): boolean {
  for (let i = 0; i < length; i++) if ((bytes[start + i]! | 0x20) !== spellings[offset + i]) return false;
  return true;
}

/** The number of a word, in lower case. For tables and constants made at start. */
export function wordNumber(text: string): number {
  const word = WORD_TEXTS.indexOf(text);
  assert(word > 0, `${text} is in the list of words`);
  return word;
}

function allWords(): string[] {
  const words = rows.map((row) => row[0]!.toLowerCase());
  const names = INTERESTING_NAMES.map(({ name }) => name).filter((name) => !words.includes(name));
  return [...words, ...names, ...CHARSET_MARKS];
}

function kindsOf(column: number): Uint16Array {
  const kinds = new Uint16Array(WORD_TEXTS.length).fill(TOKEN_IDENT);
  for (let i = 0; i < rows.length; i++) kinds[i + 1] = Number(rows[i]![column + 1]);
  kinds.fill(TOKEN_CHARSET_MARK, WORD_TEXTS.length - CHARSET_MARKS.length);
  return kinds;
}

function standInsOf(column: number): Uint16Array {
  const standIns = Uint16Array.from({ length: TERMINAL_COUNT }, (_, terminal) => terminal);
  standIns[TOKEN_SEMICOLON] = TOKEN_END_OF_TEXT;
  for (const row of rows) {
    if (CLASS_NAMES[Number(row[column])] === "word") standIns[Number(row[column + 1])] = TOKEN_IDENT;
  }
  return standIns;
}

function interestOf(): Uint8Array {
  const interest = new Uint8Array(WORD_TEXTS.length);
  for (const word of INTERESTING_WORDS) interest[wordNumber(word)] = INTEREST_WORD;
  for (const { name, call } of INTERESTING_NAMES) {
    interest[wordNumber(name)] = call === undefined ? INTEREST_WORD : INTEREST_WORD | INTEREST_CALL;
  }
  return interest;
}

function specialsOf(): Uint8Array {
  const joining = [TOKEN_NOT, TOKEN_ROLLUP, TOKEN_SYSTEM, TOKEN_SYSTEM_TIME];
  return WORD_INTEREST.map((_, word) => {
    if (WORD_KINDS.some((kinds) => joining.includes(kinds[word]!))) return SPECIAL_JOINING;
    return WORD_IS_FUNCTION.some((column) => column[word] === 1) ? SPECIAL_CALLED : 0;
  });
}

function functionsOf(column: number): Uint8Array {
  const isFunction = new Uint8Array(WORD_TEXTS.length);
  for (let i = 0; i < rows.length; i++) {
    if (CLASS_NAMES[Number(rows[i]![column])] === "function") isFunction[i + 1] = 1;
  }
  return isFunction;
}

function fillSlots(): void {
  const encoder = new TextEncoder();
  let used = 0;
  for (let word = 1; word < WORD_TEXTS.length; word++) {
    const { written } = encoder.encodeInto(WORD_TEXTS[word]!, spellings.subarray(used));
    for (let at = used; at < used + written; at++) spellings[at]! |= 0x20;
    offsets[word] = used;
    lengths[word] = written;
    let slot = hashOf(spellings, used, used + written) & (SLOTS - 1);
    used += written;
    while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    slots[slot] = word;
  }
}
