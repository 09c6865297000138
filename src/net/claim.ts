/**
 * An address that several event loops of this process listen on. The kernel lets every process of the same user share a
 * port with those that share it (SO_REUSEPORT) and gives it a part of the connections, without a word. A claim keeps others
 * out: the port is tried without sharing, and where the system has names for sockets that need no file, one is held.
 */
import type { Address } from "./transport.ts";

export interface Claim {
  readonly host: string;
  /** Free for the event loops that are to share it. */
  readonly port: number;
  /** The address may be somebody else's. */
  release(): void;
}

/**
 * Claims `address`; port 0 is a free one. Nobody listens there yet: that is for those who share it. `isOurs` says that this
 * process listens on the port already, on other addresses of the machine; then it cannot be tried.
 * @throws Error with the kernel's code when somebody else has it.
 */
export function claimAddress({ host, port }: Address, isOurs: boolean): Claim {
  const held = port === 0 ? null : holdName(host, port);
  try {
    if (isOurs) return { host, port, release: () => held?.stop(true) };
    const tried = Bun.listen({ hostname: host, port, socket: { data() {} } });
    const found = tried.port;
    tried.stop(true);
    const name = held ?? holdName(host, found);
    return { host, port: found, release: () => name?.stop(true) };
  } catch (error) {
    held?.stop(true);
    throw error;
  }
}

/** A socket by whose name other processes see that the address is taken. It ends with this process, however that ends. */
function holdName(host: string, port: number): { stop(closeActive: boolean): void } | null {
  if (process.platform !== "linux") return null;
  const socket: Bun.SocketHandler = { open: (found) => void found.end(), data() {} };
  return Bun.listen({ unix: `\0pisanix ${host}:${port}`, socket });
}
