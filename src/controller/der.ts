/** DER (X.690), as much of it as certificates need. Pure. */

export type Der = Uint8Array<ArrayBuffer>;

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_SPECIFIC = 0x80;
const CONSTRUCTED = 0x20;

/** The parts one after another, in a SEQUENCE. */
export function sequence(...parts: readonly Der[]): Der {
  return tagged(SEQUENCE, ...parts);
}

/** The parts in a SET; with one part there is no order to keep. */
export function set(part: Der): Der {
  return tagged(SET, part);
}

/** A whole number that is not negative, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Der {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const significant = bytes.subarray(start);
  // A first bit of 1 would make it negative.
  const isHigh = (significant[0] ?? 0) >= 0x80;
  return tagged(INTEGER, isHigh ? concat(Uint8Array.of(0), significant) : concat(significant));
}

/** True; false is always left out, as DER wants it for a default. */
export function booleanTrue(): Der {
  return tagged(BOOLEAN, Uint8Array.of(0xff));
}

/** Bytes as bits, of which the last `unused` do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Der {
  return tagged(BIT_STRING, concat(Uint8Array.of(unused), bytes));
}

/** Bytes. */
export function octetString(bytes: Uint8Array): Der {
  return tagged(OCTET_STRING, concat(bytes));
}

/** `1.2.840.10045.4.3.2`. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) bytes.push(...base128(arc));
  return tagged(OBJECT_IDENTIFIER, Uint8Array.from(bytes));
}

/** Text. */
export function utf8String(text: string): Der {
  return tagged(UTF8_STRING, new TextEncoder().encode(text));
}

/** A moment in whole seconds: two digits of the year up to 2049, four after that, as RFC 5280 wants it. */
export function time(ms: number): Der {
  const date = new Date(ms);
  const digits = date.toISOString().replace(/\D/g, "").slice(0, 14);
  const isShort = date.getUTCFullYear() < 2050;
  const text = `${isShort ? digits.slice(2) : digits}Z`;
  return tagged(isShort ? UTC_TIME : GENERALIZED_TIME, new TextEncoder().encode(text));
}

/** `[number] EXPLICIT`: the part in a wrapping of its own. */
export function explicit(number: number, ...parts: readonly Der[]): Der {
  return tagged(CONTEXT_SPECIFIC | CONSTRUCTED | number, ...parts);
}

/** `[number] IMPLICIT` of a primitive type: its bytes under another tag. */
export function implicit(number: number, bytes: Uint8Array): Der {
  return tagged(CONTEXT_SPECIFIC | number, concat(bytes));
}

/** The bytes one after another. */
export function concat(...parts: readonly Uint8Array[]): Der {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** As PEM: base64 in lines of 64 characters. */
export function pem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der).toString("base64");
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`;
}

function tagged(tag: number, ...parts: readonly Uint8Array[]): Der {
  const content = concat(...parts);
  return concat(Uint8Array.of(tag), lengthOf(content.length), content);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** Seven bits a byte, the highest bit set on all but the last. */
function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}
