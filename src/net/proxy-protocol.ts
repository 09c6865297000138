/**
 * The PROXY protocol: whoever connects on somebody else's behalf says first for whom. Version 1 is a line of text, version
 * 2 is binary. https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
 */
import { isIP } from "node:net";
import { addressBytes, formatIpAddress } from "../lib/network.ts";

export type ProxyProtocolVersion = "v1" | "v2";

/** Both ends of a connection. Addresses are of one IP version. */
export interface ConnectionEnds {
  address: string;
  port: number;
  localAddress: string;
  localPort: number;
}

/** What stands at the start of a connection. `length` bytes belong to the header; `client` is null when it names nobody. */
export type ProxyHeader =
  | { kind: "none" }
  | { kind: "incomplete" }
  | { kind: "broken"; reason: string }
  | { kind: "header"; length: number; client: { address: string; port: number } | null };

const V1_PREFIX = Buffer.from("PROXY ");
const V1_BYTES_MAX = 107;
const V2_SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const V2_HEAD_BYTES = 16;
/** Addresses and a few extensions; the protocol itself would allow 64 KiB. */
const V2_BODY_BYTES_MAX = 4096;
const V2_LOCAL = 0x20;
const V2_PROXY = 0x21;
const V2_TCP4 = 0x11;
const V2_TCP6 = 0x21;

/** Reads a header of either version at `start`; "incomplete" while more bytes may make one. */
export function readProxyHeader(bytes: Uint8Array, start: number, end: number): ProxyHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (startsLike(view, V1_PREFIX)) return readV1(view);
  if (startsLike(view, V2_SIGNATURE)) return readV2(view);
  return { kind: "none" };
}

/** True when `view` begins with `prefix`, as far as it goes. */
function startsLike(view: Buffer, prefix: Buffer): boolean {
  const length = Math.min(view.length, prefix.length);
  return length > 0 && view.compare(prefix, 0, length, 0, length) === 0;
}

function readV1(view: Buffer): ProxyHeader {
  const lineEnd = view.indexOf("\r\n");
  if (lineEnd < 0 && view.length < V1_BYTES_MAX) return { kind: "incomplete" };
  if (lineEnd < 0 || lineEnd > V1_BYTES_MAX - 2) return { kind: "broken", reason: "its line does not end in time" };
  const length = lineEnd + 2;
  const line = view.toString("latin1", 0, lineEnd);
  const [, family = "", address = "", , port = "", ...rest] = line.split(" ");
  if (family === "UNKNOWN") return { kind: "header", length, client: null };
  const version = family === "TCP4" ? 4 : family === "TCP6" ? 6 : 0;
  const isWhole = version !== 0 && isIP(address) === version && isPort(port) && rest.length === 1;
  if (!isWhole) return { kind: "broken", reason: `its line is ${JSON.stringify(line)}` };
  return { kind: "header", length, client: { address, port: Number(port) } };
}

function isPort(written: string): boolean {
  return /^\d{1,5}$/.test(written) && Number(written) <= 0xffff;
}

function readV2(view: Buffer): ProxyHeader {
  if (view.length < V2_HEAD_BYTES) return { kind: "incomplete" };
  const command = view[12] as number;
  const family = view[13] as number;
  const bodyBytes = view.readUInt16BE(14);
  const length = V2_HEAD_BYTES + bodyBytes;
  if (bodyBytes > V2_BODY_BYTES_MAX) return { kind: "broken", reason: `it says ${bodyBytes} bytes follow` };
  if (command !== V2_LOCAL && command !== V2_PROXY) {
    return { kind: "broken", reason: `0x${command.toString(16)} is no version and command of it` };
  }
  if (view.length < length) return { kind: "incomplete" };
  const width = family === V2_TCP4 ? 4 : family === V2_TCP6 ? 16 : 0;
  if (command === V2_LOCAL || width === 0) return { kind: "header", length, client: null };
  if (bodyBytes < width * 2 + 4) return { kind: "broken", reason: "its addresses are cut off" };
  const address = formatIpAddress(view.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + width));
  const port = view.readUInt16BE(V2_HEAD_BYTES + width * 2);
  return { kind: "header", length, client: { address, port } };
}

/** The header for a connection on behalf of `ends`; null is the sender itself. */
export function writeProxyHeader(version: ProxyProtocolVersion, ends: ConnectionEnds | null): Uint8Array {
  const from = ends === null ? null : addressBytes(ends.address);
  const to = ends === null ? null : addressBytes(ends.localAddress);
  const isTold = ends !== null && from !== null && to !== null && from.length === to.length;
  if (version === "v1") {
    if (!isTold) return Buffer.from("PROXY UNKNOWN\r\n");
    const [client, server] = [formatIpAddress(from), formatIpAddress(to)];
    const family = from.length === 4 ? "TCP4" : "TCP6";
    return Buffer.from(`PROXY ${family} ${client} ${server} ${ends.port} ${ends.localPort}\r\n`);
  }
  if (!isTold) return Buffer.concat([V2_SIGNATURE, Buffer.from([V2_LOCAL, 0, 0, 0])]);
  const body = Buffer.concat([from, to, Buffer.alloc(4)]);
  body.writeUInt16BE(ends.port, body.length - 4);
  body.writeUInt16BE(ends.localPort, body.length - 2);
  const head = Buffer.from([V2_PROXY, from.length === 4 ? V2_TCP4 : V2_TCP6, 0, body.length]);
  return Buffer.concat([V2_SIGNATURE, head, body]);
}
