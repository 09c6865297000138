/**
 * Digests that were met, and the facts of texts that have them. Facts hold numbers of tokens: texts with the same digest and
 * the same kinds of tokens have the same ones, whatever their literals are.
 */

import { digestTokens } from "./digest.ts";
import { newDigestText, writeDigest } from "./digest-text.ts";
import { newDigestTokens } from "./digest-tokens.ts";
import { copyFacts, type Facts, weightOfFacts } from "./facts.ts";
import { hashOf, hexHashOf } from "./hash.ts";
import { type Dialect, settingsOf, type Tokens } from "./tokens.ts";

/** What is the same in statements that differ in their literals only. */
export interface Digest {
  /** Sixteen hexadecimal digits of our own making. */
  readonly id: string;
  /** As MySQL's STATEMENT_DIGEST_TEXT() has it. */
  readonly text: string;
}

interface KnownDigest {
  readonly hash: number;
  /** What of the dialect its facts depend on. */
  readonly settings: number;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The kinds of the tokens that `facts` are of. */
  kinds: Uint16Array | null;
  facts: Facts | null;
  /** The digest has all of the text's names. */
  isWhole: boolean;
  hasBeenMet: boolean;
  weight: number;
}

/** Digests that are kept at once, a power of two. */
export const DIGESTS_MAX = 4096;
/** Numbers and bytes that are kept with them; beyond these all are forgotten. */
export const DIGEST_WEIGHT_MAX = 4 << 20;
const TOKENS_MAX = 4096;

const known: (KnownDigest | null)[] = Array.from({ length: DIGESTS_MAX }, () => null);
let weight = 0;
const scratch = newDigestTokens();
const written = newDigestText();

/** Where findDigest() leaves what it found, for the facts that may come. */
let found: KnownDigest | null = null;

/** The digest of a text; it is the same object as long as it is kept. */
export function findDigest(tokens: Tokens, dialect: Dialect): Digest {
  digestTokens(scratch, tokens);
  writeDigest(written, scratch, tokens.bytes);
  const settings = settingsOf(dialect);
  const hash = hashOf(written.bytes, 0, written.length, settings);
  const slot = hash & (DIGESTS_MAX - 1);
  const kept = known[slot]!;
  if (kept !== null && kept.hash === hash && kept.settings === settings && isWritten(kept.bytes)) {
    found = kept;
    found.hasBeenMet = true;
    return kept.digest;
  }
  const bytes = written.bytes.slice(0, written.length);
  found = {
    hash,
    settings,
    bytes,
    digest: { id: hexHashOf(bytes, bytes.length), text: new TextDecoder().decode(bytes) },
    kinds: null,
    facts: null,
    isWhole: !scratch.isFull && !written.hasOmission,
    hasBeenMet: false,
    weight: bytes.length,
  };
  keep(slot, found);
  return found.digest;
}

/** Facts of the text whose digest was just found, from another one like it; null where there was none. */
export function findFacts(tokens: Tokens): Facts | null {
  if (found === null || found.kinds === null || !found.isWhole) return null;
  const { kinds } = found;
  if (kinds.length !== tokens.count) return null;
  for (let i = 0; i < kinds.length; i++) if (kinds[i] !== tokens.kinds[i]) return null;
  return found.facts;
}

/**
 * Keeps the facts of the text whose digest was just found, if the digest was met before and none are kept yet. Returns what
 * is to be used from now on.
 */
export function keepFacts(tokens: Tokens, facts: Facts): Facts {
  if (found === null || !found.hasBeenMet || !found.isWhole || found.facts !== null) return facts;
  if (tokens.count > TOKENS_MAX) return facts;
  const added = tokens.count + weightOfFacts(facts);
  if (weight + added > DIGEST_WEIGHT_MAX) return facts;
  found.kinds = tokens.kinds.slice(0, tokens.count);
  found.facts = copyFacts(facts);
  found.weight += added;
  weight += added;
  return found.facts;
}

function keep(slot: number, digest: KnownDigest): void {
  weight -= known[slot]?.weight ?? 0;
  if (weight + digest.weight > DIGEST_WEIGHT_MAX) {
    known.fill(null);
    weight = 0;
  }
  known[slot] = digest;
  weight += digest.weight;
}

function isWritten(bytes: Uint8Array): boolean {
  if (bytes.length !== written.length) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== written.bytes[i]) return false;
  return true;
}
