/** Why sessions are pinned, for people: of what a proxy's admin server answers to /sessions and /sessions/ID. */
import { PIN_ADVICE } from "./pin-advice.ts";
import type { PinReport, SessionAdvice, SessionList, SessionReport } from "./session-report.ts";

export interface TextOptions {
  readonly isColoured: boolean;
  /** Cells of the terminal; what goes beyond them is cut. Infinite where nobody looks. */
  readonly width: number;
}

const HEAD = ["SESSION", "CLIENT", "USER", "PINNED FOR", "REASON", "STATEMENT"] as const;
const BOLD = "1";
const FAINT = "2";

/** A line for each reason that a session is pinned for, and what to change for each reason that there is. */
export function textOfPins({ total, pinned, sessions }: SessionList, options: TextOptions): string {
  const listed = sessions.filter(({ pins }) => pins.length > 0);
  const style = styleOf(options);
  if (listed.length === 0) return `None of ${total} sessions is pinned: all of them share connections.\n`;
  const which = listed.length < pinned ? `; the ${listed.length} that have been for the longest are` : ":";
  const lines = [style(BOLD, `${pinned} of ${total} sessions ${pinned === 1 ? "is" : "are"} pinned${which}`), ""];
  const rows = [[...HEAD], ...listed.flatMap(rowsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))));
  for (const [i, row] of rows.entries()) {
    const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)));
    const line = cut(cells.join("  ").trimEnd(), options.width);
    lines.push(i === 0 ? style(FAINT, line) : line);
  }
  const reasons = [...new Set(listed.flatMap(({ pins }) => pins.map(({ reason }) => reason)))];
  const reasonWidth = Math.max(...reasons.map((reason) => reason.length));
  lines.push("", style(BOLD, "What to change"));
  for (const reason of reasons) {
    // A proxy of another version may have reasons of its own.
    const change = PIN_ADVICE[reason]?.change ?? `/sessions/${listed[0]?.session} of its admin server says it.`;
    lines.push(`  ${reason.padEnd(reasonWidth)}  ${change}`);
  }
  return `${lines.join("\n")}\n`;
}

function rowsOf({ session, client, user, pins }: SessionReport): string[][] {
  return pins.map(({ seconds, reason, statement }, i) => [
    ...(i === 0 ? [String(session), plain(client), plain(user)] : ["", "", ""]),
    textOfSeconds(seconds),
    reason,
    plain(statement ?? ""),
  ]);
}

/** All about one session: what it has, and for each reason what it means, when it ends and what to change. */
export function textOfSession(session: SessionAdvice, options: TextOptions): string {
  const style = styleOf(options);
  const { connection, changed, pins } = session;
  const schema = session.schema === "" ? "no schema" : `schema ${plain(session.schema)}`;
  const who = `${plain(session.user)}@${plain(session.client)}, ${schema}, connected for ${textOfSeconds(session.seconds)}`;
  const lines = [style(BOLD, `Session ${session.session} of listener ${plain(session.listener)}`), `  ${who}`];
  if (session.running !== null)
    lines.push(`  runs ${session.running.kind} for ${textOfSeconds(session.running.seconds)}`);
  if (connection !== null)
    lines.push(`  has connection ${connection.id} of ${plain(connection.endpoint)} (${plain(connection.server)})`);
  if (changed.length > 0) lines.push(`  has set ${changed.map(plain).join(", ")}: any connection can be given these`);
  lines.push("", `${session.sharing[0]?.toUpperCase()}${session.sharing.slice(1)}${pins.length === 0 ? "." : ":"}`);
  for (const { reason, seconds, statement, meaning, ends, change } of pins) {
    lines.push("", `${style(BOLD, reason)}, for ${textOfSeconds(seconds)}: ${meaning}`);
    if (statement !== null) lines.push(`  set by  ${plain(statement)}`);
    lines.push(`  until   ${ends}`, `  change  ${change}`);
  }
  return `${lines.join("\n")}\n`;
}

function styleOf({ isColoured }: TextOptions): (code: string, text: string) => string {
  return (code, text) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
}

/** What a client has chosen must not move a terminal's cursor. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}

function cut(line: string, width: number): string {
  if (Bun.stringWidth(line) <= width) return line;
  let shown = "";
  let used = 1;
  for (const letter of line) {
    used += Bun.stringWidth(letter);
    if (used > width) break;
    shown += letter;
  }
  return `${shown}…`;
}

function textOfSeconds(seconds: PinReport["seconds"]): string {
  const whole = Math.floor(seconds);
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor(whole / 60) % 60} min`;
}
