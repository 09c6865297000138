/** `pisanix` as a process of its own, from its sources: started, listened to, stopped. */
import { join } from "node:path";
import { childEnvironment } from "./environment.ts";
import { eventually } from "./eventually.ts";
import { REPOSITORY } from "./paths.ts";

export interface PisanixProcess {
  readonly child: Bun.Subprocess;
  /** What it has written to stderr so far. */
  log(): string;
  /** Resolves with the match when its log has something like `pattern`. @throws Error with the log when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
}

/** Runs `pisanix` with these words, and `environment` besides that of the test. */
export function startPisanix(argv: readonly string[], environment: Record<string, string> = {}): PisanixProcess {
  const child = Bun.spawn([process.execPath, join(REPOSITORY, "cmd", "main.ts"), ...argv], {
    cwd: REPOSITORY,
    env: childEnvironment({ PISANIX_DEBUG: "", ...environment }),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  let log = "";
  let isOver = false;
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stderr) log += decoder.decode(bytes, { stream: true });
    isOver = true;
  };
  void read();
  return {
    child,
    log: () => log,
    async said(pattern) {
      await eventually(() => isOver || pattern.test(log));
      const found = pattern.exec(log);
      if (found === null) throw new Error(`pisanix ended without saying ${pattern}:\n${log}`);
      return found;
    },
    async stop() {
      child.kill("SIGTERM");
      return child.exited;
    },
  };
}
