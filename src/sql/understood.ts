/**
 * Whether the grammar has a statement: not needed to serve it, but worth knowing before something depends on its facts.
 * Texts that differ in names and literals only are parsed once, so that watching costs next to nothing.
 */
import { factsOf } from "./facts-of.ts";
import { tokensOf } from "./reading.ts";
import type { Statement } from "./statement.ts";
import { settingsOf } from "./tokens.ts";
import { FAILURE_NONE } from "./tree.ts";

/** Shapes that are remembered, a power of two. */
export const SHAPES_MAX = 8192;
/** Longer texts are not watched: they are lists of values, and parsing takes time. */
export const WATCHED_BYTES_MAX = 64 * 1024;
/** Tokens of a text that tell its shape. */
const TOKENS_MAX = 512;
const PRIME = 0x01000193;

/** By place the hash of the shape that was met there last, with FAILED in it or not; 0 is none. */
const shapes = new Int32Array(SHAPES_MAX);
const FAILED = 1;

/** False where the grammar does not have the statement's text. Most such texts are refused by the servers, too. */
export function isUnderstood(statement: Statement): boolean {
  if (statement.end - statement.start > WATCHED_BYTES_MAX || statement.kind === "EMPTY") return true;
  const { kinds, count } = tokensOf(statement);
  let hash = settingsOf(statement) ^ Math.imul(count, PRIME);
  const last = Math.min(count, TOKENS_MAX);
  for (let i = 0; i < last; i++) hash = Math.imul(hash ^ kinds[i]!, PRIME) ^ (hash >>> 15);
  const slot = hash & (SHAPES_MAX - 1);
  const shape = hash | FAILED;
  const known = shapes[slot]!;
  if ((known | FAILED) === shape) return (known & FAILED) === 0;
  const isFailed = factsOf(statement).failure !== FAILURE_NONE;
  shapes[slot] = isFailed ? shape : shape ^ FAILED;
  return !isFailed;
}
