/** Who refers to what, from the other end. */

/** By the name that is referred to, those who refer to it. */
export type Reverse = Map<string, Set<string>>;

/** Adds that `from` refers to `to`. */
export function link(reverse: Reverse, to: string, from: string): void {
  const sources = reverse.get(to);
  if (sources === undefined) reverse.set(to, new Set([from]));
  else sources.add(from);
}

/** Takes that away. */
export function unlink(reverse: Reverse, to: string, from: string): void {
  const sources = reverse.get(to);
  if (sources?.delete(from) === true && sources.size === 0) reverse.delete(to);
}

/** Those who refer to `to`. */
export function referrersOf(reverse: Reverse, to: string): Iterable<string> {
  return reverse.get(to) ?? [];
}
