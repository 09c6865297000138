/** An explanation on paper: sentences to the left, where they come from to the right. */
import type { ExplainedLine, Explanation } from "./explanation.ts";

export interface ExplainOptions {
  readonly isColoured: boolean;
  /** Cells of the terminal. */
  readonly width: number;
}

/** For people. */
export function textExplanation({ name, sections }: Explanation, { isColoured, width }: ExplainOptions): string {
  const style = (code: string, text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const all = sections.flatMap((section) => section.lines);
  const folder = commonFolder(all.flatMap(({ from }) => (from == null ? [] : [from.file])));
  const placeOf = ({ from }: ExplainedLine) => {
    if (from === undefined) return "";
    return from === null ? "default" : `${from.file.slice(folder.length)}:${from.line}`;
  };
  const placeWidth = Math.max(...all.map((line) => Bun.stringWidth(placeOf(line))));
  const column = Math.max(40, Math.min(100, width - placeWidth - 2));
  const places = folder === "" ? "" : style("2", `  (places are in ${folder})`);
  const out = [style("1", `What the proxy of ${name} does`) + places, ""];
  for (const { title, lines } of sections) {
    out.push(style("1", title));
    for (const line of lines) out.push(...laidOut(line, column, placeOf(line), (text) => style("2", text)));
    out.push("");
  }
  return out.join("\n");
}

/** The folder that all files lie in, with its slash; "" when they lie in different ones, or in none. */
function commonFolder(files: readonly string[]): string {
  const [first = ""] = files;
  const folder = first.slice(0, first.lastIndexOf("/") + 1);
  return files.every((file) => file.startsWith(folder)) ? folder : "";
}

function laidOut(
  { text, depth }: ExplainedLine,
  column: number,
  place: string,
  faint: (text: string) => string,
): string[] {
  const indent = "  ".repeat(depth + 1);
  const lines = wrapped(text, column - indent.length).map((line, index) => indent + (index === 0 ? "" : "  ") + line);
  if (place === "") return lines;
  const [first = "", ...rest] = lines;
  return [`${first}${" ".repeat(Math.max(2, column - Bun.stringWidth(first) + 2))}${faint(place)}`, ...rest];
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const next = line === "" ? word : `${line} ${word}`;
    if (line !== "" && Bun.stringWidth(next) > width) {
      lines.push(line);
      line = word;
    } else line = next;
  }
  return [...lines, line];
}

/** For scripts. What is there stays; fields may be added. */
export function jsonExplanation({ name, sections }: Explanation): string {
  const plain = sections.map(({ title, lines }) => ({
    title,
    lines: lines.map(({ text, from, depth }) => ({
      text,
      depth,
      ...(from !== undefined && { from: from ?? "default" }),
    })),
  }));
  return `${JSON.stringify({ version: 1, name, sections: plain }, null, 2)}\n`;
}
