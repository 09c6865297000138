/** Texts that many have in common, as one string each: ten thousand sessions have few users, schemas and addresses between them. */

/** Texts that are known at once. */
const TEXTS_MAX = 1_000;
/** Longer ones are rare, and somebody who has not logged in could fill the memory with them. */
const TEXT_LENGTH_MAX = 64;

const texts = new Map<string, string>();

/** The string that stands for all that are equal to `text`. */
export function sharedText(text: string): string {
  if (text.length > TEXT_LENGTH_MAX) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= TEXTS_MAX) texts.clear();
  texts.set(text, text);
  return text;
}
