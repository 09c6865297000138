/** Hosts that rules ask about. */

/** True of a host to which nothing crosses a network. */
export function isSameHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
