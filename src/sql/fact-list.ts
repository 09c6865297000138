/** Lists of facts: objects that are made once and refilled. */

export interface FactList<T> {
  /** Made so far; those from `count` on are waiting to be used. */
  readonly items: T[];
  count: number;
}

/** Facts of one sort beyond these make a statement's facts incomplete. */
export const FACTS_MAX = 2048;

/** An empty list. */
export function newFactList<T>(): FactList<T> {
  return { items: [], count: 0 };
}

/** Another item to fill, made by `make` when none is waiting; null when there are `max`. */
export function takeFact<T>(list: FactList<T>, make: () => T, max = FACTS_MAX): T | null {
  if (list.count >= max) return null;
  const { items, count } = list;
  if (count === items.length) items.push(make());
  list.count = count + 1;
  return items[count]!;
}
