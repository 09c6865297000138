/** The compressed protocol: there and back, in pieces, and packets that lie about what they hold. */
import {
  type CompressionAlgorithm,
  compress,
  newCompression,
  nextPlain,
  takeCompressed,
} from "../../../mysql/compressed-packet.ts";
import { below, between, isLucky, noise, pick, someLength } from "../chance.ts";
import { attempt, classOf, must, mustEqual, randomOf, randomPieces } from "../oracle.ts";
import type { Target } from "../target.ts";

const PLAIN_MAX = 0xffffff;

function decompressed(algorithm: CompressionAlgorithm, pieces: readonly Uint8Array[]): Uint8Array {
  const compression = newCompression(algorithm, 3);
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    takeCompressed(compression, piece);
    for (let part = nextPlain(compression); part !== null; part = nextPlain(compression)) parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function compressedTarget(algorithm: CompressionAlgorithm): Target {
  return {
    name: `compressed-${algorithm}`,
    generate(random) {
      const compression = newCompression(algorithm, between(random, 0, 3));
      const packets = Array.from({ length: between(random, 1, 4) }, () => {
        const length = someLength(random, 70_000);
        const plain = isLucky(random, 0.5) ? new Uint8Array(length).fill(below(random, 256)) : noise(random, length);
        return compress(compression, plain, 0, plain.length);
      });
      return new Uint8Array(Buffer.concat(packets));
    },
    run(input) {
      const random = randomOf(input);
      const sent = compress(newCompression(algorithm, pick(random, [0, 1, 3])), input, 0, input.length);
      mustEqual(decompressed(algorithm, randomPieces(random, sent)), input, "what was compressed comes back otherwise");
      const whole = attempt(() => decompressed(algorithm, [input]));
      const split = attempt(() => decompressed(algorithm, randomPieces(random, input)));
      mustEqual(split.kind, whole.kind, "pieces change whether it can be read");
      if (whole.kind === "read" && split.kind === "read")
        mustEqual(split.value, whole.value, "pieces change what is read");
      if (whole.kind === "read")
        must(whole.value.length <= PLAIN_MAX * (input.length / 7), "more than its packets say");
      return classOf(whole, (plain) => (plain.length === 0 ? "nothing yet" : "plain bytes"));
    },
  };
}

/** Both algorithms. */
export const COMPRESSED_TARGETS: readonly Target[] = [compressedTarget("zlib"), compressedTarget("zstd")];
