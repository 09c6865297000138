/** Who says on whose behalf a connection is made, and from where. */

import { addressBytes, formatIpAddress, isInNetworks, parseNetwork } from "../../../lib/network.ts";
import type { Random } from "../../../lib/random.ts";
import { type ProxyHeader, readProxyHeader, writeProxyHeader } from "../../../net/proxy-protocol.ts";
import { below, between, isLucky, noise, pick } from "../chance.ts";
import { must, mustEqual, readGuarded } from "../oracle.ts";
import { refused, type Target, words } from "../target.ts";

const ADDRESSES = ["10.0.0.1", "255.255.255.255", "::1", "fd00::1:2", "::ffff:10.0.0.1", "2001:db8::8:800:200c:417a"];

function someEnds(random: Random) {
  const width = pick(random, [4, 16]);
  return {
    address: formatIpAddress(noise(random, width)),
    port: below(random, 65_536),
    localAddress: formatIpAddress(noise(random, width)),
    localPort: below(random, 65_536),
  };
}

const proxyHeader: Target = {
  name: "proxy-header",
  dictionary: words("PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", "\r\n\r\n\0\r\nQUIT\n", ...ADDRESSES, " 3306"),
  generate(random) {
    const header = writeProxyHeader(
      pick(random, ["v1", "v2"] as const),
      isLucky(random, 0.9) ? someEnds(random) : null,
    );
    return new Uint8Array(Buffer.concat([header, noise(random, between(random, 0, 6))]));
  },
  run(input) {
    const outcome = readGuarded(input, ({ bytes, at, end }) => readProxyHeader(bytes, at, end));
    must(outcome.kind === "read", "a header is told, not thrown");
    const header = outcome.value;
    growsInto(input, header);
    if (header.kind !== "header") return header.kind === "broken" ? brokenClass(header.reason) : header.kind;
    must(header.length <= input.length, "a header is longer than what has come");
    if (header.client === null) return "of nobody";
    const { address, port } = header.client;
    const version = addressBytes(address)?.length === 4 ? "IPv4" : "IPv6";
    for (const written of ["v1", "v2"] as const) {
      const bytes = writeProxyHeader(written, { address, port, localAddress: address, localPort: port });
      const again = readProxyHeader(bytes, 0, bytes.length);
      must(again.kind === "header" && again.length === bytes.length, `${written}: what is written is no header`);
      mustEqual(again.client?.port, port, written);
      mustEqual(addressBytes(again.client?.address ?? ""), addressBytes(address), `${written}: another address`);
    }
    return version;
  },
};

/** Without the line that is quoted at its end. */
function brokenClass(reason: string): string {
  return refused(new Error(reason.replace(/".*/, "")));
}

/** Byte by byte it is incomplete, up to where it is what it is. */
function growsInto(input: Uint8Array, whole: ProxyHeader): void {
  let isDecided = false;
  const step = Math.max(1, input.length >> 7);
  for (let end = 1; end <= input.length; end += step) {
    const header = readProxyHeader(input, 0, end);
    must(!isDecided || header.kind !== "incomplete", "more bytes undo what was decided");
    if (header.kind === "incomplete") continue;
    mustEqual(header.kind, whole.kind, `what was decided after ${end} bytes`);
    isDecided = true;
  }
}

const network: Target = {
  name: "network",
  dictionary: words(...ADDRESSES, "/0", "/8", "/32", "/128", "::", "%eth0", "0x", "."),
  generate: (random) => {
    const address = isLucky(random, 0.5)
      ? pick(random, ADDRESSES)
      : formatIpAddress(noise(random, pick(random, [4, 16])));
    return new TextEncoder().encode(isLucky(random, 0.6) ? `${address}/${below(random, 129)}` : address);
  },
  bytesMax: 200,
  run(input) {
    const text = new TextDecoder().decode(input);
    const read = parseNetwork(text);
    if (read === null) return refused(new Error("no network"));
    must(read.bits >= 0 && read.bits <= read.bytes.length * 8, `${read.bits} bits of ${read.bytes.length} bytes`);
    const [address = ""] = text.split("/");
    must(isInNetworks(address, [read]), "an address is in its own network");
    const canonical = formatIpAddress(read.bytes);
    mustEqual(addressBytes(canonical), read.bytes, "an address that is written reads otherwise");
    must(isInNetworks(canonical, [read]), "an address is in its own network, however it is written");
    return `IPv${read.bytes.length === 4 ? 4 : 6}${read.bits === 0 ? ", all of it" : ""}`;
  },
};

/** Readers of addresses. */
export const NET_TARGETS: readonly Target[] = [proxyHeader, network];
