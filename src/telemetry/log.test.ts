import { describe, expect, test } from "bun:test";
import type { Clock } from "../lib/clock.ts";
import { newSecret } from "../lib/secret.ts";
import { recordingLogger } from "../testkit/log.ts";
import { childLogger, type LoggerOptions, newLogger } from "./log.ts";
import { logLimited, newLogLimit } from "./log-limit.ts";
import { LOG_LEVELS } from "./log-line.ts";

/** A clock that stands still until `now` is set. */
function aClock(): Clock & { now: number } {
  const clock = {
    now: 0,
    monotonicMs: () => clock.now,
    wallMs: () => Date.UTC(2026, 10, 22, 10),
    after: () => () => {},
  };
  return clock;
}

/** What a logger with these options writes when `say` uses it. */
function written(options: Partial<LoggerOptions>, say: (log: ReturnType<typeof newLogger>) => void): string {
  let text = "";
  const stream = {
    write: (part: string) => {
      text += part;
    },
  };
  say(newLogger({ level: "TRACE", stream, clock: aClock(), ...options }));
  return text;
}

describe("newLogger()", () => {
  test("writes time, level, message and fields on one plain line", () => {
    const text = written({}, (log) =>
      log.info("connection refused", { server: "db:3306", attempts: 3, reason: "no route" }),
    );
    expect(text).toBe(
      '2026-11-22T10:00:00.000Z INFO  connection refused server=db:3306 attempts=3 reason="no route"\n',
    );
  });

  test("prints a level and those above it", () => {
    for (const [i, level] of LOG_LEVELS.entries()) {
      const text = written({ level }, (log) => {
        log.trace("m");
        log.debug("m");
        log.info("m");
        log.warn("m");
        log.error("m");
      });
      const levels = text
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(/\s+/)[1]);
      expect(levels).toEqual(LOG_LEVELS.slice(i));
    }
  });

  test("writes equal lines as often as it is told to", () => {
    const text = written({}, (log) => {
      for (let i = 0; i < 20; i += 1) log.warn("again");
    });
    expect(text.split("\n")).toHaveLength(21);
  });

  test("colours on a terminal only, and not with NO_COLOR", () => {
    const warn = (log: ReturnType<typeof newLogger>) => log.warn("m", { a: 1 });
    expect(written({ isTty: true }, warn)).toContain("\x1b[33mWARN \x1b[0m");
    expect(written({ isTty: true, noColor: true }, warn)).not.toContain("\x1b");
    expect(written({ isTty: false }, warn)).not.toContain("\x1b");
  });

  test("prints no secret, alone or inside another value", () => {
    const secret = newSecret("hunter2");
    const text = written({}, (log) => log.info("m", { password: secret, node: { user: "root", password: secret } }));
    expect(text).not.toContain("hunter2");
    expect(text).toContain("password=[redacted]");
    expect(text).toContain('\\"password\\":\\"[redacted]\\"');
  });

  test("lets no value from outside forge a line or steer a terminal", () => {
    const text = written({}, (log) =>
      log.info("user\n\x1b[2J", { user: "a\nERROR forged", host: "x\x9b31m", k: 'a"b' }),
    );
    expect(text.split("\n")).toHaveLength(2);
    expect(text.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('user="a\\nERROR forged"');
    expect(text).toContain('k="a\\"b"');
  });

  test("prints an error with its causes, and its stack when debugging", () => {
    const error = new Error("cannot connect", { cause: new Error("ECONNREFUSED") });
    const say = (log: ReturnType<typeof newLogger>) => log.error("m", { error });
    expect(written({ level: "INFO" }, say)).toEndWith('ERROR m error="cannot connect: ECONNREFUSED"\n');
    expect(written({ level: "DEBUG" }, say)).toContain("error_stack=");
  });

  test("leaves out undefined fields and survives a value that JSON cannot express", () => {
    const ring: { self?: object } = {};
    ring.self = ring;
    const text = written({}, (log) => log.info("m", { absent: undefined, nothing: null, empty: "", ring, big: 12n }));
    expect(text).not.toContain("absent");
    expect(text).toContain('nothing=null empty="" ring="[Object: ');
    expect(text).toEndWith("big=12\n");
  });
});

