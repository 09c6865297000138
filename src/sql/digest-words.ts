/**
 * How a server writes keywords in digest texts: where several words are one keyword, as the last of them. Learned from
 * STATEMENT_DIGEST_TEXT() of MySQL 9.7. Every other keyword is written as it is, in capitals.
 */
import { wordNumber } from "./words.ts";

const WRITTEN_AS: Readonly<Record<string, readonly string[]>> = {
  curdate: ["current_date"],
  curtime: ["current_time"],
  now: ["current_timestamp", "localtime", "localtimestamp"],
  character: ["char"],
  decimal: ["dec"],
  distinctrow: ["distinct"],
  explain: ["describe"],
  fields: ["columns"],
  float4: ["float"],
  float8: ["double"],
  geometrycollection: ["geomcollection"],
  int8: ["bigint"],
  integer: ["int", "int4"],
  middleint: ["mediumint", "int3"],
  ndbcluster: ["ndb"],
  relay_thread: ["io_thread"],
  rlike: ["regexp"],
  schema: ["database"],
  schemas: ["databases"],
  smallint: ["int2"],
  some: ["any"],
  sql_tsi_day: ["day"],
  sql_tsi_hour: ["hour"],
  sql_tsi_minute: ["minute"],
  sql_tsi_month: ["month"],
  sql_tsi_quarter: ["quarter"],
  sql_tsi_second: ["second"],
  stddev_pop: ["std", "stddev"],
  substring: ["mid", "substr"],
  system_user: ["session_user", "user"],
  tinyint: ["int1"],
  var_pop: ["variance"],
  varcharacter: ["varchar"],
  week: ["sql_tsi_week"],
  year: ["sql_tsi_year"],
};

/** By number of a word its text in digests, as bytes; null for a word that is written as it is. */
export const DIGEST_WORDS: readonly (Uint8Array | null)[] = digestWords();

/** The keywords of optimizer hints. https://dev.mysql.com/doc/refman/9.7/en/optimizer-hints.html */
export const HINT_WORDS: ReadonlySet<string> = new Set(
  (
    "BKA BNL DERIVED_CONDITION_PUSHDOWN DUPSWEEDOUT FIRSTMATCH GROUP_INDEX HASH_JOIN INDEX INDEX_MERGE INTOEXISTS " +
    "JOIN_FIXED_ORDER JOIN_INDEX JOIN_ORDER JOIN_PREFIX JOIN_SUFFIX LOOSESCAN MATERIALIZATION MAX_EXECUTION_TIME MERGE MRR " +
    "NO_BKA NO_BNL NO_DERIVED_CONDITION_PUSHDOWN NO_GROUP_INDEX NO_HASH_JOIN NO_ICP NO_INDEX NO_INDEX_MERGE NO_JOIN_INDEX " +
    "NO_MERGE NO_MRR NO_ORDER_INDEX NO_RANGE_OPTIMIZATION NO_SEMIJOIN NO_SKIP_SCAN ORDER_INDEX QB_NAME RESOURCE_GROUP " +
    "SEMIJOIN SET_VAR SKIP_SCAN SUBQUERY"
  ).split(" "),
);

function digestWords(): (Uint8Array | null)[] {
  const words: (Uint8Array | null)[] = [];
  for (const [written, others] of Object.entries(WRITTEN_AS)) {
    for (const other of others) words[wordNumber(other)] = new TextEncoder().encode(written.toUpperCase());
  }
  return Array.from(words, (word) => word ?? null);
}
