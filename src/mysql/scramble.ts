/**
 * What a client answers to a scramble, per plugin; and whether an answer is right for a password that we know.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 */
import {
  constants,
  createHash,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  timingSafeEqual,
} from "node:crypto";
import { CACHING_SHA2_PASSWORD, MYSQL_NATIVE_PASSWORD } from "./auth-plugins.ts";

const RSA_BITS = 2048;

const EMPTY = new Uint8Array(0);

/** SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))); empty for an empty password. */
export function nativePasswordAnswer(password: string, scramble: Uint8Array): Uint8Array {
  if (password === "") return EMPTY;
  const once = hash("sha1", Buffer.from(password));
  return xor(once, hash("sha1", scramble, hash("sha1", once)));
}

/** SHA256(password) XOR SHA256(SHA256(SHA256(password)) + scramble); empty for an empty password. */
export function cachingSha2Answer(password: string, scramble: Uint8Array): Uint8Array {
  if (password === "") return EMPTY;
  const once = hash("sha256", Buffer.from(password));
  return xor(once, hash("sha256", hash("sha256", once), scramble));
}

/** The answer of `plugin`, or null when it is none that we know. */
export function answerOf(plugin: string, password: string, scramble: Uint8Array): Uint8Array | null {
  if (plugin === MYSQL_NATIVE_PASSWORD) return nativePasswordAnswer(password, scramble);
  if (plugin === CACHING_SHA2_PASSWORD) return cachingSha2Answer(password, scramble);
  return null;
}

/** True when `answer` is what `expected` says, compared in constant time. */
export function isSameAnswer(answer: Uint8Array, expected: Uint8Array): boolean {
  return answer.length === expected.length && timingSafeEqual(answer, expected);
}

/** What fits into one block of RSA with 2048 bits, as servers have, and OAEP: a password with its NUL. */
export const PASSWORD_BYTES_MAX = 214;

/**
 * The password as a server without TLS wants it: NUL-terminated, XORed with the scramble, encrypted with its public key.
 * @throws Error when `publicKeyPem` is no RSA public key.
 */
export function encryptPassword(password: string, scramble: Uint8Array, publicKeyPem: string): Uint8Array {
  return encryptBytes(Buffer.from(`${password}\0`), scramble, publicKeyPem);
}

/** The same of a password as its client has said it, NUL included. */
export function encryptBytes(password: Uint8Array, scramble: Uint8Array, publicKeyPem: string): Uint8Array {
  const hidden = xorRepeated(password, scramble);
  return publicEncrypt({ key: publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING }, hidden);
}

/** A key pair of which clients without TLS get the public half. */
export interface PasswordKeys {
  readonly publicKeyPem: string;
  readonly privateKey: KeyObject;
}

/** Makes a key pair on a thread of its own; it takes a tenth of a second. */
export function newPasswordKeys(): Promise<PasswordKeys> {
  return new Promise((resolve, reject) => {
    generateKeyPair("rsa", { modulusLength: RSA_BITS }, (error, publicKey, privateKey) => {
      if (error !== null) reject(error);
      else resolve({ publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey });
    });
  });
}

/** What a client has encrypted as encryptPassword() does, with its NUL; null when it is not encrypted with our key. */
export function decryptPassword(encrypted: Uint8Array, scramble: Uint8Array, keys: PasswordKeys): Uint8Array | null {
  try {
    const hidden = privateDecrypt({ key: keys.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, encrypted);
    return xorRepeated(hidden, scramble);
  } catch {
    // Noise, or a password that was encrypted with another key: as wrong as a wrong password.
    return null;
  }
}

function xorRepeated(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => byte ^ (mask[i % mask.length] as number));
}

function hash(algorithm: "sha1" | "sha256", ...parts: Uint8Array[]): Uint8Array {
  const hasher = createHash(algorithm);
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  const result = new Uint8Array(left.length);
  for (let i = 0; i < left.length; i++) result[i] = (left[i] as number) ^ (right[i] as number);
  return result;
}
