/**
 * The text that was read last, as far as it was read. Reading is not re-entrant, so one of each is enough for all sessions;
 * a session that comes back to its text after another one's was read pays for the tokens once more.
 */
import type { Digest } from "./digest-cache.ts";
import { type Facts, newFacts } from "./facts.ts";
import { lex } from "./lexer.ts";
import type { Statement } from "./statement.ts";
import { newTokens, type Tokens, trimTokens } from "./tokens.ts";
import { newTree, type Tree } from "./tree.ts";

/** What is known of one text. */
export interface Reading {
  /** Of the statement that `tokens` are of. */
  serial: number;
  readonly tokens: Tokens;
  readonly tree: Tree;
  /** Refilled for a text whose facts are not kept. */
  readonly scratch: Facts;
  /** Null until somebody asks for them. */
  facts: Facts | null;
  digest: Digest | null;
}

/** One for all. */
export const reading: Reading = {
  serial: 0,
  tokens: newTokens(),
  tree: newTree(),
  scratch: newFacts(),
  facts: null,
  digest: null,
};

/** Cuts the statement's text into tokens. */
export function startReading(statement: Statement): void {
  trimTokens(reading.tokens);
  lex(reading.tokens, statement.bytes, statement.start, statement.end, statement);
  reading.serial = (reading.serial + 1) | 0;
  reading.facts = null;
  reading.digest = null;
  statement.serial = reading.serial;
}

/** The tokens of the statement's text; places in them are places in `statement.bytes`. Valid until another text is read. */
export function tokensOf(statement: Statement): Tokens {
  if (statement.serial !== reading.serial) startReading(statement);
  return reading.tokens;
}
