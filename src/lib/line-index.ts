/** Which line an offset in a text is on. */

export interface LineIndex {
  /** Offsets at which lines begin. */
  readonly starts: Int32Array;
}

/** The lines of `text`, each of which ends with a line feed. */
export function indexLines(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return { starts: Int32Array.from(starts) };
}

/** Line and column of an offset, both from 1. */
export function placeOfOffset({ starts }: LineIndex, offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
