/** Sets of ASCII characters. */

/** One flag for each of the 128 characters. */
export type Draft = boolean[];

/** A finished set. Sets with the same characters are the same object, so that they can be compared and counted. */
export interface CharSet {
  readonly has: readonly boolean[];
}

export const CHARACTERS = 128;

const known = new Map<string, CharSet>();

/** The one set with these characters. */
export function newSet(draft: Draft): CharSet {
  const key = draft.map((isIn) => (isIn ? "1" : "0")).join("");
  let set = known.get(key);
  if (set === undefined) {
    set = { has: [...draft] };
    known.set(key, set);
  }
  return set;
}

/** The characters of `text`. */
export function setOf(text: string): Draft {
  const draft = new Array<boolean>(CHARACTERS).fill(false);
  for (let index = 0; index < text.length; index++) draft[text.charCodeAt(index)] = true;
  return draft;
}

/** All others. */
export function invert(draft: Draft): Draft {
  return draft.map((isIn) => !isIn);
}

/** With both cases of every letter. */
export function foldCase(draft: Draft): Draft {
  const folded = [...draft];
  for (const [code, isIn] of draft.entries()) {
    const letter = String.fromCharCode(code);
    if (!isIn || !/[A-Za-z]/.test(letter)) continue;
    folded[letter.toLowerCase().charCodeAt(0)] = true;
    folded[letter.toUpperCase().charCodeAt(0)] = true;
  }
  return folded;
}

function range(from: string, to: string): string {
  let text = "";
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) text += String.fromCharCode(code);
  return text;
}

const UPPER = range("A", "Z");
const LOWER = range("a", "z");
const DIGITS = range("0", "9");
const PUNCTUATION = range("!", "/") + range(":", "@") + range("[", "`") + range("{", "~");

export const NEWLINE = setOf("\n");
export const DIGIT = setOf(DIGITS);
export const SPACE = setOf(" \t\n\v\f\r");
export const WORD = setOf(`${UPPER + LOWER + DIGITS}_`);

/** `[[:alpha:]]` and its like. */
export const POSIX: Readonly<Record<string, Draft>> = {
  alnum: setOf(UPPER + LOWER + DIGITS),
  alpha: setOf(UPPER + LOWER),
  ascii: invert(setOf("")),
  blank: setOf(" \t"),
  cntrl: setOf(`${range("\0", "\x1f")}\x7f`),
  digit: DIGIT,
  graph: setOf(range("!", "~")),
  lower: setOf(LOWER),
  print: setOf(range(" ", "~")),
  punct: setOf(PUNCTUATION),
  space: SPACE,
  upper: setOf(UPPER),
  word: WORD,
  xdigit: setOf(`${DIGITS}abcdefABCDEF`),
};
