/** The words in a pattern, for rules that ask what it is about. */

/** Runs of letters that stand for themselves: not escapes, flags, names of groups, or what is in classes. */
export function words(pattern: string): string[] {
  const plain = pattern
    .replace(/\\[pP](\{[^}]*\}|\w)|\\x\{[^}]*\}|\\./gs, " ")
    .replace(/\(\?[a-zA-Z-]+[:)]|\(\?P?<\w+>/g, " ")
    .replace(/\[\^?\]?[^\]]*\]/g, " ")
    .replace(/\{[\d,]*\}/g, " ");
  return plain.match(/[A-Za-z_]+/g) ?? [];
}
