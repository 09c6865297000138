/**
 * Texts that come again and again, byte for byte, with their facts and digests: what an application with placeholders or
 * few parameters sends. A text is kept when it is met for the second time, so that one-time texts push nothing out.
 */
import type { Digest } from "./digest-cache.ts";
import type { Facts } from "./facts.ts";
import { hashOf } from "./hash.ts";
import type { Statement } from "./statement.ts";
import { settingsOf } from "./tokens.ts";

/** What is kept of a text. The facts and the digest may be those of other texts, too. */
export interface KnownText {
  readonly settings: number;
  readonly bytes: Uint8Array;
  readonly facts: Facts;
  readonly digest: Digest;
}

/** Texts that are kept at once, a power of two. */
export const TEXTS_MAX = 2048;
/** Longer ones are never kept. */
export const TEXT_BYTES_MAX = 2048;

const known: (KnownText | null)[] = Array.from({ length: TEXTS_MAX }, () => null);
/** The hash of the last text that was met for each place. */
const met = new Int32Array(TEXTS_MAX);
/** The hash of the last text that findText() was asked for. */
let asked = 0;

/** What is known of the statement's text; null for nothing. */
export function findText(statement: Statement): KnownText | null {
  const { bytes, start, end } = statement;
  if (end - start > TEXT_BYTES_MAX) return null;
  const settings = settingsOf(statement);
  asked = hashOf(bytes, start, end, settings);
  const text = known[asked & (TEXTS_MAX - 1)]!;
  return text !== null && text.settings === settings && isSame(text.bytes, bytes, start, end) ? text : null;
}

/** Whether the text that findText() did not know was asked for before, and is to be kept. */
export function isMetAgain(statement: Statement): boolean {
  if (statement.end - statement.start > TEXT_BYTES_MAX) return false;
  const slot = asked & (TEXTS_MAX - 1);
  if (met[slot] === asked) return true;
  met[slot] = asked;
  return false;
}

/** Keeps what is known of the text that findText() was asked for. Returns the facts. */
export function keepText(statement: Statement, facts: Facts, digest: Digest): Facts {
  const bytes = statement.bytes.slice(statement.start, statement.end);
  known[asked & (TEXTS_MAX - 1)] = { settings: settingsOf(statement), bytes, facts, digest };
  return facts;
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false;
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[start + i]) return false;
  return true;
}
