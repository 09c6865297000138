/** Hashes of bytes. They find candidates and name digests; what has to be equal is compared byte by byte besides. */

const SEED_LOW = 0x9e3779b9 | 0;
const SEED_HIGH = 0x85ebca6b | 0;
const PRIME_LOW = 0x01000193;
const PRIME_HIGH = 0x27d4eb2f;

/** 32 bits of bytes[start .. end). */
export function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = (SEED_LOW ^ seed) | 0;
  let position = start;
  for (; position + 4 <= end; position += 4) {
    const word =
      bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24);
    hash = Math.imul(hash ^ word, PRIME_HIGH);
    hash ^= hash >>> 15;
  }
  for (; position < end; position++) hash = Math.imul(hash ^ bytes[position]!, PRIME_LOW);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_HIGH);
  return hash ^ (hash >>> 16);
}

/** 64 bits of bytes[0 .. length) as sixteen hexadecimal digits: the name of a digest in logs and metrics of every version. */
export function hexHashOf(bytes: Uint8Array, length: number): string {
  let low = SEED_LOW;
  let high = SEED_HIGH;
  for (let position = 0; position < length; position++) {
    const byte = bytes[position]!;
    low = Math.imul(low ^ byte, PRIME_LOW);
    high = Math.imul(high ^ byte ^ (low >>> 24), PRIME_HIGH);
    high ^= high >>> 15;
  }
  low = Math.imul(low ^ (low >>> 16) ^ high, PRIME_HIGH);
  return hexOf(high ^ (high >>> 13)) + hexOf(low ^ (low >>> 16));
}

function hexOf(number: number): string {
  return (number >>> 0).toString(16).padStart(8, "0");
}
