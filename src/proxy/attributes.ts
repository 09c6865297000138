/**
 * Connection attributes on their way to databases. Those of a client's library go with the connection that is opened for
 * it, and others share that; those that a client has added are part of its shape, because databases tell them of the session.
 */
import { type AttributesBlock, splitAttributes } from "../mysql/connection-attributes.ts";
import type { Session } from "./session.ts";
import { setShape } from "./shape.ts";

/** Takes over what a client says of itself. @throws ProtocolError when the block is malformed. */
export function takeAttributes({ attributes }: Session, block: AttributesBlock): void {
  const { ofLibrary, own } = splitAttributes(block);
  attributes.ofLibrary = ofLibrary;
  attributes.own = Buffer.from(own).toString("latin1");
}

/** Makes what a client has added part of its shape, now that it has logged in; what the listener has no room for is left out. */
export function admitAttributes(session: Session): void {
  const { listener, attributes, shape } = session;
  const { attributeSets, config } = listener;
  if (attributeSets.size < config.limits.connection_attribute_sets_max) attributeSets.add(attributes.own);
  if (attributeSets.has(attributes.own)) setShape(session, shape.collation);
}
