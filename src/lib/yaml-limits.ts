/**
 * What YAML allows and nobody writes, because reading it takes no end of time or memory: lists and maps as keys, whose
 * text doubles with each level of them, and brackets in brackets in brackets.
 */
import { type Document, isAlias, isCollection, Lexer, visit } from "yaml";

/** Brackets that may be open at once. */
export const BRACKETS_MAX = 128;

/** Where the first key stands that is a list or a map; null when there is none. */
export function collectionKeyAt(document: Document): number | null {
  let found: number | null = null;
  visit(document, {
    Pair(_, { key }) {
      const target = isAlias(key) ? key.resolve(document) : key;
      if (!isCollection(target)) return;
      found = (isAlias(key) || isCollection(key) ? key.range?.[0] : undefined) ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** Where the bracket stands in `text` that is one too many; null when there is none. */
export function bracketTooManyAt(text: string): number | null {
  if (!mayBeDeep(text)) return null;
  let offset = 0;
  let depth = 0;
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) {
      isText = token === SCALAR_MARK;
      continue;
    }
    if (!isText && (token === "{" || token === "[")) depth++;
    if (!isText && (token === "}" || token === "]")) depth--;
    if (depth > BRACKETS_MAX) return offset;
    isText = false;
    offset += token.length;
  }
  return null;
}

/** What the lexer says besides the characters of the text: that a document or a scalar begins, or flow ends unasked. */
const SCALAR_MARK = "\u001f";
const MARKS: ReadonlySet<string> = new Set(["\u0002", "\u0018", SCALAR_MARK]);

/** Nearly no text has so many brackets open, even when those in quotes count. */
function mayBeDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{" || character === "[") depth++;
    else if (depth > 0 && (character === "}" || character === "]")) depth--;
    if (depth > BRACKETS_MAX) return true;
  }
  return false;
}
