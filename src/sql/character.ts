/** What each byte can begin, as the servers' lexers see it. */

export const CLASS_OTHER = 0;
export const CLASS_SPACE = 1;
export const CLASS_LETTER = 2;
export const CLASS_DIGIT = 3;
/** A letter as well, but the first of one of MySQL's strings, too. */
export const CLASS_DOLLAR = 4;
/** A token by itself, whatever follows; BYTE_TOKENS has which. */
export const CLASS_SINGLE = 5;
export const CLASS_QUOTE = 6;
export const CLASS_BACK_QUOTE = 7;
export const CLASS_DOT = 8;
/** The first of a longer operator, or one by itself. */
export const CLASS_OPERATOR = 9;
export const CLASS_AT = 10;
// The last four can begin or end a comment.
export const CLASS_MINUS = 11;
export const CLASS_HASH = 12;
export const CLASS_SLASH = 13;
export const CLASS_STAR = 14;

/** The CLASS_* of each byte. */
export const CLASSES = classTable();

/** For each byte its lower-case form if it can stand in an unquoted name (letters, digits, `_`, `$`, non-ASCII), else 0. */
export const FOLD = foldTable();

export const NAME_ASCII = 1;
const NAME_WIDE = 2;
/** NAME_ASCII for ASCII characters of unquoted names, NAME_WIDE for bytes that may begin a character of several, else 0. */
export const NAME_BYTES = FOLD.map((folded, byte) => (folded === 0 ? 0 : byte < 0x80 ? NAME_ASCII : NAME_WIDE));

function classTable(): Uint8Array {
  const classes = new Uint8Array(256).fill(CLASS_LETTER, 0x80);
  mark(classes, " \t\n\v\f\r", CLASS_SPACE);
  mark(classes, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", CLASS_LETTER);
  mark(classes, "0123456789", CLASS_DIGIT);
  mark(classes, "$", CLASS_DOLLAR);
  mark(classes, "(),?+%^~{}=", CLASS_SINGLE);
  mark(classes, "'\"", CLASS_QUOTE);
  mark(classes, "`", CLASS_BACK_QUOTE);
  mark(classes, ".", CLASS_DOT);
  mark(classes, ":;<>!&|", CLASS_OPERATOR);
  mark(classes, "@", CLASS_AT);
  mark(classes, "-", CLASS_MINUS);
  mark(classes, "#", CLASS_HASH);
  mark(classes, "/", CLASS_SLASH);
  mark(classes, "*", CLASS_STAR);
  return classes;
}

function mark(classes: Uint8Array, characters: string, kind: number): void {
  for (const character of characters) classes[character.charCodeAt(0)] = kind;
}

function foldTable(): Uint8Array {
  const fold = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const isName = byte >= 0x80 || /[0-9A-Za-z_$]/.test(String.fromCharCode(byte));
    const isUpper = byte >= 0x41 && byte <= 0x5a;
    if (isName) fold[byte] = isUpper ? byte | 0x20 : byte;
  }
  return fold;
}
