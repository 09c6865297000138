/**
 * Client character sets whose characters have second bytes that look like ASCII: a backslash or a quote that is half of
 * a character neither escapes nor ends anything. In every other set that a client may use a byte below 0x80 is that
 * character. https://dev.mysql.com/doc/refman/en/charset-asian-sets.html
 */
import { assert } from "../lib/assert.ts";

/** No such set: utf8mb4, latin1, ujis, euckr, gb2312, ... */
export const CHARSET_PLAIN = 0;
export const CHARSET_BIG5 = 1;
export const CHARSET_GBK = 2;
/** sjis and cp932. */
export const CHARSET_SJIS = 3;
export const CHARSET_GB18030 = 4;

const BY_NAME: ReadonlyMap<string, number> = new Map([
  ["big5", CHARSET_BIG5],
  ["gbk", CHARSET_GBK],
  ["sjis", CHARSET_SJIS],
  ["cp932", CHARSET_SJIS],
  ["gb18030", CHARSET_GB18030],
]);

/** The collations of these sets, by the ids of a handshake. MariaDB's that pad nothing have larger ids and end in the same names. */
const BY_COLLATION: ReadonlyMap<number, number> = new Map([
  ...[1, 84, 1025, 1108].map((id) => [id, CHARSET_BIG5] as const),
  ...[28, 87, 1052, 1111].map((id) => [id, CHARSET_GBK] as const),
  ...[13, 88, 1037, 1112, 95, 96, 1119, 1120].map((id) => [id, CHARSET_SJIS] as const),
  ...[248, 249, 250].map((id) => [id, CHARSET_GB18030] as const),
]);

const LEAD = 1;
const TRAIL = 2;
/** What each byte can be, by character set. */
const ROLES: readonly Uint8Array[] = [
  new Uint8Array(256),
  roles(
    [[0xa1, 0xf9]],
    [
      [0x40, 0x7e],
      [0xa1, 0xfe],
    ],
  ),
  roles(
    [[0x81, 0xfe]],
    [
      [0x40, 0x7e],
      [0x80, 0xfe],
    ],
  ),
  roles(
    [
      [0x81, 0x9f],
      [0xe0, 0xfc],
    ],
    [
      [0x40, 0x7e],
      [0x80, 0xfc],
    ],
  ),
  roles(
    [[0x81, 0xfe]],
    [
      [0x40, 0x7e],
      [0x80, 0xfe],
    ],
  ),
];

/** The CHARSET_* of a character set's name as `character_set_client` has it. */
export function charsetOf(name: string): number {
  return BY_NAME.get(name.toLowerCase()) ?? CHARSET_PLAIN;
}

/** The CHARSET_* of a collation's character set. */
export function charsetOfCollation(id: number): number {
  return BY_COLLATION.get(id) ?? CHARSET_PLAIN;
}

/** How many bytes the character at `position` has: 1 for a byte that begins none of several. */
export function characterBytes(charset: number, bytes: Uint8Array, position: number, end: number): number {
  const table = ROLES[charset];
  assert(table !== undefined, "a character set is one of CHARSET_*");
  if ((table[bytes[position]!]! & LEAD) === 0 || position + 1 >= end) return 1;
  const second = bytes[position + 1]!;
  if ((table[second]! & TRAIL) !== 0) return 2;
  if (charset !== CHARSET_GB18030 || position + 3 >= end || !isDigit(second)) return 1;
  return (table[bytes[position + 2]!]! & LEAD) !== 0 && isDigit(bytes[position + 3]!) ? 4 : 1;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function roles(
  leads: readonly (readonly [number, number])[],
  trails: readonly (readonly [number, number])[],
): Uint8Array {
  const table = new Uint8Array(256);
  for (const [first, last] of leads) for (let byte = first; byte <= last; byte++) table[byte]! |= LEAD;
  for (const [first, last] of trails) for (let byte = first; byte <= last; byte++) table[byte]! |= TRAIL;
  return table;
}
