/**
 * What MySQL has derived the types of a prepared statement's parameters from: the values that it was executed with first. An
 * execution with values of another kind is not treated as the first one would have been, so clients may share a statement
 * only while theirs are of the same kinds. https://dev.mysql.com/doc/refman/9.7/en/prepare.html
 */
import { type Cursor, readUint8, skipLenenc } from "./cursor.ts";

const UNSIGNED = 0x80;
/** One letter for types that a server treats alike; in upper case for numbers without a sign. Others stand for themselves. */
const KINDS = new Map<number, string>([
  ...[1, 2, 3, 8, 9, 13].map((type) => [type, "i"] as const), // TINY, SHORT, LONG, LONGLONG, INT24, YEAR
  ...[4, 5].map((type) => [type, "d"] as const), // FLOAT, DOUBLE
  ...[0, 246].map((type) => [type, "n"] as const), // DECIMAL, NEWDECIMAL
  ...[15, 247, 248, 253, 254].map((type) => [type, "s"] as const), // VARCHAR, ENUM, SET, VAR_STRING, STRING
  ...[249, 250, 251, 252].map((type) => [type, "b"] as const), // BLOBs
  ...[7, 12].map((type) => [type, "t"] as const), // TIMESTAMP, DATETIME
]);
/** Of a parameter that has been NULL in all executions. */
const UNKNOWN_KIND = ".";

/**
 * The kinds of the parameters behind an execution, one character each: those of before, and of the values in it where they
 * were not known. Null when a value is of another kind than before. `types` is as COM_STMT_EXECUTE has it, with names when
 * `hasNames`; the NULL bitmap is at `nullsAt` of `payload`.
 */
export function kindsAfter(
  before: string,
  types: Uint8Array,
  count: number,
  hasNames: boolean,
  payload: Uint8Array,
  nullsAt: number,
): string | null {
  const cursor: Cursor = { bytes: types, at: 0, end: types.length };
  let kinds = "";
  for (let i = 0; i < count; i++) {
    const known = before[i] ?? UNKNOWN_KIND;
    const kind = kindOf(cursor, hasNames);
    const isNull = ((payload[nullsAt + (i >> 3)] as number) & (1 << (i & 7))) !== 0;
    if (isNull || kind === known) kinds += known;
    else if (known === UNKNOWN_KIND) kinds += kind;
    else return null;
  }
  return kinds;
}

/** True when no later execution can add to `kinds`. */
export function areKnown(kinds: string, count: number): boolean {
  return kinds.length === count && !kinds.includes(UNKNOWN_KIND);
}

function kindOf(cursor: Cursor, hasNames: boolean): string {
  const type = readUint8(cursor, "parameter type");
  const flags = readUint8(cursor, "parameter flags");
  if (hasNames) skipLenenc(cursor, "parameter name");
  const kind = KINDS.get(type) ?? String.fromCharCode(0x100 + type);
  return (flags & UNSIGNED) === 0 ? kind : kind.toUpperCase();
}
