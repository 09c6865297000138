/** What set a pin: remembered when it is set, made readable when somebody asks. */
import { commandName } from "../mysql/commands.ts";
import type { StatementKind } from "../sql/kind.ts";
import type { Statement } from "../sql/statement.ts";

/** This much of a statement's text is kept. */
const TEXT_BYTES_MAX = 120;

/** One for each reason that a session has ever been pinned for; its text is a copy. */
export interface PinNote {
  /** Monotonic. */
  sinceMs: number;
  command: number;
  kind: StatementKind;
  readonly text: Uint8Array;
  length: number;
  isCut: boolean;
}

/** A note of nothing. */
export function newPinNote(): PinNote {
  return { sinceMs: 0, command: 0, kind: "EMPTY", text: new Uint8Array(TEXT_BYTES_MAX), length: 0, isCut: false };
}

/** Notes that `statement` has set a pin. */
export function notePin(note: PinNote, statement: Statement, sinceMs: number): void {
  const { bytes, start, end } = statement;
  note.sinceMs = sinceMs;
  note.command = statement.command;
  note.kind = statement.kind;
  note.length = Math.min(end - start, TEXT_BYTES_MAX);
  note.isCut = end - start > TEXT_BYTES_MAX;
  // Called on the prototype: a view would have to be allocated to copy a part of a plain Uint8Array.
  Buffer.prototype.copy.call(bytes, note.text, 0, start, start + note.length);
}

/** When the first of `pins` was set; their notes are at their bits. */
export function firstSinceMs(pins: number, notes: ReadonlyArray<PinNote | undefined>): number {
  return notes.reduce((first, note, bit) => {
    return note !== undefined && (pins & (1 << bit)) !== 0 ? Math.min(first, note.sinceMs) : first;
  }, Number.POSITIVE_INFINITY);
}

/** How the statement began, without its literals; the command where there was no text. */
export function textOfNote({ command, kind, text, length, isCut }: PinNote): string {
  if (length === 0) return kind === "EMPTY" ? commandName(command) : kind;
  return withoutLiterals(Buffer.from(text.buffer, text.byteOffset, length).toString(), isCut);
}

/** In the order in which they are looked for at one place. The last quote of a text that is cut may be missing. */
const TOKENS =
  /(?<comment>\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)|--[\s][^\n]*|#[^\n]*)|(?<text>'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$))|(?<real>(?:\d[\d.]*|\.\d+)e[+-]?\d+(?![\w$\u0080-\uffff]))|(?<name>`[^`]*(?:`|$)|[@\w$\u0080-\uffff]*[@A-Za-z_$\u0080-\uffff][@\w$\u0080-\uffff]*)|(?<number>\.?\d[\w.]*)/gi;

/**
 * A text for people: literals are `?`, comments and needless spaces are gone. A text with a backslash in quotes ends there:
 * only the server knows where such a literal ends.
 */
export function withoutLiterals(text: string, isCut: boolean): string {
  let shown = "";
  let at = 0;
  for (const { 0: token, index, groups } of text.matchAll(TOKENS)) {
    shown += text.slice(at, index);
    at = index + token.length;
    if (groups?.["comment"] !== undefined) shown += " ";
    else if (groups?.["name"] !== undefined && !/^0(?:x[0-9a-f]+|b[01]+)$/i.test(token)) shown += token;
    else shown += "?";
    if (groups?.["text"]?.includes("\\") === true) return `${shown.replaceAll(/\s+/g, " ").trim()} ...`;
  }
  shown += text.slice(at);
  return `${shown.replaceAll(/\s+/g, " ").trim()}${isCut ? " ..." : ""}`;
}
