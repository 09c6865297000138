/** The most memory that a process has had at once. */
import { readFile, writeFile } from "node:fs/promises";

/** Forgets what the peak was until now. */
const RESET_PEAK = "5";

export interface Peak {
  beforeBytes: number;
  peakBytes: number;
}

/** Runs `work`, and says what the process `pid` had resident before and at most meanwhile. */
export async function peakDuring(pid: number, work: () => Promise<unknown>): Promise<Peak> {
  await writeFile(`/proc/${pid}/clear_refs`, RESET_PEAK);
  const beforeBytes = await statusBytes(pid, "VmRSS");
  await work();
  return { beforeBytes, peakBytes: await statusBytes(pid, "VmHWM") };
}

async function statusBytes(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
}
