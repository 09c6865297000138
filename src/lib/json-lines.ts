/** Splits a stream of bytes into lines of JSON. Pure. */

export interface LineReader {
  readonly decoder: TextDecoder;
  /** The beginning of a line whose end has not come yet. */
  rest: string;
  readonly lineCharactersMax: number;
}

/** A reader that refuses lines of more than `lineCharactersMax`. */
export function newLineReader(lineCharactersMax: number): LineReader {
  return { decoder: new TextDecoder(), rest: "", lineCharactersMax };
}

/** The lines that `bytes` complete, without their ends; empty ones are left out. @throws Error for a line that is too long. */
export function readLines(reader: LineReader, bytes: Uint8Array): string[] {
  const text = reader.decoder.decode(bytes, { stream: true });
  const lines: string[] = [];
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
    const line = reader.rest + text.slice(start, end);
    reader.rest = "";
    start = end + 1;
    if (line.trim() !== "") lines.push(line);
  }
  reader.rest += text.slice(start);
  if (reader.rest.length > reader.lineCharactersMax) {
    throw new Error(`a line of more than ${reader.lineCharactersMax} characters`);
  }
  return lines;
}
