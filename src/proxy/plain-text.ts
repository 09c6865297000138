/** Texts of clients before patterns are asked about them. */

/**
 * The text without white space around it and the semicolon at its end. A pattern that ends with `\s*;?\s*$` would need time
 * by the square of a run of spaces, and a client may send one to hold everybody else up.
 */
export function withoutEnd(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith(";") ? trimmed.slice(0, -1).trimEnd() : trimmed;
}
