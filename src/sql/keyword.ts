/**
 * The words that the statement reader acts on, found in bytes without decoding them. This is not the language's list of
 * keywords: a word that changes nothing for us is as good as any name.
 */
import { assert } from "../lib/assert.ts";
import { FOLD } from "./character.ts";

// biome-ignore format: a list of words is read by the line
const KEYWORDS = [
  // First words of statements
  "alter", "analyze", "backup", "begin", "binlog", "cache", "call", "case", "change", "check", "checksum", "clone",
  "commit", "create", "deallocate", "declare", "delete", "desc", "describe", "do", "drop", "execute", "explain",
  "flush", "for", "get", "grant", "handler", "help", "if", "import", "insert", "install", "kill", "load", "limit",
  "lock",
  "loop", "offset",
  "optimize", "prepare", "purge", "release", "rename", "repair", "repeat", "replace", "reset", "resignal",
  "restart", "revoke", "rollback", "savepoint", "select", "set", "show", "shutdown", "signal", "start", "stop",
  "table", "truncate", "uninstall", "unlock", "update", "use", "values", "while", "with", "xa",
  // Words that change what a statement does to its session
  "default", "diagnostics", "errors", "export", "in", "into", "next", "not", "previous", "read", "returning", "role", "share",
  "sql_calc_found_rows", "temporary", "transaction", "value", "warnings",
  // Functions
  "connection_id", "found_rows", "get_lock", "last_insert_id", "lastval", "nextval", "release_all_locks", "release_lock", "row_count",
  "service_get_read_locks", "service_get_write_locks", "service_release_locks", "setval",
  // System variables
  "error_count", "identity", "last_gtid", "pseudo_thread_id", "transaction_isolation", "transaction_read_only", "tx_isolation",
  "tx_read_only", "warning_count",
] as const;

export type Keyword = (typeof KEYWORDS)[number];

/** One more than the largest keyword id, for tables that are indexed by id. */
export const KEYWORD_ID_END = KEYWORDS.length + 1;

const SLOTS = 1024;
/** Open addressing: keyword ids by hash, 0 for a free slot. */
const slots = new Uint8Array(SLOTS);
const hashes = new Int32Array(KEYWORD_ID_END);
const spellings: Uint8Array[] = [new Uint8Array(0)];

assert(KEYWORD_ID_END <= 256, "keyword ids fit into a byte");
for (const [index, word] of KEYWORDS.entries()) {
  const spelling = new TextEncoder().encode(word);
  let hash = 0;
  for (const byte of spelling) hash = extendWordHash(hash, byte);
  spellings.push(spelling);
  hashes[index + 1] = hash;
  let slot = hash & (SLOTS - 1);
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
  slots[slot] = index + 1;
}

/** The id of a keyword, from 1 on. For tables and constants made at start. */
export function keywordId(word: Keyword): number {
  const index = KEYWORDS.indexOf(word);
  assert(index >= 0, "a keyword is in the list");
  return index + 1;
}

/** The hash of a word with one more (folded) byte. An empty word has hash 0. */
export function extendWordHash(hash: number, folded: number): number {
  return (Math.imul(hash, 31) + folded) | 0;
}

/** The id of the keyword that stands in [start, end), whatever its case; 0 if it is none. `hash` is that of the folded bytes. */
export function findKeyword(bytes: Uint8Array, start: number, end: number, hash: number): number {
  let slot = hash & (SLOTS - 1);
  for (let id = slots[slot]!; id !== 0; id = slots[slot]!) {
    if (hashes[id] === hash && isSpelled(bytes, start, end, spellings[id]!)) return id;
    slot = (slot + 1) & (SLOTS - 1);
  }
  return 0;
}

function isSpelled(bytes: Uint8Array, start: number, end: number, spelling: Uint8Array): boolean {
  if (end - start !== spelling.length) return false;
  for (let index = 0; index < spelling.length; index++) {
    if (FOLD[bytes[start + index]!] !== spelling[index]) return false;
  }
  return true;
}
