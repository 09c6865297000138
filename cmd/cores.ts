/** How many cores this process may use. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { coresWithin } from "../src/lib/cores.ts";

const CPU_MAX_FILE = "/sys/fs/cgroup/cpu.max";

/** The cores of the machine that this process may run on, or what its container's limit amounts to. */
export function coresOf(): number {
  return coresWithin(availableParallelism(), cpuMax());
}

function cpuMax(): string {
  try {
    return readFileSync(CPU_MAX_FILE, "utf8");
  } catch {
    return ""; // no container, or an older kernel
  }
}
