/**
 * The functions that servers have built in, by name: those change nothing that outlives their statement but for the few in
 * interest.ts. Any other name is that of a stored or loadable function. Learned by calling every name without arguments:
 * a name that no server has built in is answered with error 1305.
 */
import { FOLD } from "./character.ts";

/** MySQL 9.7 and MariaDB 10.11. */
const BOTH =
  "abs acos adddate addtime aes_decrypt aes_encrypt ascii asin atan atan2 avg benchmark bin bit_and bit_count " +
  "bit_length bit_or bit_xor cast ceil ceiling char_length character character_length charset coalesce " +
  "coercibility collation compress concat concat_ws connection_id conv convert_tz cos cot count crc32 curdate " +
  "current_date current_role current_time current_timestamp current_user curtime database date date_add " +
  "date_format date_sub datediff dayname dayofmonth dayofweek dayofyear degrees elt exp export_set extract " +
  "extractvalue field find_in_set floor found_rows from_base64 from_days from_unixtime geometrycollection " +
  "get_lock greatest group_concat hex ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa instr is_free_lock " +
  "is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_used_lock isnull json_array json_array_append " +
  "json_array_insert json_arrayagg json_contains json_contains_path json_depth json_extract json_insert " +
  "json_keys json_length json_merge json_merge_patch json_merge_preserve json_object json_objectagg " +
  "json_overlaps json_pretty json_quote json_remove json_replace json_search json_set json_type json_unquote " +
  "json_valid last_day last_insert_id lcase least length ln load_file localtime localtimestamp locate log log10 " +
  "log2 lower lpad ltrim make_set makedate maketime master_pos_wait max mbrcontains mbrdisjoint mbrequals " +
  "mbrintersects mbroverlaps mbrtouches mbrwithin microsecond mid min monthname multilinestring multipoint " +
  "multipolygon name_const now nullif oct octet_length ord period_add period_diff pi position pow power quarter " +
  "quote radians rand random_bytes regexp_instr regexp_replace regexp_substr release_all_locks release_lock " +
  "reverse round row_count rpad rtrim schema sec_to_time session_user sha2 sign sin sleep soundex space sqrt " +
  "st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_buffer st_centroid st_contains st_convexhull " +
  "st_crosses st_difference st_dimension st_disjoint st_distance st_distance_sphere st_endpoint st_envelope " +
  "st_equals st_exteriorring st_geomcollfromtext st_geomcollfromwkb st_geometrycollectionfromtext " +
  "st_geometrycollectionfromwkb st_geometryfromtext st_geometryfromwkb st_geometryn st_geometrytype " +
  "st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn st_intersection st_intersects st_isclosed " +
  "st_isempty st_issimple st_length st_linefromtext st_linefromwkb st_linestringfromtext st_linestringfromwkb " +
  "st_mlinefromtext st_mlinefromwkb st_mpointfromtext st_mpointfromwkb st_mpolyfromtext st_mpolyfromwkb " +
  "st_multilinestringfromtext st_multilinestringfromwkb st_multipointfromtext st_multipointfromwkb " +
  "st_multipolygonfromtext st_multipolygonfromwkb st_numgeometries st_numinteriorrings st_numpoints st_overlaps " +
  "st_pointfromtext st_pointfromwkb st_pointn st_polyfromtext st_polyfromwkb st_polygonfromtext " +
  "st_polygonfromwkb st_srid st_startpoint st_symdifference st_touches st_union st_within st_x st_y std stddev " +
  "stddev_pop stddev_samp str_to_date strcmp subdate substr substring substring_index subtime sum sysdate " +
  "system_user tan time time_format time_to_sec timediff timestamp to_base64 to_days to_seconds trim ucase " +
  "uncompress uncompressed_length unhex unix_timestamp updatexml upper user utc_date utc_time utc_timestamp " +
  "uuid uuid_short var_pop var_samp variance version week weekday weekofyear weight_string year yearweek";

/** MySQL 9.7, and what older versions had besides. */
const MYSQL =
  "any_value bin_to_uuid decode des_decrypt des_encrypt encode encrypt etag format_bytes format_pico_time " +
  "from_vector geomcollection grouping gtid_subset gtid_subtract icu_version is_uuid json_duality_object " +
  "json_schema_valid json_schema_validation_report json_storage_free json_storage_size mbrcoveredby mbrcovers " +
  "md5 old_password password ps_current_thread_id ps_thread_id regexp_like sha sha1 source_pos_wait " +
  "st_buffer_strategy st_collect st_frechetdistance st_geohash st_geomcollfromtxt st_hausdorffdistance " +
  "st_isvalid st_latfromgeohash st_latitude st_lineinterpolatepoint st_lineinterpolatepoints st_longfromgeohash " +
  "st_longitude st_makeenvelope st_numinteriorring st_pointatdistance st_pointfromgeohash st_simplify st_swapxy " +
  "st_transform st_validate statement_digest statement_digest_text string_to_vector to_vector uuid_to_bin " +
  "validate_password_strength vector_dim vector_to_string wait_for_executed_gtid_set";

/** MariaDB 10.11. */
const MARIADB =
  "add_months binlog_gtid_pos chr column_check column_exists column_json column_list crc32c cume_dist decode " +
  "dense_rank des_decrypt des_encrypt encode encrypt first_value format glength json_compact json_detailed " +
  "json_equals json_exists json_loose json_normalize json_query json_value lag last_value lead lengthb " +
  "master_gtid_wait mbrequal md5 median natural_sort_key nth_value ntile nvl nvl2 old_password password " +
  "percent_rank percentile_cont percentile_disc rank rownum sformat sha sha1 srid st_boundary st_isring " +
  "st_pointonsurface st_relate sys_guid to_char";

const SLOTS = 2048;
/** Open addressing: places in NAMES, from 1 on, by hash. One table for each server. */
const MYSQL_SLOTS = new Uint16Array(SLOTS);
const MARIADB_SLOTS = new Uint16Array(SLOTS);
const NAMES: Uint8Array[] = [new Uint8Array(0)];

for (const name of BOTH.split(" ")) add(name, [MYSQL_SLOTS, MARIADB_SLOTS]);
for (const name of MYSQL.split(" ")) add(name, [MYSQL_SLOTS]);
for (const name of MARIADB.split(" ")) add(name, [MARIADB_SLOTS]);

/** Whether the name in bytes[start .. end), without quotes, is that of a function that the server has built in. */
export function isBuiltIn(bytes: Uint8Array, start: number, end: number, isMariaDb: boolean): boolean {
  const slots = isMariaDb ? MARIADB_SLOTS : MYSQL_SLOTS;
  let slot = hashOf(bytes, start, end) & (SLOTS - 1);
  for (let place = slots[slot]!; place !== 0; place = slots[slot]!) {
    if (isSpelled(bytes, start, end, NAMES[place]!)) return true;
    slot = (slot + 1) & (SLOTS - 1);
  }
  return false;
}

function isSpelled(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (FOLD[bytes[start + i]!] !== name[i]) return false;
  return true;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let position = start; position < end; position++) hash = (Math.imul(hash, 31) + FOLD[bytes[position]!]!) | 0;
  return hash;
}

function add(text: string, tables: readonly Uint16Array[]): void {
  const name = new TextEncoder().encode(text);
  NAMES.push(name);
  for (const slots of tables) {
    let slot = hashOf(name, 0, name.length) & (SLOTS - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    slots[slot] = NAMES.length - 1;
  }
}
