/** Bytes of a file as text. A byte order mark stays, so that the text can be written back as it was. */
import type { Issue } from "./issue.ts";

/** The text, or an issue at the first byte that is none. */
export function decodeUtf8(bytes: Uint8Array, file: string): string | Issue {
  const options = { ignoreBOM: true };
  try {
    return new TextDecoder("utf-8", { ...options, fatal: true }).decode(bytes);
  } catch {
    const valid = bytes.subarray(0, invalidAt(bytes));
    const lines = new TextDecoder("utf-8", options).decode(valid, { stream: true }).split("\n");
    const position = { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
    const remedy = "save the file as UTF-8";
    return { severity: "error", rule: "yaml-syntax", position, path: "", message: "is not UTF-8", remedy };
  }
}

/** The longest beginning that is text, by halves: of a text that stops in the middle of a character nothing is wrong. */
function invalidAt(bytes: Uint8Array): number {
  let [valid, end] = [0, bytes.length];
  while (valid < end) {
    const middle = Math.ceil((valid + end) / 2);
    if (isBeginning(bytes.subarray(0, middle))) valid = middle;
    else end = middle - 1;
  }
  return valid;
}

function isBeginning(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
