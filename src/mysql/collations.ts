/**
 * What servers make of the collation ids that clients log in with. https://dev.mysql.com/doc/refman/9.7/en/charset-charsets.html
 * https://mariadb.com/docs/server/reference/data-types/string-data-types/character-sets/supported-character-sets-and-collations
 */

/** The largest id that a handshake can name: it has one byte for it. COM_CHANGE_USER has two. */
export const HANDSHAKE_COLLATION_MAX = 255;

/** MySQL's default, which MariaDB does not know. */
export const UTF8MB4_0900_AI_CI = 255;
export const UTF8MB4_GENERAL_CI = 45;
const UTF8MB3_GENERAL_CI = 33;

type Range = readonly [first: number, last: number];

/** MySQL's behind those: all of utf8mb4. */
const MYSQL_LARGE: readonly Range[] = [
  [256, 271],
  [273, 275],
  [277, 294],
  [296, 298],
  [300, 300],
  [303, 323],
];

/** No statement can be written in these character sets: servers refuse clients that ask for one. Both servers have the same. */
const WIDE: ReadonlyArray<readonly [charset: string, ...ranges: Range[]]> = [
  ["ucs2", [35, 35], [90, 90], [128, 151], [159, 159]],
  ["utf16", [54, 55], [101, 124]],
  ["utf16le", [56, 56], [62, 62]],
  ["utf32", [60, 61], [160, 183]],
];

/** MariaDB has each of these a second time, with "nopad" in its name and an id that is larger by NOPAD. */
const NOPAD = 1024;
const PADDED: ReadonlyMap<number, string> = named(`
  1 big5_chinese_ci 3 dec8_swedish_ci 4 cp850_general_ci 6 hp8_english_ci 7 koi8r_general_ci 8 latin1_swedish_ci
  9 latin2_general_ci 10 swe7_swedish_ci 11 ascii_general_ci 12 ujis_japanese_ci 13 sjis_japanese_ci
  16 hebrew_general_ci 18 tis620_thai_ci 19 euckr_korean_ci 22 koi8u_general_ci 24 gb2312_chinese_ci
  25 greek_general_ci 26 cp1250_general_ci 28 gbk_chinese_ci 30 latin5_turkish_ci 32 armscii8_general_ci
  33 utf8mb3_general_ci 35 ucs2_general_ci 36 cp866_general_ci 37 keybcs2_general_ci 38 macce_general_ci
  39 macroman_general_ci 40 cp852_general_ci 41 latin7_general_ci 43 macce_bin 45 utf8mb4_general_ci 46 utf8mb4_bin
  47 latin1_bin 50 cp1251_bin 51 cp1251_general_ci 53 macroman_bin 54 utf16_general_ci 55 utf16_bin
  56 utf16le_general_ci 57 cp1256_general_ci 58 cp1257_bin 59 cp1257_general_ci 60 utf32_general_ci 61 utf32_bin
  62 utf16le_bin 64 armscii8_bin 65 ascii_bin 66 cp1250_bin 67 cp1256_bin 68 cp866_bin 69 dec8_bin 70 greek_bin
  71 hebrew_bin 72 hp8_bin 73 keybcs2_bin 74 koi8r_bin 75 koi8u_bin 77 latin2_bin 78 latin5_bin 79 latin7_bin
  80 cp850_bin 81 cp852_bin 82 swe7_bin 83 utf8mb3_bin 84 big5_bin 85 euckr_bin 86 gb2312_bin 87 gbk_bin 88 sjis_bin
  89 tis620_bin 90 ucs2_bin 91 ujis_bin 92 geostd8_general_ci 93 geostd8_bin 95 cp932_japanese_ci 96 cp932_bin
  97 eucjpms_japanese_ci 98 eucjpms_bin 101 utf16_unicode_ci 123 utf16_unicode_520_ci 128 ucs2_unicode_ci
  150 ucs2_unicode_520_ci 160 utf32_unicode_ci 182 utf32_unicode_520_ci 192 utf8mb3_unicode_ci
  214 utf8mb3_unicode_520_ci 224 utf8mb4_unicode_ci 246 utf8mb4_unicode_520_ci`);

/** And some in each of several character sets, which have 32 ids each. */
const OTHERS = 576;
const OTHERS_CHARSETS = ["utf8mb3", "utf8mb4", "ucs2", "utf16", "", "utf32"];
const OTHERS_NAMES = ["croatian_ci", "myanmar_ci", "thai_520_w2"];

/** Since MariaDB 10.10: 256 ids for each character set, eight for each language. */
const UCA1400 = 2048;
const UCA1400_CHARSETS = ["utf8mb3", "utf8mb4", "ucs2", "utf16", "utf32"];
const UCA1400_LANGUAGES = [
  ..." icelandic latvian romanian slovenian polish estonian spanish swedish turkish czech danish".split(" "),
  ..."lithuanian slovak spanish2 roman persian esperanto hungarian sinhala german2".split(" "),
  ...[null, null, "vietnamese", "croatian"],
];

/** The character set of an id that servers refuse a client for; "" when they do not. */
export function wideCharsetOf(id: number, isMariadb: boolean): string {
  if (id > HANDSHAKE_COLLATION_MAX) {
    const charset = isMariadb ? charsetOfName(mariadbCollation(id)) : "";
    return WIDE.some(([each]) => each === charset) ? charset : "";
  }
  return WIDE.find(([, ...ranges]) => isIn(ranges, id))?.[0] ?? "";
}

/** True for an id of MySQL's behind those of a handshake. */
export function isLargeOfMysql(id: number): boolean {
  return isIn(MYSQL_LARGE, id);
}

/** The name of a collation of MariaDB's behind those of a handshake; "" for none. */
export function mariadbCollation(id: number): string {
  if (id >= UCA1400) return uca1400(id - UCA1400);
  if (id >= NOPAD) return (PADDED.get(id - NOPAD) ?? "").replace(/_(ci|bin)$/, "_nopad_$1");
  if (id < OTHERS) return "";
  const charset = OTHERS_CHARSETS[(id - OTHERS) >> 5] ?? "";
  const name = OTHERS_NAMES[(id - OTHERS) & 31];
  return charset === "" || name === undefined ? "" : `${charset}_${name}`;
}

/** The id within those of a handshake that is nearest to MariaDB's `id`: of the same character set. */
export function mariadbNearest(id: number): number {
  if (id >= NOPAD && id < UCA1400) return id - NOPAD;
  return mariadbCollation(id).startsWith("utf8mb3") ? UTF8MB3_GENERAL_CI : UTF8MB4_GENERAL_CI;
}

/** The character set that a collation's name begins with. */
export function charsetOfName(collation: string): string {
  return collation.slice(0, Math.max(0, collation.indexOf("_")));
}

function uca1400(at: number): string {
  const charset = UCA1400_CHARSETS[at >> 8];
  const language = UCA1400_LANGUAGES[(at & 255) >> 3] ?? null;
  if (charset === undefined || language === null) return "";
  const parts = [charset, "uca1400", language, (at & 4) === 0 ? "" : "nopad"];
  parts.push((at & 2) === 0 ? "ai" : "as", (at & 1) === 0 ? "ci" : "cs");
  return parts.filter((part) => part !== "").join("_");
}

function isIn(ranges: readonly Range[], id: number): boolean {
  return ranges.some(([first, last]) => first <= id && id <= last);
}

function named(text: string): Map<number, string> {
  const words = text.trim().split(/\s+/);
  const found = new Map<number, string>();
  for (let i = 0; i < words.length; i += 2) found.set(Number(words[i]), words[i + 1] as string);
  return found;
}
