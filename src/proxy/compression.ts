/** The compressed protocol towards a client that asked for it; backends are never compressed. */
import { CLIENT_COMPRESS, CLIENT_ZSTD_COMPRESSION_ALGORITHM } from "../mysql/capabilities.ts";
import { compress, newCompression, nextPlain, takeCompressed } from "../mysql/compressed-packet.ts";
import { decodeSoon } from "../net/transport.ts";
import { dropInbox } from "./inbox.ts";
import type { Session } from "./session.ts";

/** From here on, behind the OK of its log-in, the client's bytes are compressed both ways. zlib wins where it asks for both. */
export function startCompression(session: Session): void {
  const { capabilities, wire, inbox } = session;
  const isZlib = (capabilities & CLIENT_COMPRESS) !== 0;
  if (!isZlib && (capabilities & CLIENT_ZSTD_COMPRESSION_ALGORITHM) === 0) return;
  const compression = newCompression(isZlib ? "zlib" : "zstd", session.zstdLevel);
  wire.codec = {
    encode: (bytes, start, end) => compress(compression, bytes, start, end),
    take: (bytes) => takeCompressed(compression, bytes),
    next: () => nextPlain(compression),
  };
  // A client that did not wait for the OK has sent compressed bytes already.
  const early = inbox.bytes.slice(inbox.start, inbox.end);
  dropInbox(inbox, early.length);
  takeCompressed(compression, early);
  decodeSoon(wire);
}
