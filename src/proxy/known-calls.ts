/** Whether a text calls anything but functions that servers have built in and that leave nothing behind. */
import { withoutLiterals } from "./pin-note.ts";

/** Words before a parenthesis behind which nothing is called that could change anything. */
// biome-ignore format: a list of words is read by the line
const HARMLESS_WORDS: ReadonlySet<string> = new Set((
  "all and any as between binary by case cross else end except exists explain from full group having if ignore in index inner " +
  "intersect interval is join key left like limit match natural not offset on or order outer over partition regexp right rlike " +
  "row select some straight_join then union use using values when where window with xor " +
  "abs adddate addtime against ascii avg bin bit_and bit_count bit_length bit_or bit_xor cast ceil ceiling char char_length " +
  "character_length coalesce concat concat_ws conv convert count crc32 cume_dist curdate current_date current_time " +
  "current_timestamp curtime database date date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear " +
  "decimal dense_rank elt exp extract field find_in_set first_value floor format from_days from_unixtime greatest group_concat " +
  "hex hour ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa instr isnull json_array json_arrayagg json_contains " +
  "json_contains_path json_extract json_keys json_length json_object json_objectagg json_overlaps json_search json_type " +
  "json_unquote json_valid json_value lag last_day last_value lcase lead least length ln locate log log10 log2 lower lpad ltrim " +
  "max md5 microsecond mid min minute mod month monthname now nth_value ntile nullif oct octet_length ord percent_rank position " +
  "pow power quarter rand rank regexp_instr regexp_like regexp_replace regexp_substr repeat replace reverse round row_number " +
  "rpad rtrim schema second sha sha1 sha2 sign signed sqrt std stddev stddev_pop stddev_samp str_to_date strcmp subdate substr " +
  "substring substring_index subtime sum sysdate time time_format time_to_sec timediff timestamp timestampadd timestampdiff " +
  "to_days to_seconds trim truncate ucase unhex unix_timestamp unsigned upper utc_date utc_time utc_timestamp uuid_to_bin " +
  "var_pop var_samp variance version week weekday weekofyear weight_string year yearweek"
).split(" "));

const CALL = /(`[^`]*`|(?<![\w$\u0080-\uffff])[\w$\u0080-\uffff]+)\s*\(/g;

/** True when every call in `text` is of a word in the list; false in doubt. */
export function callsOnlyKnown(text: string): boolean {
  const plain = withoutLiterals(text, false);
  if (plain.endsWith("...")) return false;
  for (const [, word = ""] of plain.matchAll(CALL)) if (!HARMLESS_WORDS.has(word.toLowerCase())) return false;
  return true;
}
