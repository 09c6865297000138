/** Findings for people: what, where, the line with a caret, what to do. */
import type { Severity } from "../../lib/issue.ts";
import { nameOfObject } from "../object.ts";
import type { Finding } from "./lint.ts";
import { countsOf, LEVELS, type Report } from "./report.ts";
import { isInSecret, type Lines, linesOf, snippetOf } from "./snippet.ts";

export interface TextOptions {
  readonly isColoured: boolean;
  /** Cells of the terminal; null where nobody's terminal is asked, so nothing is wrapped. */
  readonly width: number | null;
}

const CODES = { error: "31", warning: "33", notice: "36", bold: "1", faint: "2" } as const;
/** Where no terminal says how wide it is. */
const SNIPPET_WIDTH = 160;
const NO_LINES = linesOf("");

/** One block a finding, then a line that counts them. */
export function* textReport(report: Report, options: TextOptions): Iterable<string> {
  const style = (code: keyof typeof CODES, text: string) => {
    return options.isColoured && text !== "" ? `\x1b[${CODES[code]}m${text}\x1b[0m` : text;
  };
  const lines = new Map<string, Lines>();
  for (const [file, text] of report.texts) lines.set(file, linesOf(text));
  for (const finding of report.findings) {
    if (finding.ignored !== null) continue;
    yield `${blockOf(finding, lines.get(finding.position.file) ?? NO_LINES, style, options.width)}\n\n`;
  }
  yield `${summaryOf(report, style)}\n`;
}

type Style = (code: keyof typeof CODES, text: string) => string;

function blockOf(finding: Finding, lines: Lines, style: Style, width: number | null): string {
  const { rule, level, position, path, message, remedy, object } = finding;
  const { line, column } = position;
  const head = `${level}[${rule.id}]`;
  const number = line === 0 ? "" : String(line);
  const margin = " ".repeat(number.length);
  const wrapped = wrap(`${head}: ${message}`, width, "    ");
  const out = [style(level, head) + style("bold", wrapped.slice(head.length))];
  const place = line === 0 ? position.file : `${position.file}:${line}:${column}`;
  const origin = object?.source.origin;
  const about = [origin === undefined ? "" : `from ${origin}`, object === null ? "" : nameOfObject(object), path];
  const where = about.filter((text) => text !== "").join(", ");
  out.push(`${margin}${style("faint", "-->")} ${place}${where === "" ? "" : style("faint", `  ${where}`)}`);
  const isHidden = object === null ? isInSecret(lines, line) : object.kind === "Secret";
  const text = lines.at(line);
  if (line > 0 && text !== undefined && !isHidden) {
    const room = (width ?? SNIPPET_WIDTH) - margin.length - 3;
    const snippet = snippetOf(text, column, room);
    const carets = " ".repeat(snippet.indent) + style(level, "^".repeat(snippet.carets));
    out.push(`${style("faint", `${number} |`)} ${snippet.text}`, `${margin} ${style("faint", "|")} ${carets}`);
  }
  const help = wrap(`${margin} = help: ${remedy}`, width, `${margin}         `);
  out.push(help.replace("= help:", style("faint", "= help:")));
  return out.join("\n");
}

/** Breaks between words so that no line is wider than `width`; later lines begin with `indent`. */
function wrap(text: string, width: number | null, indent: string): string {
  if (width === null || Bun.stringWidth(text) <= width) return text;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    const next = line === "" ? word : `${line} ${word}`;
    if (line !== "" && Bun.stringWidth(next) > width) {
      lines.push(line);
      line = indent + word;
    } else line = next;
  }
  return [...lines, line].join("\n");
}

function summaryOf(report: Report, style: Style): string {
  const counts = countsOf(report.findings);
  const objects = report.objects.filter((object) => object.kind !== "").length;
  const ignored = counts.ignored === 0 ? "" : ` (${counts.ignored} ignored)`;
  const checked = `${plural(objects, "object")} in ${plural(report.texts.size, "file")}`;
  const found = LEVELS.flatMap((level) => (counts[level] === 0 ? [] : [style(level, plural(counts[level], level))]));
  if (found.length === 0) return `no findings${ignored} in ${checked}`;
  const shown = report.findings.filter((finding) => finding.ignored === null);
  const worst = LEVELS.find((level) => counts[level] > 0);
  const first = shown.find((finding) => finding.level === worst);
  return `${found.join(", ")}${ignored} in ${checked}; \`pisanix render --rule ${first?.rule.id}\` explains a rule`;
}

function plural(count: number, what: Severity | "object" | "file"): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
