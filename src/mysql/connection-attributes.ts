/** Connection attributes: names and values that a client tells of itself. https://dev.mysql.com/doc/refman/9.7/en/performance-schema-connection-attribute-tables.html */
import { type Cursor, readLenencText } from "./cursor.ts";
import { newWriter, writeLenencText, writtenBytes } from "./writer.ts";

/** As they stand in a packet: each name and each value a string<lenenc>. */
export type AttributesBlock = Uint8Array;

export const NO_ATTRIBUTES: AttributesBlock = new Uint8Array(0);

/** Names and values. @throws ProtocolError when a length points past the block, or a name has no value. */
export function readAttributes(block: AttributesBlock): Array<readonly [name: string, value: string]> {
  const cursor: Cursor = { bytes: block, at: 0, end: block.length };
  const attributes: Array<readonly [string, string]> = [];
  while (cursor.at < cursor.end) {
    const name = readLenencText(cursor, "attribute name");
    attributes.push([name, readLenencText(cursor, "attribute value")]);
  }
  return attributes;
}

/** Attributes that the client's library gives, which begin with an underscore, and those that the client has added. */
export interface AttributesSplit {
  ofLibrary: AttributesBlock;
  own: AttributesBlock;
}

/** Splits a block, in its order. @throws ProtocolError as readAttributes() does. */
export function splitAttributes(block: AttributesBlock): AttributesSplit {
  const attributes = readAttributes(block);
  return {
    ofLibrary: attributesBlock(attributes.filter(([name]) => name.startsWith("_"))),
    own: attributesBlock(attributes.filter(([name]) => !name.startsWith("_"))),
  };
}

/** The block of `attributes`, which has as much memory as it has bytes: sessions keep theirs. */
export function attributesBlock(attributes: ReadonlyArray<readonly [name: string, value: string]>): AttributesBlock {
  const writer = newWriter();
  for (const [name, value] of attributes) {
    writeLenencText(writer, name);
    writeLenencText(writer, value);
  }
  return writer.at === 0 ? NO_ATTRIBUTES : writtenBytes(writer).slice();
}
