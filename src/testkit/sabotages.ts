/** What a hostile peer sends in place of a packet; the same for clients and servers. */
import { seededRandom } from "../lib/random.ts";
import type { MeddledPacket, Meddling } from "./meddler.ts";
import { packetsOf } from "./packet-stream.ts";

export type Sabotage = (packet: MeddledPacket) => Meddling;

/** Bytes without meaning, the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** An honest packet with another payload. */
export function instead(payload: Uint8Array): Sabotage {
  return ({ sequence }) => [packetsOf([payload], sequence)];
}

function sayingLength({ bytes }: MeddledPacket, change: (length: number) => number): Uint8Array {
  const lie = bytes.slice();
  const length = change(lie.length - 4);
  lie.set([length & 0xff, (length >>> 8) & 0xff, length >>> 16]);
  return lie;
}

const half = ({ bytes }: MeddledPacket) => bytes.subarray(0, bytes.length >> 1);

/** Ends, silence, and lies about packets. */
export const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "a FIN": () => ["end"],
  "a RST": () => ["reset"],
  "half of it, then a FIN": (packet) => [half(packet), "end"],
  "half of it, then a RST": (packet) => [half(packet), "reset"],
  "half of it, then silence": (packet) => [half(packet), "stall"],
  "it, then a FIN": ({ bytes }) => [bytes, "end"],
  "it, then a RST": ({ bytes }) => [bytes, "reset"],
  silence: () => ["stall"],
  "it, a byte at a time": ({ bytes }) => Array.from(bytes, (byte) => Uint8Array.of(byte)),
  "it, twice": ({ bytes }) => [Buffer.concat([bytes, bytes])],
  "noise in an honest packet": ({ payload, sequence, index }) => [packetsOf([noise(payload.length, index)], sequence)],
  "noise without a header": ({ bytes, index }) => [noise(bytes.length, index)],
  "an empty packet": instead(new Uint8Array(0)),
  "a length of one too few": (packet) => [sayingLength(packet, (length) => length - 1)],
  "a length of one too many": (packet) => [sayingLength(packet, (length) => length + 1)],
  "a length of 16 MiB": (packet) => [sayingLength(packet, () => 0xffffff)],
  "another sequence id": ({ payload, sequence }) => [packetsOf([payload], sequence + 3)],
};
