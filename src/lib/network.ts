/** Networks as configuration writes them, `10.0.0.0/8` or `fd00::/8`, and whether an address is in one. */
import { isIP } from "node:net";

/** The bits of an address that a network fixes. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

const BITS_OF_VERSION: Readonly<Record<number, number>> = { 4: 32, 6: 128 };
/** ::ffff:0:0/96, under which sockets for both versions show IPv4 addresses. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Reads `address/bits`, or a single address; null when it is neither. */
export function parseNetwork(written: string): Network | null {
  const [address = "", bits, ...rest] = written.split("/");
  const bytes = addressBytes(address);
  if (bytes === null || rest.length > 0) return null;
  const all = BITS_OF_VERSION[isIP(address)] ?? 0;
  if (bits === undefined) return { bytes, bits: bytes.length * 8 };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > all) return null;
  // Of an IPv4 address that is mapped the first 96 bits are always the same.
  return { bytes, bits: Math.max(0, bytes.length * 8 - all + Number(bits)) };
}

/** An address as it is usually written: an IPv4 address that is mapped into IPv6 as itself. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  );
  // The URL parser knows which zeros to leave out.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** True when `address` is in one of `networks`; text that is no address is in none. */
export function isInNetworks(address: string, networks: readonly Network[]): boolean {
  if (networks.length === 0) return false;
  const bytes = addressBytes(address);
  return bytes !== null && networks.some((network) => startsAlike(bytes, network));
}

function startsAlike(bytes: Uint8Array, { bytes: prefix, bits }: Network): boolean {
  if (bytes.length !== prefix.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== prefix[i]) return false;
  const mask = 0xff00 >> (bits & 7);
  return (((bytes[whole] ?? 0) ^ (prefix[whole] ?? 0)) & mask & 0xff) === 0;
}

/** The four bytes of an IPv4 address, mapped or not, or the sixteen of an IPv6 one; null for anything else. */
export function addressBytes(address: string): Uint8Array | null {
  switch (isIP(address)) {
    case 4:
      return Uint8Array.from(address.split("."), Number);
    case 6: {
      const bytes = ipv6Bytes(address.replace(/%.*$/, ""));
      return MAPPED.every((byte, i) => bytes[i] === byte) ? bytes.subarray(MAPPED.length) : bytes;
    }
    default:
      return null;
  }
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = "", tail] = address.split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<number>(zeros).fill(0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Sixteen bits each; an IPv4 address at the end is two of them. */
function groupsOf(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
