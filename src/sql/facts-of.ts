/**
 * What only a parse tells of a statement, for those who need it: the parser runs when somebody asks, and not again for a
 * text or a digest that is known. A text that the grammar does not have has facts, too: `failure` says so.
 */
import { type Digest, findDigest, findFacts, keepFacts } from "./digest-cache.ts";
import { copyFacts, type Facts } from "./facts.ts";
import { readFacts } from "./read-facts.ts";
import { reading, tokensOf } from "./reading.ts";
import type { Statement } from "./statement.ts";
import { findText, isMetAgain, keepText } from "./text-cache.ts";
import { trimTree } from "./tree.ts";

/** The facts of the statement's text. Numbers in them are tokens of tokensOf(statement). Valid until another text is read. */
export function factsOf(statement: Statement): Facts {
  const tokens = tokensOf(statement);
  if (reading.facts !== null) return reading.facts;
  const text = findText(statement);
  if (text !== null) {
    reading.digest = text.digest;
    reading.facts = text.facts;
    return text.facts;
  }
  reading.digest ??= findDigest(tokens, statement);
  const { digest } = reading;
  let facts = findFacts(tokens);
  if (facts === null) {
    trimTree(reading.tree);
    readFacts(reading.scratch, reading.tree, tokens);
    facts = keepFacts(tokens, reading.scratch);
  }
  if (isMetAgain(statement)) facts = keepText(statement, facts === reading.scratch ? copyFacts(facts) : facts, digest);
  reading.facts = facts;
  return facts;
}

/** The digest of the statement's text. */
export function digestOf(statement: Statement): Digest {
  const tokens = tokensOf(statement);
  reading.digest ??= findText(statement)?.digest ?? findDigest(tokens, statement);
  return reading.digest;
}
