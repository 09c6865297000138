/** Which clusters run native sidecars: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/ */

/** The version from which on init containers that stay are switched on. */
const NATIVE_SIDECARS_SINCE = 29;

/** Whether a cluster of that version (`1.29`, `v1.30.2+k3s1`) runs native sidecars; null when it is no version. */
export function hasNativeSidecars(version: string): boolean | null {
  const [, major, minor] = /^v?(\d{1,3})\.(\d{1,4})(?:[.+-].*)?$/.exec(version.trim()) ?? [];
  if (major === undefined || minor === undefined) return null;
  return Number(major) > 1 || Number(minor) >= NATIVE_SIDECARS_SINCE;
}
