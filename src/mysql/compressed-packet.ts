/**
 * The compressed protocol: packets of plain packets, zlib or zstd. What one of them holds need not be whole plain packets.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression.html
 */
import { constants, deflateSync, inflateSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ProtocolError } from "./errors.ts";
import { payloadLengthAt, sequenceAt } from "./packet.ts";

export type CompressionAlgorithm = "zlib" | "zstd";

const HEADER_BYTES = 7;
const PAYLOAD_MAX = 0xffffff;
/** Less than this is sent as it is, as the servers do. */
const COMPRESS_BYTES_MIN = 50;
const ZSTD_LEVEL_DEFAULT = 3;
const ZSTD_LEVEL_MAX = 22;

/** One side of a compressed connection. */
export interface Compression {
  readonly algorithm: CompressionAlgorithm;
  /** Of zstd. */
  readonly level: number;
  /** Of the next packet to be sent; counts on from what the peer sent last. */
  sequence: number;
  /** Bytes of the peer that were not read; those of the first array from `restAt` on. */
  readonly rest: Uint8Array[];
  restAt: number;
  restBytes: number;
  /** So many must be there before it is worth looking. */
  wantedBytes: number;
}

/** Begins behind the OK of a log-in. `level` is the zstd level that the client asked for; one that does not exist is the default. */
export function newCompression(algorithm: CompressionAlgorithm, level: number): Compression {
  const isLevel = level >= 1 && level <= ZSTD_LEVEL_MAX;
  return {
    algorithm,
    level: isLevel ? level : ZSTD_LEVEL_DEFAULT,
    sequence: 0,
    rest: [],
    restAt: 0,
    restBytes: 0,
    wantedBytes: HEADER_BYTES,
  };
}

/** [start, end) of `bytes` as packets to be sent: fresh bytes, so the argument may be reused. */
export function compress(compression: Compression, bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start <= PAYLOAD_MAX) return onePacket(compression, bytes, start, end);
  const packets: Uint8Array[] = [];
  for (let at = start; at < end; at += PAYLOAD_MAX) {
    packets.push(onePacket(compression, bytes, at, Math.min(end, at + PAYLOAD_MAX)));
  }
  return Buffer.concat(packets);
}

function onePacket(compression: Compression, bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  const plain = bytes.subarray(start, end);
  const packed = length < COMPRESS_BYTES_MIN ? plain : pack(compression, plain);
  const isSmaller = packed.length < length;
  const payload = isSmaller ? packed : plain;
  const packet = new Uint8Array(HEADER_BYTES + payload.length);
  writeUint24(packet, 0, payload.length);
  packet[3] = compression.sequence++ & 0xff;
  writeUint24(packet, 4, isSmaller ? length : 0); // 0: not compressed
  packet.set(payload, HEADER_BYTES);
  return packet;
}

/** Takes bytes of the peer, which nextPlain() reads; they must not change. */
export function takeCompressed(compression: Compression, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  compression.rest.push(bytes);
  compression.restBytes += bytes.length;
}

/**
 * The plain bytes of the next packet, null when it is not whole. One at a time: a few hundred bytes may stand for 16 MiB,
 * and a segment holds many packets. The result does not share memory with what was taken.
 * @throws ProtocolError for what is not compressed as it says.
 */
export function nextPlain(compression: Compression): Uint8Array | null {
  if (compression.restBytes < compression.wantedBytes) return null;
  const all = joinRest(compression);
  const at = compression.restAt;
  const payloadAt = at + HEADER_BYTES;
  const end = payloadAt + payloadLengthAt(all, at);
  compression.wantedBytes = end - at;
  if (end > all.length) return null;
  compression.sequence = sequenceAt(all, at) + 1;
  const plain = unpack(compression, all.subarray(payloadAt, end), payloadLengthAt(all, at + 4));
  compression.wantedBytes = HEADER_BYTES;
  compression.restAt = end;
  compression.restBytes -= end - at;
  if (compression.restBytes === 0) {
    compression.rest.length = 0;
    compression.restAt = 0;
  }
  return plainArray(plain);
}

/** What is left as one array. */
function joinRest(compression: Compression): Uint8Array {
  const { rest, restAt } = compression;
  const [first, ...others] = rest as [Uint8Array, ...Uint8Array[]];
  if (others.length === 0) return first;
  const all = Buffer.concat([first.subarray(restAt), ...others]);
  rest.length = 0;
  rest.push(all);
  compression.restAt = 0;
  return all;
}

/** No Buffer, whose slice() is no copy. */
function plainArray(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function pack({ algorithm, level }: Compression, plain: Uint8Array): Uint8Array {
  if (algorithm === "zlib") return deflateSync(plain);
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

function unpack({ algorithm }: Compression, payload: Uint8Array, length: number): Uint8Array {
  if (length === 0) return new Uint8Array(payload);
  const options = { maxOutputLength: length };
  let plain: Uint8Array;
  try {
    plain = algorithm === "zlib" ? inflateSync(payload, options) : zstdDecompressSync(payload, options);
  } catch (cause) {
    throw new ProtocolError(`a compressed packet cannot be read as ${algorithm}: ${String(cause)}`);
  }
  if (plain.length === length) return plain;
  throw new ProtocolError(`a compressed packet holds ${plain.length} bytes where it says ${length}`);
}

function writeUint24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 0xff;
  bytes[at + 1] = (value >>> 8) & 0xff;
  bytes[at + 2] = value >>> 16;
}
