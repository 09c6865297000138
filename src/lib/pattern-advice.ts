/** What to write instead of a pattern that Rust's regex crate does not take, for people who know another dialect. */
import { compilePattern, type PatternError } from "./pattern.ts";

/** Whether the pattern is one of another dialect, not just mistyped, and what to do about it. */
export interface PatternAdvice {
  isOtherDialect: boolean;
  remedy: string;
}

/** Ways to say the same here. A rule only asks whether a pattern is found, so what surrounds a match says nothing. */
const REWRITES: readonly ((source: string) => string)[] = [
  (source) => source.replace(/\(\?=((?:[^()\\]|\\.)*)\)(\$?)$/s, "$1$2"),
  (source) => source.replace(/^(\^?)\(\?<=((?:[^()\\]|\\.)*)\)/s, "$1$2"),
  (source) => source.replace(/\(\?>/g, "(?:"),
  (source) => source.replace(/\(\?#[^)]*\)/g, ""),
  (source) => source.replace(/\\Z/g, "\\z"),
  (source) => source.replace(/\\h/g, "[ \\t]").replace(/\\R/g, "(?:\\r\\n|\\n)"),
  (source) => source.replace(/\{,(\d+)\}/g, "{0,$1}"),
  (source) => source.replace(/\(\?<!\\w\)|\(\?<!\[\\w\]\)/g, "\\b").replace(/\(\?!\\w\)/g, "\\b"),
];

const GENERAL = "patterns are in the dialect of Rust's regex crate: no look-around, no back-references; escape with \\";

/** Advice about `error`, the reason why a pattern does not compile. */
export function adviceOf(error: PatternError): PatternAdvice {
  const { source, message } = error;
  const rewritten = REWRITES.reduce((text, rewrite) => rewrite(text), source);
  const isLookAround = message.startsWith("look-around");
  const isOther =
    isLookAround || message.startsWith("backreferences") || (rewritten !== source && isCompiled(rewritten));
  if (!isOther) return { isOtherDialect: false, remedy: literalRemedy(error) ?? GENERAL };
  if (rewritten !== source && isCompiled(rewritten)) {
    return {
      isOtherDialect: true,
      remedy: `write ${quoted(rewritten)}, which is found in the same statements`,
    };
  }
  if (!isLookAround)
    return { isOtherDialect: true, remedy: "there are no back-references: write the alternatives out, as in aa|bb" };
  const isNegative = /\(\?<?!/.test(source);
  const remedy = isNegative
    ? '"all but" cannot be said in one pattern: say which statements are meant, or let a rule for the exception come first'
    : "say the same without look-around, as in a.*b|b.*a for two words in any order";
  return { isOtherDialect: true, remedy };
}

/** A bracket that was meant literally: patterns of SQL have them often. */
function literalRemedy({ source, offset }: PatternError): string | null {
  if (offset === null) return null;
  const characters = [...source];
  const escaped = [...characters.slice(0, offset), "\\", ...characters.slice(offset)].join("");
  if (!/[()[\]{}*+?]/.test(characters[offset] ?? "") || !isCompiled(escaped)) return null;
  return `close it, or, if it is meant literally, write ${quoted(escaped)}`;
}

function isCompiled(source: string): boolean {
  try {
    compilePattern(source, { caseInsensitive: false });
    return true;
  } catch {
    return false; // That is the question.
  }
}

/** A pattern as it is best written in YAML, where backslashes stay what they are between single quotes. */
export function quoted(pattern: string): string {
  return /[\n\r\t]/.test(pattern) ? JSON.stringify(pattern) : `'${pattern.replaceAll("'", "''")}'`;
}
