/**
 * The two legs of a log-in that a server judges. Questions and answers pass as they are; but each leg may be encrypted, or
 * not, and what a client says inside TLS is not said in clear behind it: a password that comes in clear goes on in clear
 * inside TLS only, else encrypted with the server's key; and a client without TLS encrypts it for whoever has to read it.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 */
import type { Question } from "../backend/client-login.ts";
import { assert, unreachable } from "../lib/assert.ts";
import {
  CACHING_SHA2_FULL_AUTHENTICATION,
  CACHING_SHA2_REQUEST_PUBLIC_KEY,
  SHA256_REQUEST_PUBLIC_KEY,
  writeAuthMoreData,
  writeAuthResponse,
} from "../mysql/auth-more-data.ts";
import {
  CACHING_SHA2_PASSWORD,
  CLIENT_ED25519,
  MYSQL_CLEAR_PASSWORD,
  MYSQL_NATIVE_PASSWORD,
  SHA256_PASSWORD,
} from "../mysql/auth-plugins.ts";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest, writeAuthSwitchRequest } from "../mysql/auth-switch.ts";
import { newCursor, textOfBytes } from "../mysql/cursor.ts";
import { ER_ACCESS_DENIED_ERROR, ER_NOT_SUPPORTED_AUTH_MODE, ProtocolError } from "../mysql/errors.ts";
import { SCRAMBLE_BYTES } from "../mysql/handshake-v10.ts";
import { decryptPassword, encryptBytes, newPasswordKeys, PASSWORD_BYTES_MAX } from "../mysql/scramble.ts";
import { newWriter, type Writer, writtenBytes } from "../mysql/writer.ts";
import { isSecure } from "../net/wire.ts";
import { keepsScramble } from "./attributes.ts";
import { fail } from "./login-end.ts";
import { forgetPassword, type Passing, type PassingStep } from "./passing.ts";
import { reply } from "./reply.ts";
import type { Session } from "./session.ts";

const NO_BYTES = new Uint8Array(0);

/** Of a client that has it from a file. */
const KEY_OF_SERVER =
  "Access denied: the client has encrypted its password with the server's key, and pisanix reaches the server by TLS: let the client ask for the key, or connect with TLS";

/** The server asks the client something, or tells it. @throws ProtocolError when that is not its turn. */
export function passQuestion(session: Session, passing: Passing, question: Question): void {
  if (passing.isOver) return question.answer(NO_BYTES);
  const { payload } = question;
  passing.hasAsked = true;
  if (payload[0] === AUTH_SWITCH_REQUEST) passSwitch(session, passing, question);
  else if (!question.needsAnswer) tell(session, passing, (writer, at) => writeAuthResponse(writer, at, payload));
  else if (passing.step === "key") takeKey(session, passing, question);
  else if (passing.plugin === CACHING_SHA2_PASSWORD && isByte(payload.subarray(1), CACHING_SHA2_FULL_AUTHENTICATION))
    ask(session, passing, question, "password");
  else throw new ProtocolError(`the server sent AuthMoreData that nobody has asked for (${passing.plugin})`);
}

function passSwitch(session: Session, passing: Passing, question: Question): void {
  const { authPlugin, scramble } = readAuthSwitchRequest(newCursor(question.payload));
  passing.plugin = authPlugin;
  passing.scramble = scramble;
  const why = whyNotPassed(session, authPlugin, question);
  if (why !== null) {
    passing.question = question;
    fail(session, "access_denied", passing.sequence, ER_NOT_SUPPORTED_AUTH_MODE, why);
    session.listener.pump(session);
    return;
  }
  // What the client remembers now, in case it logs in again.
  session.authPlugin = authPlugin;
  if (scramble.length >= SCRAMBLE_BYTES) session.scramble = scramble;
  if (authPlugin !== MYSQL_NATIVE_PASSWORD || !session.isLoggedIn || passing.isChange || !keepsScramble(session)) {
    ask(session, passing, question, "answer");
    return;
  }
  // In COM_CHANGE_USER such a library answers the scramble that it has; that of another plugin it takes over.
  tell(session, passing, (writer, at) => {
    writeAuthSwitchRequest(writer, at, { authPlugin: CACHING_SHA2_PASSWORD, scramble });
  });
  listen(session, passing, question, "scramble");
}

/** Why a plugin's exchange must not pass between the two legs; null when it may. */
function whyNotPassed({ wire }: Session, plugin: string, { isTls }: Question): string | null {
  switch (plugin) {
    case MYSQL_NATIVE_PASSWORD:
    case CACHING_SHA2_PASSWORD:
    case SHA256_PASSWORD:
    case CLIENT_ED25519:
      return null;
    case MYSQL_CLEAR_PASSWORD:
      if (!isSecure(wire)) return `The account wants its password in clear text (${plugin}): connect with TLS`;
      if (isTls) return null;
      return `The account wants its password in clear text (${plugin}), and pisanix has no TLS to the server: set tls.mode of the node`;
    default:
      return `The account uses the authentication plugin ${plugin.slice(0, 64)}, which pisanix does not pass on`;
  }
}

