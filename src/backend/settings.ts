/**
 * What a session has changed and another connection can be given (design D2): session variables as the server reports them
 * through session tracking, SET NAMES, and user variables with literal values. Sets of settings are interned: the same
 * settings are the same object, so that the hot path compares pointers.
 */

/** An assignment: for a session variable its value as the server reports it, for a user variable a literal. */
type Entry = readonly [name: string, value: string];

export interface Settings {
  /** Says all of it; "" for nothing changed. */
  readonly key: string;
  /** SET NAMES, as NAMES takes it: `utf8mb4`, `utf8mb4 COLLATE utf8mb4_bin`; "" when the session has not said it, or has since. */
  readonly names: string;
  /** Changed session variables, sorted by name; they count after `names`. */
  readonly entries: readonly Entry[];
  /** User variables as `@`name``, sorted. */
  readonly userVariables: readonly Entry[];
  /** The session variables among them; the same object for the same ones. A statement's text means the same under them. */
  readonly system: Settings;
  /** How long the server lets a session under them be silent; null where they do not say. */
  readonly waitTimeoutMs: number | null;
}

/** The values of tracked variables in a session that has changed none. */
export type Baseline = ReadonlyMap<string, string>;

/** Nothing changed. */
export const NO_SETTINGS: Settings = noSettings();

/** Of these the last one said holds, and SET NAMES says them all. */
const CHARACTER_SETS: ReadonlySet<string> = new Set([
  "character_set_client",
  "character_set_connection",
  "character_set_results",
  "collation_connection",
]);

/** Different sets of settings remembered at once; more are still right, only compared the slow way. */
const INTERNED_MAX = 1000;

const interned = new Map<string, Settings>();

/** Answers of withoutDefaults(): sessions go from one endpoint to the other and back. */
const changes = new WeakMap<Baseline, WeakMap<Settings, Settings>>();

/**
 * The settings after a statement whose answer reported `variables` (name, value, name, value, ...). Returns null when a value
 * cannot be written back.
 */
export function withVariables(settings: Settings, variables: readonly string[]): Settings | null {
  const values = new Map(settings.entries);
  for (let i = 0; i < variables.length; i += 2) {
    const name = variables[i] as string;
    const value = variables[i + 1] as string;
    if (value.includes("\\")) return null;
    // Each of the two sets the other one; only the last one said holds.
    if (name === "character_set_connection") values.delete("collation_connection");
    if (name === "collation_connection") values.delete("character_set_connection");
    values.set(name, value);
  }
  return intern(settings.names, sorted(values), settings.userVariables);
}

/**
 * What of the settings is a change where sessions begin with `baseline`: a variable that was assigned what it was before is
 * none there, but would be elsewhere.
 */
export function withoutDefaults(settings: Settings, baseline: Baseline | null): Settings {
  if (baseline === null || settings.entries.length === 0) return settings;
  const known = changes.get(baseline);
  const found = known?.get(settings);
  if (found !== undefined) return found;
  // A character set by name has its default collation; the handshake's, behind the same name, may be another one.
  const entries = settings.entries.filter(([name, value]) => baseline.get(name) !== value || CHARACTER_SETS.has(name));
  const changed =
    entries.length === settings.entries.length ? settings : intern(settings.names, entries, settings.userVariables);
  if (known === undefined) changes.set(baseline, new WeakMap([[settings, changed]]));
  else known.set(settings, changed);
  return changed;
}

/** The settings after SET NAMES `names`. */
export function withNames(settings: Settings, names: string): Settings {
  const others = settings.entries.filter(([name]) => !CHARACTER_SETS.has(name));
  return intern(names, others, settings.userVariables);
}

/** The settings after `name` (as `@`name``) was assigned `literal`. */
export function withUserVariable(settings: Settings, name: string, literal: string): Settings {
  const values = new Map(settings.userVariables);
  values.set(name, literal);
  return intern(settings.names, settings.entries, sorted(values));
}

