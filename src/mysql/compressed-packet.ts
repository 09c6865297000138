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
  /** Bytes of the peer that are no whole packet yet, and how many must be there before it is worth looking. */
  rest: Uint8Array[];
  restBytes: number;
  wantedBytes: number;
}

const NOTHING = new Uint8Array(0);

/** Begins behind the OK of a log-in. `level` is the zstd level that the client asked for; one that does not exist is the default. */
export function newCompression(algorithm: CompressionAlgorithm, level: number): Compression {
  const isLevel = level >= 1 && level <= ZSTD_LEVEL_MAX;
  return {
    algorithm,
    level: isLevel ? level : ZSTD_LEVEL_DEFAULT,
    sequence: 0,
    rest: [],
    restBytes: 0,
    wantedBytes: 0,
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

/**
 * The plain bytes of the packets that are whole with `bytes`, which is kept as far as it is not. The result does not share
 * memory with it.
 * @throws ProtocolError for what is not compressed as it says.
 */
export function decompress(compression: Compression, bytes: Uint8Array): Uint8Array {
  const { rest } = compression;
  if (rest.length > 0 && compression.restBytes + bytes.length < compression.wantedBytes) {
    keep(compression, bytes);
    return NOTHING;
  }
  const all = rest.length === 0 ? bytes : Buffer.concat([...rest, bytes]);
  const parts: Uint8Array[] = [];
  let at = 0;
  compression.wantedBytes = HEADER_BYTES;
  while (all.length - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + payloadLengthAt(all, at);
    compression.wantedBytes = end - at;
    if (end > all.length) break;
    compression.sequence = sequenceAt(all, at) + 1;
    parts.push(unpack(compression, all.subarray(at + HEADER_BYTES, end), payloadLengthAt(all, at + 4)));
    compression.wantedBytes = HEADER_BYTES;
    at = end;
  }
  rest.length = 0;
  compression.restBytes = 0;
  if (at < all.length) keep(compression, all.subarray(at));
  return plainArray(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts));
}

/** No Buffer, whose slice() is no copy. */
function plainArray(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function keep(compression: Compression, bytes: Uint8Array): void {
  compression.rest.push(bytes);
  compression.restBytes += bytes.length;
}

function pack({ algorithm, level }: Compression, plain: Uint8Array): Uint8Array {
  if (algorithm === "zlib") return deflateSync(plain);
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: level } });
}

function unpack({ algorithm }: Compression, payload: Uint8Array, length: number): Uint8Array {
  if (length === 0) return payload.slice();
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