describe("newLogger() on stderr", () => {
  test("writes JSON, whatever the fields are called and hold", () => {
    const error = new Error("failed", { cause: new Error("refused") });
    const fields = { domain: "a", level: "mine", password: newSecret("hunter2"), error, list: [1], gone: undefined };
    const text = written({ level: "DEBUG", format: "json" }, (log) => {
      log.warn("two\nlines", fields);
      log.setLevel("ERROR");
      log.warn("not printed");
    });
    expect(text.endsWith("\n")).toBe(true);
    const { error_stack: stack, ...line } = JSON.parse(text) as Record<string, unknown>;
    expect(line).toEqual({
      time: "2026-11-22T10:00:00.000Z",
      level: "WARN",
      message: "two\nlines",
      domain: "a",
      field_level: "mine",
      password: "[redacted]",
      error: "failed: refused",
      list: [1],
    });
    expect(String(stack)).toContain("log.test.ts");
  });

  test("lets the process live on when the reader of stderr is gone", () => {
    // Not a loop with await: an error event while the main module is still awaiting does not end the process, later it does.
    const script = `
      import { newLogger } from ${JSON.stringify(`${import.meta.dir}/log.ts`)};
      const log = newLogger({ level: "INFO" });
      let left = 100;
      const timer = setInterval(() => {
        log.info("x".repeat(1000));
        left -= 1;
        if (left > 0) return;
        clearInterval(timer);
        console.log("survived");
      }, 0);`;
    // The right end of the pipe closes at once; descriptor 3 is the way around it for the result.
    const pipe = ["sh", "-c", 'exec 3>&1; "$0" -e "$1" 2>&1 >&3 | true', process.execPath, script];
    expect(Bun.spawnSync(pipe).stdout.toString()).toBe("survived\n");
  });
});

describe("childLogger()", () => {
  test("adds its fields to every line and lets the line's own win", () => {
    const log = recordingLogger();
    const child = childLogger(childLogger(log, { listener: "orders" }), { session: 7 });
    child.info("a");
    child.warn("b", { session: 8 });
    expect(log.lines).toEqual([
      { level: "INFO", message: "a", fields: { listener: "orders", session: 7 } },
      { level: "WARN", message: "b", fields: { listener: "orders", session: 8 } },
    ]);
  });
});

describe("logLimited()", () => {
  test("prints a key once per interval and then says how many lines were left out", () => {
    const clock = aClock();
    const log = recordingLogger();
    const limit = newLogLimit(clock);
    for (let i = 0; i < 100; i += 1) {
      clock.now = i * 30;
      logLimited(limit, log, "warn", "db:3306 refused", "backend refused", { server: "db:3306" });
    }
    expect(log.lines.map((line) => line.fields)).toEqual([
      { server: "db:3306" },
      { server: "db:3306", suppressed: 33 },
      { server: "db:3306", suppressed: 33 },
    ]);
  });

  test("keeps keys apart", () => {
    const log = recordingLogger();
    const limit = newLogLimit(aClock());
    for (const key of ["a", "b", "a", "b"]) logLimited(limit, log, "error", key, key);
    expect(log.lines.map((line) => line.message)).toEqual(["a", "b"]);
  });

  test("remembers no more keys than its limit", () => {
    const limit = newLogLimit(aClock(), 1000, 3);
    const log = recordingLogger();
    for (const key of ["a", "b", "c", "d", "e"]) logLimited(limit, log, "info", key, key);
    expect([...limit.keys.keys()]).toEqual(["c", "d", "e"]);
  });
});