/** True when one of the session's user variables is a text. */
export function hasTextVariable({ userVariables }: Settings): boolean {
  return userVariables.some(([, literal]) => literal.startsWith("'"));
}

/** True when the session has changed its character sets. */
export function hasOwnCharacterSet({ names, entries }: Settings): boolean {
  return names !== "" || entries.some(([name]) => CHARACTER_SETS.has(name));
}

function sorted(values: ReadonlyMap<string, string>): Entry[] {
  return [...values].sort(([left], [right]) => (left < right ? -1 : 1));
}

function intern(names: string, entries: readonly Entry[], userVariables: readonly Entry[]): Settings {
  if (names === "" && entries.length === 0 && userVariables.length === 0) return NO_SETTINGS;
  const key = JSON.stringify([names, entries, userVariables]);
  const found = interned.get(key);
  if (found !== undefined) return found;
  const isSystem = userVariables.length === 0;
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = {
    key,
    names,
    entries,
    userVariables,
    system: isSystem ? NO_SETTINGS : intern(names, entries, []),
    waitTimeoutMs: waitTimeoutMsOf(entries.find(([name]) => name === "wait_timeout")?.[1]),
  };
  if (isSystem) settings.system = settings;
  if (interned.size < INTERNED_MAX) interned.set(key, settings);
  return settings;
}

function noSettings(): Settings {
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = {
    key: "",
    names: "",
    entries: [],
    userVariables: [],
    system: undefined as unknown as Settings, // itself, three lines down
    waitTimeoutMs: null,
  };
  settings.system = settings;
  return settings;
}

/** The value of wait_timeout in milliseconds; null where it is not told. */
export function waitTimeoutMsOf(seconds: string | undefined): number | null {
  return seconds === undefined || !/^\d+$/.test(seconds) ? null : Number(seconds) * 1000;
}

/**
 * What SET takes to bring the session variables from `from` to `to`; "" for nothing. `baselineNames` sets the
 * character sets back to those of the log-in.
 */
export function clauseBetween(from: Settings, to: Settings, baseline: Baseline, baselineNames: string): string {
  if (from.system === to.system) return "";
  const wanted = new Map(to.entries);
  const had = new Map(from.entries);
  const parts: string[] = [];
  const isOfCharacterSet = ([name]: Entry) => CHARACTER_SETS.has(name);
  const characterSets = JSON.stringify([to.names, to.entries.filter(isOfCharacterSet)]);
  if (characterSets !== JSON.stringify([from.names, from.entries.filter(isOfCharacterSet)])) {
    parts.push(to.names === "" ? baselineNames : `NAMES ${to.names}`);
    for (const [name, value] of to.entries.filter(isOfCharacterSet)) parts.push(assignment(name, value));
  }
  for (const [name, value] of wanted) {
    if (!CHARACTER_SETS.has(name) && had.get(name) !== value) parts.push(assignment(name, value));
  }
  for (const name of had.keys()) {
    if (!CHARACTER_SETS.has(name) && !wanted.has(name)) parts.push(assignment(name, baseline.get(name) ?? ""));
  }
  return parts.filter((part) => part !== "").join(", ");
}

/** What SET takes to assign the user variables of `settings`; "" for nothing. */
export function userVariableClause({ userVariables }: Settings): string {
  return userVariables.map(([name, literal]) => `${name} = ${literal}`).join(", ");
}

function assignment(name: string, value: string): string {
  return `SESSION ${name} = ${literalOf(name, value)}`;
}

/** A reported value as SET takes it: numbers bare, an empty character set as NULL, all else quoted. */
export function literalOf(name: string, value: string): string {
  if (/^-?\d+(\.\d+)?$/.test(value)) return value;
  if (value === "" && name.startsWith("character_set_")) return "NULL";
  return `'${value.replaceAll("'", "''")}'`;
}

/** The value of one setting; the baseline's where the session has not changed it. */
export function settingOf(settings: Settings, baseline: Baseline | undefined, name: string): string {
  const changed = settings.entries.find(([each]) => each === name);
  return changed?.[1] ?? baseline?.get(name) ?? "";
}
