/** Tables of whole numbers: each has a name, a default, bounds and what it is for, and becomes a field in either spelling. */
import * as v from "valibot";
import { wholeNumber } from "./fields.ts";

/** The largest delay that a timer takes, and a size that no limit has to exceed. */
const NUMBER_MAX = 2_147_483_647;

/** Durations in milliseconds, sizes in bytes. `min` is 1 when absent. */
export interface NumberField {
  readonly fallback: number;
  readonly min?: number;
  readonly max?: number;
  readonly description: string;
}

export type NumberTable = Readonly<Record<string, NumberField>>;

/** What a table amounts to. */
export type Numbers<T extends NumberTable> = { [K in keyof T]: number };

type Field = v.ExactOptionalSchema<ReturnType<typeof wholeNumber>, number>;

/** Every default of a table. */
export function defaultsOf<T extends NumberTable>(table: T): Readonly<Numbers<T>> {
  return Object.fromEntries(namesOf(table).map((name) => [name, table[name]?.fallback ?? 0])) as Numbers<T>;
}

/** The names of a table, in its order. */
export function namesOf<T extends NumberTable>(table: T): Array<keyof T & string> {
  return Object.keys(table);
}

/** The fields of a table as ProxyConfig spells them. */
export function numbersSchema<T extends NumberTable>(table: T) {
  return v.object(entriesOf(table, (name) => name) as { [K in keyof T & string]: Field });
}

/** The same, spelt as Kubernetes spells fields. The output is spelt as ProxyConfig does. */
export function camelCaseNumbersSchema<T extends NumberTable>(table: T, description: string) {
  return v.pipe(
    v.object(entriesOf(table, camelCase)),
    v.transform((written): Numbers<T> => {
      const numbers: Numbers<T> = { ...defaultsOf(table) };
      for (const name of namesOf(table))
        numbers[name] = (written[camelCase(name)] ?? numbers[name]) as Numbers<T>[typeof name];
      return numbers;
    }),
    v.description(description),
  );
}

/** The numbers that are not the default; undefined when all are. */
export function changedNumbers<T extends NumberTable>(
  table: T,
  numbers: Readonly<Numbers<T>>,
): Record<string, number> | undefined {
  const changed = namesOf(table).filter((name) => numbers[name] !== table[name]?.fallback);
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map((name) => [name, numbers[name]]));
}

/** `sessions_max` as `sessionsMax`. */
export function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function entriesOf(table: NumberTable, spell: (name: string) => string): Record<string, Field> {
  const fields = Object.entries(table).map(([name, { fallback, min = 1, max = NUMBER_MAX, description }]) => [
    spell(name),
    v.exactOptional(wholeNumber(description, min, max), fallback),
  ]);
  return Object.fromEntries(fields);
}
