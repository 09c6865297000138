/** How many cores a limit amounts to. */

/**
 * The smaller of `cores` and of a container's CPU limit, rounded up. `cpuMax` is what the kernel says of it
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files): "QUOTA PERIOD" in microseconds, "max PERIOD"
 * without a limit; "" where it says nothing.
 */
export function coresWithin(cores: number, cpuMax: string): number {
  const [quota = "", period = ""] = cpuMax.trim().split(" ");
  const limit = Number(quota) / Number(period);
  return Number.isFinite(limit) && limit > 0 ? Math.min(cores, Math.ceil(limit)) : cores;
}
