/**
 * Connection attributes on their way to databases. Those of a client's library go with the connection that is opened for
 * it, and others share that; those that a client has added are part of its shape, because databases tell them of the session.
 */
import { type AttributesBlock, readAttributes, splitAttributes } from "../mysql/connection-attributes.ts";
import type { Session } from "./session.ts";
import { setShape } from "./shape.ts";

/** Attributes that no client has logged in with for so long make room for others. */
const UNUSED_MS = 60_000;

/** Takes over what a client says of itself. @throws ProtocolError when the block is malformed. */
export function takeAttributes({ attributes }: Session, block: AttributesBlock): void {
  const { ofLibrary, own } = splitAttributes(block);
  attributes.ofLibrary = ofLibrary;
  attributes.own = Buffer.from(own).toString("latin1");
}

/**
 * True of a client whose library answers COM_CHANGE_USER by mysql_native_password with the scramble that it knows, whatever
 * it is asked: libmariadb.
 */
export function keepsScramble({ attributes }: Session): boolean {
  return readAttributes(attributes.ofLibrary).some(
    ([name, value]) => name === "_client_name" && value === "libmariadb",
  );
}

/** Makes what a client has added part of its shape, now that it has logged in; what the listener has no room for is left out. */
export function admitAttributes(session: Session): void {
  const { listener, attributes, shape } = session;
  const { attributeSets, clock, config } = listener;
  const now = clock.monotonicMs();
  if (!attributeSets.has(attributes.own)) {
    const { connection_attribute_sets_max: setsMax } = config.limits;
    if (attributeSets.size >= setsMax) forgetUnused(attributeSets, now);
    if (attributeSets.size >= setsMax) return;
  }
  attributeSets.set(attributes.own, now);
  setShape(session, shape.collation);
}

/** Clients that have a set of their own each are not to have the pool's connections replaced by the second. */
function forgetUnused(attributeSets: Map<string, number>, now: number): void {
  for (const [own, sinceMs] of attributeSets) if (now - sinceMs >= UNUSED_MS) attributeSets.delete(own);
}
