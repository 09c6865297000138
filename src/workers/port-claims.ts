/** The ports that workers share, kept from other processes by the main thread: see net/claim.ts. */
import type { ListenerConfig, ProxyConfig } from "../api/proxy-config.ts";
import { parseAddress } from "../lib/address.ts";
import { assert } from "../lib/assert.ts";
import { type Claim, claimAddress } from "../net/claim.ts";
import { continuedListeners } from "../proxy/config-change.ts";
import { cannotListen } from "../proxy/port.ts";

/** One for each listener, in the order of the configuration. */
export type PortClaims = readonly Claim[];

/**
 * Claims the ports of `after`; those that `before` has are not claimed again.
 * @throws Error that names listener and address when a port is somebody else's; then nothing has been claimed.
 */
export function claimPorts(claims: PortClaims, before: ProxyConfig | null, after: ProxyConfig): PortClaims {
  const old = before?.proxy.config ?? [];
  const continued = continuedListeners(old, after.proxy.config);
  const made: Claim[] = [];
  try {
    return after.proxy.config.map((listener, index) => {
      const from = continued[index] ?? null;
      const isSame = from !== null && old[from]?.listen_addr === listener.listen_addr;
      const kept = isSame ? claims[from] : claims[old.findIndex((other) => isSamePort(other, listener))];
      if (kept !== undefined) return kept;
      const claim = claimPort(listener, [...claims, ...made]);
      made.push(claim);
      return claim;
    });
  } catch (error) {
    for (const claim of made) claim.release();
    throw error;
  }
}

function claimPort({ name, listen_addr }: ListenerConfig, known: readonly Claim[]): Claim {
  const address = parseAddress(listen_addr);
  assert(address !== null, "the configuration has been checked");
  try {
    return claimAddress(
      address,
      known.some(({ port }) => port === address.port),
    );
  } catch (cause) {
    throw cannotListen({ name, written: listen_addr, kind: "tcp" }, cause);
  }
}

/** Port 0 is another one for each. */
function isSamePort(left: ListenerConfig, right: ListenerConfig): boolean {
  return left.listen_addr === right.listen_addr && !left.listen_addr.endsWith(":0");
}

/** The configuration with the ports that were found for port 0: all workers listen on the same ones. */
export function withPorts(config: ProxyConfig, claims: PortClaims): ProxyConfig {
  const listeners = config.proxy.config.map((listener, index) => {
    const { listen_addr } = listener;
    const port = claims[index]?.port ?? 0;
    return { ...listener, listen_addr: listen_addr.replace(/:0$/, `:${port}`) };
  });
  return { ...config, proxy: { ...config.proxy, config: listeners } };
}

/** `claims` count from now on; those of `before` that are not among them are given up. */
export function keepPorts(claims: PortClaims, before: PortClaims): PortClaims {
  releasePorts(before, claims);
  return claims;
}

/** Gives up those of `claims` that are not among `kept`. */
export function releasePorts(claims: PortClaims, kept: PortClaims): void {
  for (const claim of claims) if (!kept.includes(claim)) claim.release();
}
