/** A log-in that the client answers and the server judges: nobody else knows the password. */
import type { ErrPacket } from "../mysql/err.ts";
import type { ConnectFailure } from "../telemetry/metrics-table.ts";

/** Something that the server asks of the client in the course of a log-in. */
export interface Question {
  /** The server's packet, an AuthSwitchRequest or AuthMoreData; a copy. */
  readonly payload: Uint8Array;
  /** False of what the client is only told. */
  readonly needsAnswer: boolean;
  /** Nobody can read along between the proxy and the server. */
  readonly isTls: boolean;
  /** Sends the answer's payload; harmless when the connection is gone. */
  readonly answer: (payload: Uint8Array) => void;
}

/** Why a client was not let in. */
export interface LoginFailure {
  readonly kind: ConnectFailure;
  readonly reason: string;
  /** What the server has said; null where it was not asked, or broke off. */
  readonly error: ErrPacket | null;
}

/** Who logs in with an account of the server, and what becomes of it. */
export interface ClientLogin {
  readonly user: string;
  onAsked(question: Question): void;
  /** The server has let the client in, and the connection is set up. */
  onOpened(): void;
  onFailed(failure: LoginFailure): void;
}
