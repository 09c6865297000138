/** Addresses of a host name, asked for once a call: nothing is remembered here. */

/** `ttlMs` is 0 where nothing tells how long they hold, as in a hosts file. */
export interface HostAddresses {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/** The addresses of `name`, best first. Rejects with a reason for people when there are none. */
export type Lookup = (name: string) => Promise<HostAddresses>;

interface Answer {
  readonly address: string;
  readonly ttl: number;
}

/** The machine's own: hosts file, search domains, name servers. */
export const systemLookup: Lookup = async (name) => {
  try {
    // This resolver tells how long an answer holds.
    return toAddresses(await Bun.dns.lookup(name, { backend: "c-ares" }));
  } catch {
    // The C library's also knows what only its plugins know.
    return toAddresses(await Bun.dns.lookup(name, { backend: "getaddrinfo" }));
  }
};

function toAddresses(answers: readonly Answer[]): HostAddresses {
  const seconds = answers.reduce((least, { ttl }) => Math.min(least, ttl), Number.POSITIVE_INFINITY);
  if (answers.length === 0) throw new Error("the name has no address");
  return { addresses: [...new Set(answers.map(({ address }) => address))], ttlMs: seconds * 1000 };
}
