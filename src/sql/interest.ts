/**
 * What makes a text worth a second look by the lexer tier: most texts have none of it, and then their first word says all
 * about their effects. Kept by the lexer as it goes, so that nothing is read twice for nothing.
 */
import {
  EFFECT_CONNECTION_ID,
  EFFECT_DIAGNOSTICS,
  EFFECT_FOUND_ROWS,
  EFFECT_LAST_INSERT_ID,
  EFFECT_NAMED_LOCK,
  EFFECT_ROW_COUNT,
  EFFECT_SEQUENCE,
  EFFECT_SET_TRANSACTION,
} from "./effects.ts";

/** Something that may have an effect by itself. */
export const INTEREST_WORD = 1;
/** The name of a function that has effects when it is called. */
export const INTEREST_CALL = 2;

interface InterestingName {
  name: string;
  /** The effects of calling a function of that name. */
  call?: number;
  /** The effects of naming a system variable as `@@name` or `@@scope.name`. */
  variable?: number;
  /** The effects of assigning to `@@name` without a scope: some then hold for one transaction only. */
  unscoped?: number;
}

/** Names that are no keywords, or not of every server, and what calling or naming them does. */
export const INTERESTING_NAMES: readonly InterestingName[] = [
  { name: "get_lock", call: EFFECT_NAMED_LOCK },
  { name: "release_lock", call: EFFECT_NAMED_LOCK },
  { name: "release_all_locks", call: EFFECT_NAMED_LOCK },
  { name: "service_get_read_locks", call: EFFECT_NAMED_LOCK },
  { name: "service_get_write_locks", call: EFFECT_NAMED_LOCK },
  { name: "service_release_locks", call: EFFECT_NAMED_LOCK },
  { name: "last_insert_id", call: EFFECT_LAST_INSERT_ID, variable: EFFECT_LAST_INSERT_ID },
  { name: "connection_id", call: EFFECT_CONNECTION_ID },
  { name: "pseudo_thread_id", variable: EFFECT_CONNECTION_ID },
  { name: "found_rows", call: EFFECT_FOUND_ROWS },
  { name: "row_count", call: EFFECT_ROW_COUNT },
  { name: "nextval", call: EFFECT_SEQUENCE },
  { name: "lastval", call: EFFECT_SEQUENCE },
  { name: "setval", call: EFFECT_SEQUENCE },
  { name: "identity", variable: EFFECT_LAST_INSERT_ID },
  { name: "last_gtid", variable: EFFECT_LAST_INSERT_ID },
  { name: "warning_count", variable: EFFECT_DIAGNOSTICS },
  { name: "error_count", variable: EFFECT_DIAGNOSTICS },
  { name: "transaction_isolation", unscoped: EFFECT_SET_TRANSACTION },
  { name: "transaction_read_only", unscoped: EFFECT_SET_TRANSACTION },
  { name: "tx_isolation", unscoped: EFFECT_SET_TRANSACTION },
  { name: "tx_read_only", unscoped: EFFECT_SET_TRANSACTION },
];

/** Words that change what a statement does, wherever in it they stand. */
// biome-ignore format: a list of words is read by the line
export const INTERESTING_WORDS: readonly string[] = [
  "diagnostics", "errors", "export", "limit", "lock", "offset", "prepare", "previous", "release", "returning", "role", "share",
  "sql_calc_found_rows", "temporary", "transaction", "update", "value", "warnings", "with",
];

/** Before a literal: the character set that it is written in. */
export const CHARSET_MARKS: readonly string[] = (
  "armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8 eucjpms euckr gb18030 gb2312 gbk " +
  "geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman sjis swe7 tis620 ucs2 ujis " +
  "utf16 utf16le utf32 utf8 utf8mb3 utf8mb4"
)
  .split(" ")
  .map((name) => `_${name}`);
