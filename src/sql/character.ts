/** What each byte can begin, as the server's lexer sees it. */

export const CLASS_OTHER = 0;
export const CLASS_SPACE = 1;
export const CLASS_LETTER = 2;
export const CLASS_DIGIT = 3;
export const CLASS_APOSTROPHE = 4;
export const CLASS_DOUBLE_QUOTE = 5;
export const CLASS_BACK_QUOTE = 6;
/** A token by itself, whatever follows. */
export const CLASS_SINGLE = 7;
// The next four can begin or end a comment; they stay together.
export const CLASS_MINUS = 8;
export const CLASS_HASH = 9;
export const CLASS_SLASH = 10;
export const CLASS_STAR = 11;
export const CLASS_AT = 12;
export const CLASS_DOT = 13;
export const CLASS_COLON = 14;

/** The CLASS_* of each byte. */
export const CLASSES = classTable();

/** For each byte its lower-case form if it can stand in an unquoted name (letters, digits, `_`, `$`, non-ASCII), else 0. */
export const FOLD = foldTable();

function classTable(): Uint8Array {
  const classes = new Uint8Array(256).fill(CLASS_LETTER, 0x80);
  mark(classes, " \t\n\v\f\r", CLASS_SPACE);
  mark(classes, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$", CLASS_LETTER);
  mark(classes, "0123456789", CLASS_DIGIT);
  mark(classes, "(),;=?", CLASS_SINGLE);
  mark(classes, "'", CLASS_APOSTROPHE);
  mark(classes, '"', CLASS_DOUBLE_QUOTE);
  mark(classes, "`", CLASS_BACK_QUOTE);
  mark(classes, "-", CLASS_MINUS);
  mark(classes, "#", CLASS_HASH);
  mark(classes, "/", CLASS_SLASH);
  mark(classes, "*", CLASS_STAR);
  mark(classes, "@", CLASS_AT);
  mark(classes, ".", CLASS_DOT);
  mark(classes, ":", CLASS_COLON);
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
