/** A logger that keeps what it is told, for tests that look at it. */
import type { Logger } from "../telemetry/log.ts";
import type { LogFields, LogLevel, LogLine } from "../telemetry/log-line.ts";

export interface RecordingLogger extends Logger {
  /** Every line so far, oldest first. */
  readonly lines: LogLine[];
}

/** A logger of every level that prints nothing. */
export function recordingLogger(): RecordingLogger {
  const lines: LogLine[] = [];
  const keep = (level: LogLevel) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    trace: keep("TRACE"),
    debug: keep("DEBUG"),
    info: keep("INFO"),
    warn: keep("WARN"),
    error: keep("ERROR"),
  };
}
