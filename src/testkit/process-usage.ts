/** What a process has used, from /proc: all its threads, and its children. */
import { readdir, readFile } from "node:fs/promises";

/** USER_HZ, the unit of /proc/PID/stat; 100 on every Linux that we run on (getconf CLK_TCK). */
const TICK_MS = 10;

export interface ProcessUsage {
  userMs: number;
  systemMs: number;
  rssBytes: number;
}

/** The usage of `pid` and its descendants since they started. */
export async function readUsage(pid: number): Promise<ProcessUsage> {
  const own = parseUsage(await readFile(`/proc/${pid}/stat`, "utf8"), await readFile(`/proc/${pid}/status`, "utf8"));
  for (const child of await childrenOf(pid)) {
    const usage = await readUsage(child);
    own.userMs += usage.userMs;
    own.systemMs += usage.systemMs;
    own.rssBytes += usage.rssBytes;
  }
  return own;
}

/** Reads the texts of /proc/PID/stat and /proc/PID/status. The name in stat may contain blanks and brackets. */
export function parseUsage(stat: string, status: string): ProcessUsage {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const rss = status.match(/^VmRSS:\s+(\d+) kB$/m);
  return {
    userMs: Number(fields[11]) * TICK_MS,
    systemMs: Number(fields[12]) * TICK_MS,
    rssBytes: Number(rss?.[1] ?? 0) * 1024,
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "");
    children.push(...text.split(" ").filter(Boolean).map(Number));
  }
  return children;
}
