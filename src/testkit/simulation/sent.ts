/** A command on its way: its bytes, and what a connection of the client's own would answer. */
import type { Answer } from "./model/answer.ts";
import type { Outcome } from "./model/operation.ts";
import type { ModelSession } from "./model/session.ts";

/** What of the last statement an answer tells, which may have become unknowable. */
export type Asked = "counts" | "diagnostics" | "insert id" | "role";

export interface Sent {
  /** For people. */
  readonly what: string;
  readonly bytes: Uint8Array;
  /** null when a server cannot tell whose command it is. */
  readonly nonce: string | null;
  /** It has no answer. */
  readonly isSilent: boolean;
  readonly isWrite: boolean;
  readonly asked: Asked | null;
  /** Leaves the warnings of the statement before as they were. */
  readonly keepsDiagnostics: boolean;
  /** A rule refuses it: it must not run. */
  readonly isForbidden: boolean;
  /** The answer, and what it does to the session. */
  readonly predict: (reference: ModelSession, outcome: Outcome) => Answer;
  /** Known when the first packet of the answer has come. */
  expected: Answer | null;
  /** Packets of the answer so far. */
  got: number;
  /** What a prepared statement is called; 0 before the answer, and for anything else. */
  preparedId: number;
  /** Its answer counts warnings that nobody knows: only its length is compared. */
  isLoose: boolean;
  /** The text to prepare; "" for anything else. */
  readonly prepares: string;
}
