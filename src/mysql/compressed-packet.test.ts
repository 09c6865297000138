import { describe, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import {
  type Compression,
  type CompressionAlgorithm,
  compress,
  newCompression,
  nextPlain,
  takeCompressed,
} from "./compressed-packet.ts";
import { ProtocolError } from "./errors.ts";

const ALGORITHMS: readonly CompressionAlgorithm[] = ["zlib", "zstd"];
const all = (compression: Compression, bytes: Uint8Array) => compress(compression, bytes, 0, bytes.length);
/** The plain bytes of all packets that are whole with `bytes`. */
function decompress(compression: Compression, bytes: Uint8Array): Uint8Array {
  takeCompressed(compression, bytes);
  const parts: Uint8Array[] = [];
  for (let part = nextPlain(compression); part !== null; part = nextPlain(compression)) parts.push(part);
  return Buffer.concat(parts);
}
const bytesOf = (length: number, fill: (i: number) => number) => Uint8Array.from({ length }, (_, i) => fill(i));

for (const algorithm of ALGORITHMS) {
  describe(`${algorithm}: compress() and nextPlain()`, () => {
    test("give the same bytes back, whatever pieces they come in", () => {
      const random = seededRandom(7);
      for (const length of [1, 49, 50, 51, 1000, 100_000]) {
        for (const noise of [false, true]) {
          const plain = bytesOf(length, (i) => (noise ? Math.floor(random() * 256) : i % 7));
          const packets = all(newCompression(algorithm, 0), plain);
          const reader = newCompression(algorithm, 0);
          const parts: Uint8Array[] = [];
          for (let at = 0; at < packets.length; ) {
            const next = Math.min(packets.length, at + 1 + Math.floor(random() * 5000));
            parts.push(decompress(reader, packets.slice(at, next)));
            at = next;
          }
          expect(Buffer.compare(Buffer.concat(parts), plain)).toBe(0);
        }
      }
    });

    test("what is small or does not become smaller is sent as it is", () => {
      const packet = all(
        newCompression(algorithm, 0),
        bytesOf(49, () => 7),
      );
      expect([...packet.subarray(0, 7)]).toEqual([49, 0, 0, 0, 0, 0, 0]);
    });

    test("more than 16 MiB becomes several packets that count up", () => {
      const plain = new Uint8Array(0xffffff + 100);
      const writer = newCompression(algorithm, 0);
      const packets = all(writer, plain);
      expect(writer.sequence).toBe(2);
      expect(decompress(newCompression(algorithm, 0), packets)).toHaveLength(plain.length);
    });

    test("sequence ids go on from what the peer sent last", () => {
      const compression = newCompression(algorithm, 0);
      decompress(compression, Uint8Array.of(1, 0, 0, 41, 0, 0, 0, 9));
      expect(all(compression, Uint8Array.of(1))[3]).toBe(42);
      expect(all(compression, Uint8Array.of(1))[3]).toBe(43);
    });

    test("noise, a truncated packet and one that holds more or less than it says are refused", () => {
      const right = all(
        newCompression(algorithm, 0),
        bytesOf(1000, () => 7),
      );
      const saying = (length: number) => {
        const lie = right.slice();
        lie[4] = length & 0xff;
        lie[5] = length >>> 8;
        return lie;
      };
      const cut = right.slice(0, -2);
      cut[0] = (cut[0] as number) - 2;
      for (const lie of [saying(999), saying(1001), saying(1), cut, Uint8Array.of(4, 0, 0, 0, 9, 0, 0, 1, 2, 3, 4)]) {
        expect(() => decompress(newCompression(algorithm, 0), lie)).toThrow(ProtocolError);
      }
    });
  });
}

test("nextPlain() waits for the end of a packet without looking at every piece of it", () => {
  const compression = newCompression("zlib", 0);
  const packet = all(
    newCompression("zlib", 0),
    bytesOf(300_000, (i) => (i * i) % 251),
  );
  for (let at = 0; at < packet.length - 1; at++)
    expect(decompress(compression, packet.slice(at, at + 1))).toHaveLength(0);
  expect(decompress(compression, packet.slice(-1))).toHaveLength(300_000);
});
