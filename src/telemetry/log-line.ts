/** One line of the log as text. Pure. */

/** The level names of the configuration's `admin.log_level`, most talkative first. */
export const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts of a line. `undefined` leaves a field out; a Secret prints as [redacted]; an Error as its message and those of its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogLine {
  level: LogLevel;
  message: string;
  fields: LogFields | undefined;
}

const COLORS: Readonly<Record<LogLevel, number>> = { TRACE: 90, DEBUG: 36, INFO: 32, WARN: 33, ERROR: 31 };

/**
 * `2026-11-22T10:00:00.000Z INFO  message key=value key="two words"`, without the line's end.
 * What came from outside cannot forge a line or steer a terminal: control characters are escaped everywhere.
 */
export function formatLine(line: LogLine, wallMs: number, isColored: boolean, hasStacks: boolean): string {
  const level = line.level.padEnd(5);
  let text = `${new Date(wallMs).toISOString()} ${isColored ? color(level, COLORS[line.level]) : level} ${escapeControls(line.message)}`;
  for (const [key, value] of Object.entries(line.fields ?? {})) {
    if (value === undefined) continue;
    text += ` ${isColored ? color(`${key}=`, 90) : `${key}=`}${formatValue(value)}`;
    if (hasStacks && value instanceof Error && value.stack !== undefined) {
      text += ` ${key}_stack=${JSON.stringify(value.stack)}`;
    }
  }
  return text;
}

/** The same as one JSON object: `time`, `level` and `message` first, then the fields; without the line's end. */
export function formatJsonLine(line: LogLine, wallMs: number, hasStacks: boolean): string {
  const object: Record<string, unknown> = {
    time: new Date(wallMs).toISOString(),
    level: line.level,
    message: line.message,
  };
  for (const [key, value] of Object.entries(line.fields ?? {})) {
    if (value === undefined) continue;
    // A field must not pass for the line's own.
    const name = Object.hasOwn(object, key) ? `field_${key}` : key;
    object[name] = jsonValueOf(value);
    if (hasStacks && value instanceof Error && value.stack !== undefined) object[`${name}_stack`] = value.stack;
  }
  return escapeControls(JSON.stringify(object));
}

function jsonValueOf(value: unknown): unknown {
  if (value instanceof Error) return messageOf(value);
  if (typeof value === "object" && value !== null) return JSON.parse(jsonTextOf(value));
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return quoteIfNeeded(messageOf(value));
  if (typeof value === "string") return quoteIfNeeded(value);
  if (typeof value === "object" && value !== null) return quoteIfNeeded(jsonOf(value));
  return quoteIfNeeded(String(value));
}

function jsonOf(value: object): string {
  const json: unknown = JSON.parse(jsonTextOf(value));
  return typeof json === "string" ? json : JSON.stringify(json);
}

/** A Secret's toJSON gives the string [redacted], alone or inside an object; a value that JSON cannot express is named by its type. */
function jsonTextOf(value: object): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    return JSON.stringify(`[${value.constructor?.name ?? "object"}: ${messageOf(error)}]`);
  }
}

/** The message of an error and of what caused it. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message === "" ? error.name : error.message;
  return error.cause === undefined || error.cause === error ? own : `${own}: ${messageOf(error.cause)}`;
}

/** Plain where a reader can tell the end of the value, else as a JSON string. */
function quoteIfNeeded(text: string): string {
  return /^[^\s"=\p{Cc}\u2028\u2029]+$/u.test(text) ? text : escapeControls(JSON.stringify(text));
}

function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function color(text: string, code: number): string {
  return `\x1b[${code}m${text}\x1b[0m`;
}
