/** Bytes of a client that are no whole command yet. One chunk is nearly always one command: then nothing is copied. */

export interface Inbox {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** The buffer is ours to write into; false while it is the socket layer's chunk. */
  isOwned: boolean;
}

const EMPTY = new Uint8Array(0);

/** An inbox that holds no memory until bytes come. */
export function newInbox(): Inbox {
  return { bytes: EMPTY, start: 0, end: 0, isOwned: false };
}

/** Keeps no chunk alive of which nothing waits. */
export function releaseInbox(inbox: Inbox): void {
  if (inbox.start < inbox.end) return;
  inbox.bytes = EMPTY;
  inbox.start = 0;
  inbox.end = 0;
  inbox.isOwned = false;
}

/** Bytes that wait. */
export function inboxLength(inbox: Inbox): number {
  return inbox.end - inbox.start;
}

/** Adds a chunk behind what waits. An empty inbox takes the chunk as it is. */
export function fillInbox(inbox: Inbox, chunk: Uint8Array): void {
  if (inbox.start === inbox.end) {
    inbox.bytes = chunk;
    inbox.start = 0;
    inbox.end = chunk.length;
    inbox.isOwned = false;
    return;
  }
  const length = inboxLength(inbox);
  const wanted = length + chunk.length;
  const mustMove = !inbox.isOwned || wanted > inbox.bytes.length - inbox.start;
  if (mustMove) {
    const grown = inbox.isOwned && wanted * 2 <= inbox.bytes.length ? inbox.bytes : new Uint8Array(wanted * 2);
    grown.set(inbox.bytes.subarray(inbox.start, inbox.end));
    inbox.bytes = grown;
    inbox.start = 0;
    inbox.end = length;
    inbox.isOwned = true;
  }
  inbox.bytes.set(chunk, inbox.end);
  inbox.end += chunk.length;
}

/**
 * Steps over `length` bytes. When nothing is left the buffer is let go, so that views of it stay valid: the next chunk
 * does not overwrite them.
 */
export function dropInbox(inbox: Inbox, length: number): void {
  inbox.start += length;
  if (inbox.start < inbox.end) {
    // A command that was handed out may still be read by its session: what follows must not be written over it.
    inbox.isOwned = false;
    return;
  }
  releaseInbox(inbox);
}
