/**
 * Judging what a client answers to a scramble, plugin by plugin. We know the password, so caching_sha2_password takes its
 * fast path for who knows it, too; who does not, and the plugins that want the password itself, give it inside TLS, or
 * encrypted with our public key.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html
 */
import { reveal } from "../lib/secret.ts";
import { sharedText } from "../lib/shared-text.ts";
import {
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_FULL_AUTHENTICATION,
  CACHING_SHA2_REQUEST_PUBLIC_KEY,
  SHA256_REQUEST_PUBLIC_KEY,
  writeAuthMoreData,
} from "../mysql/auth-more-data.ts";
import {
  CACHING_SHA2_PASSWORD,
  CLIENT_ED25519,
  ED25519_SCRAMBLE_BYTES,
  MYSQL_CLEAR_PASSWORD,
  MYSQL_NATIVE_PASSWORD,
  SHA256_PASSWORD,
} from "../mysql/auth-plugins.ts";
import { writeAuthSwitchRequest } from "../mysql/auth-switch.ts";
import { CLIENT_PLUGIN_AUTH } from "../mysql/capabilities.ts";
import { ed25519Sign } from "../mysql/ed25519.ts";
import { ER_NOT_SUPPORTED_AUTH_MODE } from "../mysql/errors.ts";
import { SCRAMBLE_BYTES } from "../mysql/handshake-v10.ts";
import { answerOf, decryptPassword, isSameAnswer, newPasswordKeys } from "../mysql/scramble.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { isSecure } from "../net/wire.ts";
import { accessDenied, fail, loggedIn } from "./login-end.ts";
import { delayMsOf, rememberLogin } from "./login-throttle.ts";
import { passAnswer } from "./pass-answer.ts";
import { isOfServer, passLogin } from "./pass-login.ts";
import { reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** Bytes of a scramble, none of which ends a string or a field of the original's clients. */
export function newScramble(length: number = SCRAMBLE_BYTES): Uint8Array {
  const scramble = crypto.getRandomValues(new Uint8Array(length));
  for (let i = 0; i < scramble.length; i++) {
    const byte = (scramble[i] as number) & 0x7f;
    scramble[i] = byte === 0 || byte === 0x24 ? byte + 1 : byte;
  }
  return scramble;
}

/**
 * Judges the answer that came along with a user's name, or asks for another one. `plugin` is what the client answered
 * with, "" when it named none; `sequence` is that of its packet.
 */
export function judgeClient(session: Session, plugin: string, answer: Uint8Array, sequence: number): void {
  if (isOfServer(session, session.user)) return passLogin(session, sequence);
  const canSwitch = (session.capabilities & CLIENT_PLUGIN_AUTH) !== 0;
  // Before plugins had names there was one.
  const named = plugin === "" ? MYSQL_NATIVE_PASSWORD : plugin;
  const wanted = wantedPlugin(session, named);
  const isAsked = named === wanted && (named === session.authPlugin || named === MYSQL_CLEAR_PASSWORD);
  // COM_CHANGE_USER: libraries answer the last scramble at once, or nothing, or that of the greeting; then they are asked.
  const isRightAtOnce = session.isLoggedIn && named === wanted && isRightAnswer(session, named, answer);
  if ((isAsked && !session.isLoggedIn) || isRightAtOnce || (!canSwitch && named === wanted)) {
    session.authPlugin = sharedText(named);
    checkAnswer(session, answer, sequence);
  } else if (canSwitch) {
    askAgain(session, wanted, sequence);
  } else {
    const message = `Client does not support authentication protocol requested by server: the listener wants ${wanted}`;
    fail(session, "access_denied", sequence + 1, ER_NOT_SUPPORTED_AUTH_MODE, message);
  }
}

/** What the client is to answer with: what the listener insists on, else the client's own choice where we have it. */
function wantedPlugin(session: Session, named: string): string {
  const { auth_plugin } = session.listener.config;
  if (auth_plugin !== undefined) return auth_plugin;
  switch (named) {
    case MYSQL_NATIVE_PASSWORD:
    case SHA256_PASSWORD:
    case CLIENT_ED25519:
    case CACHING_SHA2_PASSWORD:
      return named;
    case MYSQL_CLEAR_PASSWORD:
      return isSecure(session.wire) ? named : session.authPlugin;
    default:
      // What the client was greeted with: libraries of one server may not have the other's.
      return session.authPlugin;
  }
}

function askAgain(session: Session, plugin: string, sequence: number): void {
  session.login.step = "answer";
  session.login.sequence = sequence + 2;
  session.authPlugin = plugin;
  // libmariadb would not look at another scramble in COM_CHANGE_USER; the servers keep theirs, too.
  const length = plugin === CLIENT_ED25519 ? ED25519_SCRAMBLE_BYTES : SCRAMBLE_BYTES;
  if (!session.isLoggedIn || session.scramble.length !== length) session.scramble = newScramble(length);
  const writer = newWriter(64);
  writeAuthSwitchRequest(writer, sequence + 1, session);
  reply(session, writtenBytes(writer));
}

/** Reads what the client answered to an AuthSwitchRequest, to our public key, or to the request for its password. */
export function readAnswer(session: Session, answer: Uint8Array, sequence: number): void {
  const { login, passing } = session;
  const { passwordKeys } = login;
  if (passing !== null) return passAnswer(session, passing, answer, sequence);
  if (login.step === "answer" || login.step === "response") return checkAnswer(session, answer, sequence);
  if (login.step === "encrypted") {
    const password = passwordKeys === null ? null : decryptPassword(answer, session.scramble, passwordKeys);
    return judge(session, password ?? answer, sequence, password !== null && isRightPassword(session, password));
  }
  if (asksForKey(session, answer, CACHING_SHA2_REQUEST_PUBLIC_KEY)) void sendPublicKey(session, sequence);
  else judge(session, answer, sequence, isSecure(session.wire) && isRightPassword(session, answer));
}

function checkAnswer(session: Session, answer: Uint8Array, sequence: number): void {
  const { authPlugin } = session;
  if (authPlugin === SHA256_PASSWORD && asksForKey(session, answer, SHA256_REQUEST_PUBLIC_KEY)) {
    void sendPublicKey(session, sequence);
    return;
  }
  const isRight = isRightAnswer(session, authPlugin, answer);
  const isFull = authPlugin === CACHING_SHA2_PASSWORD && !isRight && withoutNul(answer).length > 0;
  if (isFull) askForPassword(session, sequence);
  else judge(session, answer, sequence, isRight);
}

function asksForKey({ wire }: Session, answer: Uint8Array, request: number): boolean {
  return answer.length === 1 && answer[0] === request && !isSecure(wire);
}

/** The scramble was answered wrongly, which counts as a failure already. Servers ask for the password then, and so do we. */
function askForPassword(session: Session, sequence: number): void {
  afterThrottle(session, false, () => {
    session.login.step = "password";
    session.login.sequence = sequence + 2;
    const writer = newWriter(8);
    writeAuthMoreData(writer, sequence + 1, Uint8Array.of(CACHING_SHA2_FULL_AUTHENTICATION));
    reply(session, writtenBytes(writer));
  });
}

/** The client goes on with its password, encrypted. */
async function sendPublicKey(session: Session, sequence: number): Promise<void> {
  const { listener } = session;
  session.login.step = "encrypted";
  session.login.sequence = sequence + 2;
  listener.passwordKeys ??= newPasswordKeys();
  const keys = await listener.passwordKeys;
  session.login.passwordKeys = keys;
  const writer = newWriter(512);
  writeAuthMoreData(writer, sequence + 1, Buffer.from(keys.publicKeyPem));
  reply(session, writtenBytes(writer));
}

/** True when `answer` is what `plugin` makes of the password and the scramble. */
function isRightAnswer(session: Session, plugin: string, answer: Uint8Array): boolean {
  const { config } = session.listener;
  const password = reveal(config.password);
  switch (plugin) {
    case SHA256_PASSWORD:
    case MYSQL_CLEAR_PASSWORD:
      // What is sent over a plain connection is either encrypted, which is looked at elsewhere, or no password at all.
      if (!isSecure(session.wire) && withoutNul(answer).length > 0) return false;
      return isRightPassword(session, answer);
    case CLIENT_ED25519:
      if (session.scramble.length !== ED25519_SCRAMBLE_BYTES) return false;
      return isRight(session, answer, ed25519Sign(Buffer.from(password), session.scramble));
    default: {
      const expected = answerOf(plugin, password, session.scramble);
      return expected !== null && isRight(session, withoutNul(answer), expected);
    }
  }
}

/** `given` is a password with the NUL that ends it. */
function isRightPassword(session: Session, given: Uint8Array): boolean {
  const password = given.at(-1) === 0 ? given.subarray(0, -1) : given;
  return isRight(session, password, Buffer.from(reveal(session.listener.config.password)));
}

function isRight(session: Session, answer: Uint8Array, expected: Uint8Array): boolean {
  return isSameAnswer(answer, expected) && session.user === session.listener.config.user;
}

/** An empty password is answered with nothing, or with the NUL that ends an empty string. */
function withoutNul(answer: Uint8Array): Uint8Array {
  return answer.length === 1 && answer[0] === 0 ? answer.subarray(1) : answer;
}

/** Lets the client in, or tells it off; later where its address has failed too often. */
function judge(session: Session, answer: Uint8Array, sequence: number, isRight: boolean): void {
  const { authPlugin, login } = session;
  const isFull = login.step === "password" || login.step === "encrypted";
  const hasPassword = withoutNul(answer).length > 0;
  const isCounted = isFull && authPlugin === CACHING_SHA2_PASSWORD && !isRight;
  if (isCounted) return accessDenied(session, sequence + 1, hasPassword);
  afterThrottle(session, isRight, () => {
    if (!isRight) return accessDenied(session, sequence + 1, hasPassword);
    const isFast = authPlugin === CACHING_SHA2_PASSWORD && !isFull && reveal(session.listener.config.password) !== "";
    if (!isFast) return loggedIn(session, sequence + 1);
    const writer = newWriter(8);
    writeAuthMoreData(writer, sequence + 1, Uint8Array.of(CACHING_SHA2_FAST_AUTH_SUCCESS));
    loggedIn(session, sequence + 2, writtenBytes(writer));
  });
}

/** Ends the log-in of a session with `end`, after the wait that its address has earned. */
function afterThrottle(session: Session, isRight: boolean, end: () => void): void {
  const { throttle, clock } = session.listener;
  const delayMs = delayMsOf(throttle, session.remoteAddress);
  rememberLogin(throttle, session.remoteAddress, isRight);
  if (delayMs === 0) return end();
  session.phase = "waiting";
  clock.after(delayMs, () => {
    if (session.phase !== "waiting") return;
    session.phase = "handshake";
    end();
    session.listener.pump(session);
  });
}
