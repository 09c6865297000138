/**
 * Ed25519 signatures as MariaDB's client_ed25519 makes them: RFC 8032 with a secret of any length, the password itself,
 * where node:crypto wants 32 bytes. Once a connection, so BigInt is quick enough; its time depends on the secret, which
 * only somebody beside us on this machine could measure.
 * https://www.rfc-editor.org/rfc/rfc8032#section-5.1
 */
import { createHash } from "node:crypto";

/** A point of the curve in extended coordinates: x = X/Z, y = Y/Z, x * y = T/Z. */
interface Point {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
  readonly T: bigint;
}

/** The field's prime, the order of the base point, and the curve's d. */
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

const IDENTITY: Point = { X: 0n, Y: 1n, Z: 1n, T: 0n };
const BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960n;
const BASE: Point = { X: BASE_X, Y: BASE_Y, Z: 1n, T: modulo(BASE_X * BASE_Y, P) };

/** The 64 bytes of the signature of `message` under `secret`. */
export function ed25519Sign(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const expanded = sha512(secret);
  const scalar = clampedScalar(expanded);
  const publicKey = encodePoint(multiply(BASE, scalar));
  const nonce = modulo(numberOf(sha512(expanded.subarray(32), message)), L);
  const commitment = encodePoint(multiply(BASE, nonce));
  const challenge = modulo(numberOf(sha512(commitment, publicKey, message)), L);
  const signature = new Uint8Array(64);
  signature.set(commitment);
  signature.set(bytesOf(modulo(nonce + challenge * scalar, L)), 32);
  return signature;
}

function clampedScalar(expanded: Uint8Array): bigint {
  const lower = expanded.slice(0, 32);
  lower[0] = (lower[0] as number) & 0xf8;
  lower[31] = ((lower[31] as number) & 0x7f) | 0x40;
  return numberOf(lower);
}

function multiply(point: Point, scalar: bigint): Point {
  let product = IDENTITY;
  let power = point;
  for (let left = scalar; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) product = add(product, power);
    power = add(power, power);
  }
  return product;
}

/** RFC 8032 section 5.1.4; complete, so it doubles, too. */
function add(left: Point, right: Point): Point {
  const a = modulo((left.Y - left.X) * (right.Y - right.X), P);
  const b = modulo((left.Y + left.X) * (right.Y + right.X), P);
  const c = modulo(2n * left.T * right.T * D, P);
  const d = modulo(2n * left.Z * right.Z, P);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { X: modulo(e * f, P), Y: modulo(g * h, P), Z: modulo(f * g, P), T: modulo(e * h, P) };
}

/** y, and the lowest bit of x as the highest of the last byte. */
function encodePoint(point: Point): Uint8Array {
  const inverse = power(point.Z, P - 2n);
  const x = modulo(point.X * inverse, P);
  const bytes = bytesOf(modulo(point.Y * inverse, P));
  bytes[31] = (bytes[31] as number) | (Number(x & 1n) << 7);
  return bytes;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = modulo(result * square, P);
    square = modulo(square * square, P);
  }
  return result;
}

function modulo(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest >= 0n ? rest : rest + by;
}

function numberOf(littleEndian: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(littleEndian).reverse().toString("hex")}`);
}

/** 32 bytes, little endian. */
function bytesOf(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}

function sha512(...parts: Uint8Array[]): Uint8Array {
  const hasher = createHash("sha512");
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}
