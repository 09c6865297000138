/** `host:port` as listen_addr has it; an IPv6 host stands in brackets. */

export interface Address {
  host: string;
  port: number;
}

/** Splits `host:port`; null when it is none. The port may be 0: any free one. */
export function parseAddress(written: string): Address | null {
  const parts = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(written);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  return host === undefined || port > 65_535 ? null : { host, port };
}

/** Joins what parseAddress() splits. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether two listeners would want the same socket: an unspecified host takes its port on every address. */
export function isSameSocket(a: Address, b: Address): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  return a.host === b.host || isUnspecified(a.host) || isUnspecified(b.host);
}

function isUnspecified(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
