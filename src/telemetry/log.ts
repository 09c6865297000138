/** What pisanix says while it runs. Lines go to stderr, results of commands do not pass here. The one door to consola. */
import { createConsola } from "consola/core";
import { type Clock, systemClock } from "../lib/clock.ts";
import { formatJsonLine, formatLine, type LogFields, type LogLevel } from "./log-line.ts";

/** A plain interface, so that a test passes one that records. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger whose level may change. */
export interface LeveledLogger extends Logger {
  setLevel(level: LogLevel): void;
}

/** How a line looks: for people, or as a JSON object. */
export type LogFormat = "text" | "json";

/** Where lines go; a part of what `process.stderr` is. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface LoggerOptions {
  /** The least important level that is printed. */
  level: LogLevel;
  /** Default: text. */
  format?: LogFormat;
  /** Default: stderr. */
  stream?: LogStream;
  /** Default: what the stream says. */
  isTty?: boolean;
  /** The user set NO_COLOR. */
  noColor?: boolean;
  clock?: Clock;
}

/** consola's numbers for our levels. */
const CONSOLA_LEVELS = { ERROR: 0, WARN: 1, INFO: 3, DEBUG: 4, TRACE: 5 } as const;
const LEVEL_NAMES: Readonly<Record<string, LogLevel>> = {
  error: "ERROR",
  warn: "WARN",
  info: "INFO",
  debug: "DEBUG",
  trace: "TRACE",
};

/** A logger that writes one line per message: time, level, message, fields as `key=value`; coloured on a terminal only. */
export function newLogger(options: LoggerOptions): LeveledLogger {
  const stream: LogStream = options.stream ?? stderrThatMayClose();
  const isColored = (options.isTty ?? stream.isTTY === true) && options.noColor !== true;
  const clock = options.clock ?? systemClock;
  const consola = createConsola({
    level: CONSOLA_LEVELS[options.level],
    // consola's own throttle compares whole lines and would swallow equal messages; LogLimit does it by key.
    throttle: 0,
    reporters: [
      {
        log(entry) {
          const level = LEVEL_NAMES[entry.type] ?? "INFO";
          const line = { level, message: String(entry.args[0]), fields: entry.args[1] as LogFields | undefined };
          const hasStacks = consola.level >= CONSOLA_LEVELS.DEBUG;
          const text =
            options.format === "json"
              ? formatJsonLine(line, clock.wallMs(), hasStacks)
              : formatLine(line, clock.wallMs(), isColored, hasStacks);
          stream.write(`${text}\n`);
        },
      },
    ],
  });
  return {
    trace: (message, fields) => consola.trace(message, fields),
    debug: (message, fields) => consola.debug(message, fields),
    info: (message, fields) => consola.info(message, fields),
    warn: (message, fields) => consola.warn(message, fields),
    error: (message, fields) => consola.error(message, fields),
    setLevel(level) {
      consola.level = CONSOLA_LEVELS[level];
    },
  };
}

/** Without a listener a closed stderr (EPIPE) ends the process: losing the reader of the log must not lose the sessions. */
function stderrThatMayClose(): LogStream {
  if (!process.stderr.listeners("error").includes(ignoreError)) process.stderr.on("error", ignoreError);
  return process.stderr;
}

function ignoreError(): void {}

/** A logger whose every line also bears `fields`; a line's own fields win. */
export function childLogger(log: Logger, fields: LogFields): Logger {
  return {
    trace: (message, own) => log.trace(message, { ...fields, ...own }),
    debug: (message, own) => log.debug(message, { ...fields, ...own }),
    info: (message, own) => log.info(message, { ...fields, ...own }),
    warn: (message, own) => log.warn(message, { ...fields, ...own }),
    error: (message, own) => log.error(message, { ...fields, ...own }),
  };
}
