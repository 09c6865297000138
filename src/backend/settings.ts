/**
 * Session variables that a session has changed and another connection can be given: reported by the server through
 * session tracking, replayed in one SET (design D2). Sets of settings are interned: the same settings are the same
 * object, so that the hot path compares pointers.
 */

export interface Settings {
  /** Changed variables and their values as the server reports them, sorted by name. */
  readonly entries: ReadonlyArray<readonly [name: string, value: string]>;
  /** `name = value, ...` for a SET SESSION; "" for none. */
  readonly clause: string;
}

/** The values of tracked variables in a session that has changed none. */
export type Baseline = ReadonlyMap<string, string>;

/** Nothing changed. */
export const NO_SETTINGS: Settings = { entries: [], clause: "" };

/**
 * Variables that we ask servers to report. Each can be set back to a reported value; all that changes besides pins.
 * autocommit is among them though a session without it keeps its connection anyway.
 */
export const TRACKED_VARIABLES: readonly string[] = [
  "autocommit",
  "character_set_client",
  "character_set_connection",
  "character_set_results",
  "collation_connection",
  "cte_max_recursion_depth",
  "default_storage_engine",
  "div_precision_increment",
  "eq_range_index_dive_limit",
  "explicit_defaults_for_timestamp",
  "foreign_key_checks",
  "group_concat_max_len",
  "information_schema_stats_expiry",
  "innodb_lock_wait_timeout",
  "interactive_timeout",
  "join_buffer_size",
  "lc_time_names",
  "lock_wait_timeout",
  "max_error_count",
  "max_execution_time",
  "max_heap_table_size",
  "max_join_size",
  "max_sort_length",
  "max_statement_time",
  "net_read_timeout",
  "net_write_timeout",
  "optimizer_prune_level",
  "optimizer_search_depth",
  "optimizer_switch",
  "sort_buffer_size",
  "sql_auto_is_null",
  "sql_big_selects",
  "sql_mode",
  "sql_notes",
  "sql_quote_show_create",
  "sql_safe_updates",
  "sql_select_limit",
  "sql_warnings",
  "time_zone",
  "tmp_table_size",
  "transaction_isolation",
  "transaction_read_only",
  "tx_isolation",
  "tx_read_only",
  "unique_checks",
  "wait_timeout",
];

/** Different sets of settings remembered at once; more are still right, only compared the slow way. */
const INTERNED_MAX = 1000;

const interned = new Map<string, Settings>();

/**
 * The settings after a statement whose answer reported `variables` (name, value, name, value, ...). A value that is the
 * baseline's counts as not changed. Returns null when a value cannot be written back.
 */
export function withVariables(settings: Settings, variables: readonly string[], baseline: Baseline): Settings | null {
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
  for (const [name, value] of values) {
    // A character set by name has its default collation; the handshake's, behind the same name, may be another one.
    if (baseline.get(name) === value && !name.startsWith("character_set_")) values.delete(name);
  }
  return intern([...values].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function intern(entries: Settings["entries"]): Settings {
  if (entries.length === 0) return NO_SETTINGS;
  const clause = clauseOf(entries);
  const found = interned.get(clause);
  if (found !== undefined) return found;
  const settings = { entries, clause };
  if (interned.size < INTERNED_MAX) interned.set(clause, settings);
  return settings;
}

/** Character sets before the collation that refines them: the order of names does that. */
function clauseOf(entries: Settings["entries"]): string {
  return entries.map(([name, value]) => `${name} = ${literalOf(name, value)}`).join(", ");
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
