/** A log-in that a server judges and its client answers, while it lasts: the proxy stands between the two and knows no password. */
import type { Question } from "../backend/client-login.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * What the client's next packet is: an answer to a scramble, one that only makes it remember the scramble, its password or
 * its wish for a key, its password encrypted for the server, or for us. "key": the server's key comes before that.
 */
export type PassingStep = "answer" | "scramble" | "password" | "key" | "encrypted" | "encrypted-for-us";

export interface Passing {
  /** What the client has been asked for the server; null while the server has the word. */
  question: Question | null;
  step: PassingStep;
  /** Of the server's last AuthSwitchRequest. */
  plugin: string;
  scramble: Uint8Array;
  /** The client's, while the server's key is on its way; it ends in a NUL. */
  password: Uint8Array | null;
  /** Sequence id of the next packet to the client. */
  sequence: number;
  /** The session keeps the connection that it has, as its server knows COM_CHANGE_USER. */
  isChange: boolean;
  /** The client has been asked something, so that no other server can be. */
  hasAsked: boolean;
  /** Nobody waits for its outcome any more. */
  isOver: boolean;
}

/** The part of a session that a log-in is about. */
export interface Passed {
  passing: Passing | null;
}

/** A log-in that has not begun. `sequence` is that of the next packet to the client. */
export function newPassing(sequence: number, isChange: boolean): Passing {
  return {
    question: null,
    step: "answer",
    plugin: "",
    scramble: NO_BYTES,
    password: null,
    sequence,
    isChange,
    hasAsked: false,
    isOver: false,
  };
}

/** The log-in of a session has an outcome. */
export function endPassing(session: Passed): void {
  const { passing } = session;
  if (passing === null) return;
  session.passing = null;
  passing.isOver = true;
  forgetPassword(passing);
}

/**
 * Gives a log-in up. A server that waits for its client is answered, with nothing: of a host whose connections break off in
 * the middle MySQL lets nobody in any more after some time (max_connect_errors), and that host is the proxy's.
 */
export function stopPassing(session: Passed): void {
  const question = session.passing?.question ?? null;
  endPassing(session);
  question?.answer(NO_BYTES);
}

/** What has been sent is to be read by nobody else. */
export function forgetPassword(passing: Passing): void {
  passing.password?.fill(0);
  passing.password = null;
}
