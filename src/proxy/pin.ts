/** Why a session keeps its connection between statements (design D6): one bit a reason, and what the text of a statement adds. */

import {
  EFFECT_CALC_FOUND_ROWS,
  EFFECT_CALL,
  EFFECT_CONNECTION_ID,
  EFFECT_HANDLER,
  EFFECT_NAMED_LOCK,
  EFFECT_PREPARE,
  EFFECT_RELEASE,
  EFFECT_ROLE,
  EFFECT_SEQUENCE,
  EFFECT_SET_TRANSACTION,
  EFFECT_TABLE_LOCK,
  EFFECT_TEMPORARY_TABLE,
  EFFECT_UNKNOWN,
  EFFECT_USER_VARIABLE_WRITE,
  EFFECT_VERSION_COMMENT,
  EFFECT_XA,
  EFFECTS_LEAVE_STATE,
} from "../sql/effects.ts";
import { PIN_REASONS, type PinReason } from "../telemetry/metrics-table.ts";

export const PIN_TRANSACTION = 1 << 0;
export const PIN_PREPARED_STATEMENT = 1 << 1;
export const PIN_TEMPORARY_TABLE = 1 << 2;
export const PIN_USER_VARIABLE = 1 << 3;
export const PIN_USER_LOCK = 1 << 4;
export const PIN_TABLE_LOCK = 1 << 5;
export const PIN_SESSION_STATE = 1 << 6;
export const PIN_WARNINGS = 1 << 7;
export const PIN_FOUND_ROWS = 1 << 8;
export const PIN_LAST_INSERT_ID = 1 << 9;
export const PIN_CURSOR = 1 << 10;
export const PIN_UNKNOWN = 1 << 11;
export const PIN_HANDLER = 1 << 12;
export const PIN_LONG_DATA = 1 << 13;
export const PIN_REPLICATION = 1 << 14;
export const PIN_CONNECTION_ID = 1 << 15;
export const PIN_PARAMETER_TYPES = 1 << 16;
export const PIN_SET_TRANSACTION = 1 << 17;
/** The listener's pool_mode has each session keep its connection. */
export const PIN_POOL_MODE = 1 << 18;
export const PIN_XA = 1 << 19;
/** The session is an account's of the server, which no other connection is. */
export const PIN_ACCOUNT = 1 << 20;

/** Reasons that the end of a statement decides anew; all others last until the session is reset or ends. */
export const PINS_OF_LAST_STATEMENT = PIN_TRANSACTION | PIN_WARNINGS;

/** What is in prepared statements of the protocol; told by the statements themselves. */
export const PINS_OF_PREPARED = PIN_CURSOR | PIN_LONG_DATA | PIN_PARAMETER_TYPES;

const PIN_OF_EFFECT: ReadonlyArray<readonly [effect: number, pin: number]> = [
  [EFFECT_NAMED_LOCK, PIN_USER_LOCK],
  [EFFECT_USER_VARIABLE_WRITE, PIN_USER_VARIABLE],
  [EFFECT_HANDLER, PIN_HANDLER],
  [EFFECT_CALC_FOUND_ROWS, PIN_FOUND_ROWS],
  [EFFECT_RELEASE, PIN_SESSION_STATE],
  [EFFECT_ROLE, PIN_SESSION_STATE],
  [EFFECT_TABLE_LOCK, PIN_TABLE_LOCK],
  [EFFECT_TEMPORARY_TABLE, PIN_TEMPORARY_TABLE],
  [EFFECT_PREPARE, PIN_PREPARED_STATEMENT],
  [EFFECT_XA, PIN_XA],
  [EFFECT_CALL, PIN_SESSION_STATE],
  [EFFECT_SEQUENCE, PIN_SESSION_STATE],
  [EFFECT_SET_TRANSACTION, PIN_SET_TRANSACTION],
  [EFFECT_VERSION_COMMENT, PIN_SESSION_STATE],
  [EFFECT_UNKNOWN, PIN_UNKNOWN],
  [EFFECT_CONNECTION_ID, PIN_CONNECTION_ID],
];

/** The pins that a statement's text asks for; 0 for nearly every statement. */
export function pinsOfEffects(effects: number): number {
  if ((effects & EFFECTS_LEAVE_STATE) === 0) return 0;
  let pins = 0;
  for (const [effect, pin] of PIN_OF_EFFECT) if ((effects & effect) !== 0) pins |= pin;
  return pins;
}

/** The names of a set of pins, for metrics and people. */
export function reasonsOfPins(pins: number): PinReason[] {
  return PIN_REASONS.filter((_, bit) => (pins & (1 << bit)) !== 0);
}
