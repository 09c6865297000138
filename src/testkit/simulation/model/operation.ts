/** What clients say: one row of a table for each kind of statement, with what it does to a session and to a database. */
import type { Random } from "../../../lib/random.ts";
import type { Answer } from "./answer.ts";
import type { Database, Party } from "./database.ts";
import type { ModelSession } from "./session.ts";

/** What a statement is about; texts and answers are made of it. */
export interface Arguments {
  readonly nonce: string;
  readonly key: string;
  readonly value: string;
  readonly count: number;
}

/** What the database decided, once, however many sessions are told of it. */
export interface Outcome {
  readonly error?: readonly [code: number, message: string, sqlState?: string];
  readonly rows?: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly id?: number;
  readonly affected?: number;
}

export interface Operation {
  readonly name: string;
  /** How its text is spelt, without the nonce. */
  readonly text: (args: Arguments) => string;
  /** Says nothing about tables, which some servers treat differently. */
  readonly hasNoTable?: boolean;
  /** May not run twice. */
  readonly isWrite?: boolean;
  readonly only?: ModelSession["flavour"];
  /** Milliseconds that it takes at least. */
  readonly takesMs?: number;
  /** What the database says to it; null while it has to wait. */
  readonly decide?: (database: Database, party: Party, args: Arguments) => Outcome | null;
  /** Its answer. Changes nothing but `session`. */
  readonly run: (session: ModelSession, args: Arguments, outcome: Outcome) => Answer;
}

export const NO_OUTCOME: Outcome = {};

/** Arguments for the statement `nonce`. */
export function newArguments(random: Random, nonce: string): Arguments {
  const count = 1 + Math.floor(random() * 3);
  return { nonce, key: `k${Math.floor(random() * 3)}`, value: `v${Math.floor(random() * 3)}`, count };
}
