/** Several files of manifests as one stream, which kubectl reads as it would read the files. */
import { objectStarts } from "../lib/json-stream.ts";
import type { TextFile } from "./workload-text.ts";

/** A single file stays as it is, to the byte. */
export function joinFiles(files: readonly TextFile[]): string {
  const [first, second] = files;
  if (first === undefined) return "";
  if (second === undefined) return first.text;
  const isJson = files.map(({ text }) => objectStarts(text).length > 0);
  if (isJson.every(Boolean)) return files.map(({ text }) => withLineEnd(text)).join("");
  // A stream that begins like JSON is taken for nothing else.
  const start = isJson[0] === true ? "---\n" : "";
  const texts = files.map(({ text }, index) => (index === 0 ? text : text.replace(/^\ufeff/, "")));
  return start + texts.map((text, index) => (index === 0 ? "" : separatorOf(text)) + withLineEnd(text)).join("");
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** What has to stand before a document that follows another one. */
function separatorOf(text: string): string {
  const [, mark] = /^(?:[ \t]*(?:#.*)?\r?\n)*(---|%)/.exec(text) ?? [];
  if (mark === "---") return "";
  return mark === "%" ? "...\n" : "---\n";
}
