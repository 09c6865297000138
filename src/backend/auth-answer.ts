/** What we answer to a database's scramble, per plugin of the account. */
import { CACHING_SHA2_REQUEST_PUBLIC_KEY, SHA256_REQUEST_PUBLIC_KEY } from "../mysql/auth-more-data.ts";
import {
  CACHING_SHA2_PASSWORD,
  CLIENT_ED25519,
  ED25519_SCRAMBLE_BYTES,
  MYSQL_CLEAR_PASSWORD,
  SHA256_PASSWORD,
} from "../mysql/auth-plugins.ts";
import { ed25519Sign } from "../mysql/ed25519.ts";
import { answerOf } from "../mysql/scramble.ts";

/** The first answer of `plugin`; null when we have none: whyNoAnswer says why. */
export function firstAnswer(plugin: string, password: string, scramble: Uint8Array, isTls: boolean): Uint8Array | null {
  switch (plugin) {
    case SHA256_PASSWORD:
      // The empty password is a NUL, in clear: there is nothing to hide.
      return isTls || password === "" ? clearPassword(password) : Uint8Array.of(SHA256_REQUEST_PUBLIC_KEY);
    case CLIENT_ED25519:
      if (scramble.length !== ED25519_SCRAMBLE_BYTES) return null;
      return ed25519Sign(Buffer.from(password), scramble);
    case MYSQL_CLEAR_PASSWORD:
      return isTls ? clearPassword(password) : null;
    default:
      return answerOf(plugin, password, scramble);
  }
}

/** Why firstAnswer() has none, and what to do. */
export function whyNoAnswer(plugin: string, user: string): string {
  if (plugin === MYSQL_CLEAR_PASSWORD) {
    return `the account "${user}" wants its password in clear text (${plugin}), which is sent over TLS only: set tls.mode to required, verify-ca or verify-identity`;
  }
  const known = `${CACHING_SHA2_PASSWORD}, ${SHA256_PASSWORD}, mysql_native_password or ed25519`;
  return `the account "${user}" uses the plugin ${plugin}, which pisanix does not have: use ${known}`;
}

/** What follows when the server has asked for the password itself. */
export function fullAnswer(password: string, isTls: boolean): Uint8Array {
  return isTls ? clearPassword(password) : Uint8Array.of(CACHING_SHA2_REQUEST_PUBLIC_KEY);
}

function clearPassword(password: string): Uint8Array {
  return Buffer.from(`${password}\0`);
}