/** The key that the client has asked for, or that we have on its behalf. */
function takeKey(session: Session, passing: Passing, question: Question): void {
  const { password, scramble } = passing;
  if (password === null) return ask(session, passing, question, "encrypted");
  const key = textOfBytes(question.payload.subarray(1));
  passing.step = "answer";
  // One that is too long to be encrypted is nobody's: the server says so.
  const encrypted = password.length > PASSWORD_BYTES_MAX ? NO_BYTES : encryptFor(key, password, scramble);
  forgetPassword(passing);
  question.answer(encrypted);
}

function encryptFor(key: string, password: Uint8Array, scramble: Uint8Array): Uint8Array {
  try {
    return encryptBytes(password, scramble, key);
  } catch {
    throw new ProtocolError("the server's public key cannot be used");
  }
}

/** The client has answered, in a packet with `sequence`. */
export function passAnswer(session: Session, passing: Passing, answer: Uint8Array, sequence: number): void {
  const { question, plugin, step } = passing;
  assert(question !== null, "a client is heard when it has been asked");
  passing.question = null;
  passing.sequence = sequence + 1;
  session.phase = "waiting";
  switch (step) {
    case "answer":
      if (plugin !== SHA256_PASSWORD || isEmpty(answer)) return question.answer(answer);
      return passPassword(session, passing, question, answer, SHA256_REQUEST_PUBLIC_KEY);
    case "scramble":
      return ask(session, passing, question, "answer");
    case "password":
      return passPassword(session, passing, question, answer, CACHING_SHA2_REQUEST_PUBLIC_KEY);
    case "key":
    case "encrypted":
      return question.answer(answer);
    case "encrypted-for-us": {
      const keys = session.login.passwordKeys;
      const password = keys === null ? null : decryptPassword(answer, passing.scramble, keys);
      question.answer(password ?? answer); // noise is for the server to refuse
      password?.fill(0);
      return;
    }
    default:
      return unreachable(step);
  }
}

/** The client has given its password, in clear or encrypted for the server, or asks for the key to do so. */
function passPassword(
  session: Session,
  passing: Passing,
  question: Question,
  answer: Uint8Array,
  keyRequest: number,
): void {
  const asksForKey = isByte(answer, keyRequest);
  if (asksForKey && question.isTls) {
    // The server would take what is encrypted for a password: inside TLS it wants that itself.
    void giveOurKey(session, passing, question);
    return;
  }
  const isInClear = isSecure(session.wire);
  if (question.isTls && !isInClear) {
    passing.question = question;
    fail(session, "access_denied", passing.sequence, ER_ACCESS_DENIED_ERROR, KEY_OF_SERVER);
    return;
  }
  if (asksForKey) passing.step = "key";
  if (asksForKey || question.isTls || !isInClear) return question.answer(answer);
  passing.step = "key";
  passing.password = answer.slice();
  question.answer(Uint8Array.of(keyRequest));
}

async function giveOurKey(session: Session, passing: Passing, question: Question): Promise<void> {
  const { listener, login } = session;
  passing.question = question;
  listener.passwordKeys ??= newPasswordKeys();
  const keys = await listener.passwordKeys;
  if (passing.isOver) return;
  login.passwordKeys = keys;
  tell(session, passing, (writer, at) => writeAuthMoreData(writer, at, Buffer.from(keys.publicKeyPem)));
  listen(session, passing, question, "encrypted-for-us");
}

function ask(session: Session, passing: Passing, question: Question, step: PassingStep): void {
  tell(session, passing, (writer, at) => writeAuthResponse(writer, at, question.payload));
  listen(session, passing, question, step);
}

/** Sends the client one packet. */
function tell(session: Session, passing: Passing, write: (writer: Writer, sequence: number) => void): void {
  const writer = newWriter(512);
  write(writer, passing.sequence);
  passing.sequence++;
  reply(session, writtenBytes(writer));
}

/** The client has the word. */
function listen(session: Session, passing: Passing, question: Question, step: PassingStep): void {
  passing.question = question;
  passing.step = step;
  session.phase = "handshake";
  session.login.step = "answer";
  session.login.sequence = passing.sequence & 0xff;
  session.listener.pump(session);
}

function isByte(bytes: Uint8Array, byte: number): boolean {
  return bytes.length === 1 && bytes[0] === byte;
}

/** No password is nothing, or the NUL that ends an empty string. */
function isEmpty(answer: Uint8Array): boolean {
  return answer.length === 0 || isByte(answer, 0);
}
