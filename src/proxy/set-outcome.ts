/**
 * What a SET comes to: the settings of its session afterwards, from its text and what the server reports of it. Pools set the
 * same few things whenever they lend a connection, so what such a text came to is remembered.
 */
import {
  type Baseline,
  type Settings,
  settingOf,
  withNames,
  withoutDefaults,
  withUserVariable,
  withVariables,
} from "../backend/settings.ts";
import { unreachable } from "../lib/assert.ts";
import { charsetOf } from "../sql/charset.ts";
import { readSetTargets, type SetTarget } from "../sql/set-targets.ts";
import { readSqlMode } from "../sql/sql-mode.ts";
import type { Statement } from "../sql/statement.ts";

export interface SetOutcome {
  /** All that the session has assigned. */
  readonly assigned: Settings;
  /** What of that is a change. */
  readonly settings: Settings;
  /** How texts read under them. */
  readonly sqlMode: number;
  readonly charset: number;
}

/** Longer SETs are read anew each time. */
const TEXT_MAX = 500;
/** Of one server; more are forgotten together. */
const OUTCOMES_MAX = 200;

const outcomes = new WeakMap<Baseline, Map<string, SetOutcome>>();

/** The outcome of the SET in `statement`, of which the server `reported` name, value, ...; null when not all of it is known by name and value. */
export function outcomeOfSet(
  before: Settings,
  statement: Statement,
  reported: readonly string[],
  baseline: Baseline,
): SetOutcome | null {
  if (statement.end - statement.start > TEXT_MAX) return readOutcome(before, statement, reported, baseline);
  const known = outcomesUnder(baseline);
  // A byte is a letter: texts that differ only in bytes that are no UTF-8 are different ones.
  const text = Buffer.prototype.latin1Slice.call(statement.bytes, statement.start, statement.end);
  const key = `${before.key}\0${statement.sqlMode}\0${reported.join("\0")}\0\0${text}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const outcome = readOutcome(before, statement, reported, baseline);
  if (known.size >= OUTCOMES_MAX) known.clear();
  if (outcome !== null) known.set(key, outcome);
  return outcome;
}

/** What it means to have `assigned` all that. */
export function outcomeOf(assigned: Settings, baseline: Baseline): SetOutcome {
  const settings = withoutDefaults(assigned, baseline);
  return {
    ...{ assigned, settings },
    sqlMode: readSqlMode(settingOf(settings, baseline, "sql_mode")),
    charset: charsetOf(settingOf(settings, baseline, "character_set_client")),
  };
}

/** True for names of variables that say what the client is told: they are seen to apart. */
export function isOfTracking(names: readonly string[]): boolean {
  return names.every((name) => name.startsWith("session_track_"));
}

function outcomesUnder(baseline: Baseline): Map<string, SetOutcome> {
  let known = outcomes.get(baseline);
  if (known === undefined) {
    known = new Map();
    outcomes.set(baseline, known);
  }
  return known;
}

function readOutcome(
  before: Settings,
  { bytes, start, end, sqlMode }: Statement,
  reported: readonly string[],
  baseline: Baseline,
): SetOutcome | null {
  const targets = readSetTargets(bytes, start, end, sqlMode);
  let assigned: Settings | null = targets === null ? null : before;
  for (const target of targets ?? []) {
    if (assigned === null) return null;
    assigned = withTarget(assigned, target, reported, baseline);
  }
  return assigned === null ? null : outcomeOf(assigned, baseline);
}

/** The settings with one assignment of a SET more; null when it is not known by name and value. */
function withTarget(
  settings: Settings,
  target: SetTarget,
  reported: readonly string[],
  baseline: Baseline,
): Settings | null {
  switch (target.kind) {
    case "names":
      return withNames(settings, target.clause);
    case "user":
      return withUserVariable(settings, target.name, target.literal);
    case "variables": {
      const values: string[] = [];
      for (const names of target.names) {
        if (isOfTracking(names)) continue;
        // MariaDB does not report `@@name = ...`, also where it reports its neighbours.
        const at = reported.findIndex((name, i) => i % 2 === 0 && names.includes(name) && baseline.has(name));
        if (at < 0) return null;
        values.push(reported[at] as string, reported[at + 1] as string);
      }
      return withVariables(settings, values);
    }
    default:
      return unreachable(target);
  }
}
