/** The line that a finding is about, fit to be shown: no passwords, no tabs, no control characters, no longer than the terminal. */

export interface Snippet {
  readonly text: string;
  /** Cells before the caret, and carets, as a terminal counts them. */
  readonly indent: number;
  readonly carets: number;
}

const TAB = 4;
const ELLIPSIS = "…";

/** Of a longer line, such as JSON without line ends, only what begins at the token is looked at. */
const LINE_MAX = 2_000;

/** The snippet for the token at `column` (from 1) of `line`, in at most `width` cells. */
export function snippetOf(line: string, column: number, width: number): Snippet {
  const start = Math.min(Math.max(column - 1, 0), line.length);
  const length = Math.max(1, tokenLength(line, start));
  const isLong = line.length > LINE_MAX;
  const [near, from] = isLong ? [line.slice(start, start + LINE_MAX), 0] : [line, start];
  const marked = redacted(near, from, from + length);
  const before = shown(line.length === 0 ? "" : marked.text.slice(0, marked.start));
  const token = shown(marked.text.slice(marked.start, marked.end), Bun.stringWidth(before));
  const after = shown(marked.text.slice(marked.end).trimEnd(), Bun.stringWidth(before + token));
  return fitted(before, token, after, Math.max(width, 20));
}

/** Cuts from both ends so that the token stays in sight. */
function fitted(before: string, token: string, after: string, width: number): Snippet {
  const room = width - Math.min(Bun.stringWidth(token), Math.floor(width * 0.6));
  const left = Bun.stringWidth(before) <= room ? before : ELLIPSIS + lastCells(before, Math.floor(room / 2));
  const indent = Bun.stringWidth(left);
  const whole = left + token + after;
  const text = Bun.stringWidth(whole) <= width ? whole : firstCells(whole, width - 1) + ELLIPSIS;
  const carets = Math.max(1, Math.min(Bun.stringWidth(token), Bun.stringWidth(text) - indent));
  return { text, indent, carets };
}

function firstCells(text: string, cells: number): string {
  let cut = "";
  let used = 0;
  for (const character of text) {
    used += Bun.stringWidth(character);
    if (used > cells) break;
    cut += character;
  }
  return cut;
}

function lastCells(text: string, cells: number): string {
  let cut = "";
  let used = 0;
  for (const character of [...text].reverse()) {
    used += Bun.stringWidth(character);
    if (used > cells) break;
    cut = character + cut;
  }
  return cut;
}

const ODD = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

/** Tabs as spaces; what would move the cursor or change colours as a sign for what cannot be shown. */
function shown(text: string, cell = 0): string {
  if (!ODD.test(text)) return text;
  let out = "";
  for (const character of text) {
    if (character === "\t") out += " ".repeat(TAB - ((cell + Bun.stringWidth(out)) % TAB));
    else out += ODD.test(character) && character !== "\u200d" ? "\ufffd" : character;
  }
  return out;
}

/** How far the value or key goes that begins at `start`: to its closing quote or bracket, or to what ends plain text. */
export function tokenLength(line: string, start: number): number {
  const isLong = line.length > LINE_MAX;
  const rest = line.slice(start, isLong ? start + LINE_MAX : undefined).replace(/\s+$/, "");
  const quote = rest[0];
  if (quote === '"' || quote === "'") {
    const closed = quote === '"' ? /^"(?:[^"\\]|\\.)*"/.exec(rest) : /^'(?:[^']|'')*'/.exec(rest);
    return closed === null ? rest.length : closed[0].length;
  }
  if (quote === "{" || quote === "[") return bracketLength(rest);
  const isFlow = isLong || /[{[]/.test(line.slice(0, start).replace(/"[^"]*"|'[^']*'/g, ""));
  const plain = (isFlow ? /^[^,\]}#]*?(?=\s*[,\]}]|\s+#|:\s|:$|$)/ : /^.*?(?=\s+#|:\s|:$|$)/).exec(rest);
  return plain === null || plain[0] === "" ? 1 : plain[0].length;
}

function bracketLength(rest: string): number {
  let depth = 0;
  const plain = rest.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, (quoted) => "x".repeat(quoted.length));
  for (const [index, character] of [...plain].entries()) {
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    if (depth === 0) return index + 1;
  }
  return rest.length;
}

const HIDDEN = "[redacted]";
const PASSWORD = /(?<![\w-])["']?password["']?\s*:\s+(?=\S)|(?<![\w-])["']password["']\s*:(?=\S)/gi;

/** The line with passwords and keys hidden (design D10), and where the token is then. */
function redacted(line: string, start: number, end: number): { text: string; start: number; end: number } {
  const hidden: { from: number; to: number }[] = [];
  for (const match of line.matchAll(PASSWORD)) {
    const from = match.index + match[0].length;
    if (/^[|>&*!]/.test(line.slice(from))) continue;
    hidden.push({ from, to: from + tokenLength(line, from) });
  }
  const key = line.indexOf("-----BEGIN");
  if (key >= 0) hidden.push({ from: key, to: line.length });
  let text = line;
  let [newStart, newEnd] = [start, end];
  for (const { from, to } of hidden.sort((a, b) => b.from - a.from)) {
    text = text.slice(0, from) + HIDDEN + text.slice(to);
    const shift = HIDDEN.length - (to - from);
    if (newEnd >= to) newEnd += shift;
    else if (newEnd > from) newEnd = from + HIDDEN.length;
    if (newStart >= to) newStart += shift;
    else if (newStart > from) newStart = from;
  }
  return { text, start: newStart, end: Math.max(newStart + 1, newEnd) };
}

/** A text by its lines, of which hardly any are asked for. */
export interface Lines {
  /** The line with that number, from 1, without its end; undefined behind the last one. */
  at(line: number): string | undefined;
}

/** The lines of a text; a line ends with a line feed, a carriage return, or both. */
export function linesOf(text: string): Lines {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  const bounds = Int32Array.from([...starts, text.length]);
  return {
    at(line) {
      const [start, end] = [bounds[line - 1], bounds[line]];
      return line < 1 || start === undefined || end === undefined
        ? undefined
        : text.slice(start, end).replace(/[\r\n]+$/, "");
    },
  };
}

/** Whether the line is part of a Secret, of which nothing is shown. */
export function isInSecret(lines: Lines, line: number): boolean {
  const isEdge = (text: string | undefined) => text === undefined || /^(---|\.\.\.)(\s|$)/.test(text);
  let from = line;
  while (!isEdge(lines.at(from - 1))) from -= 1;
  for (let at = from; at === from || !isEdge(lines.at(at)); at++) {
    if (SECRET_KIND.test(lines.at(at) ?? "")) return true;
  }
  return false;
}

const SECRET_KIND = /^\s*(- )?["']?kind["']?\s*:\s*["']?Secret["']?\b|[{,]\s*["']?kind["']?\s*:\s*["']?Secret\b/;
