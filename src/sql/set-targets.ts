/** Which variables a SET statement assigns, where they are plain session variables. */
import { nextToken } from "./lexer.ts";
import {
  type Lexer,
  newLexer,
  startLexer,
  TOKEN_ASSIGN,
  TOKEN_END,
  TOKEN_EQUALS,
  TOKEN_OPERATOR,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_QUOTED_NAME,
  TOKEN_SEMICOLON,
  TOKEN_SYSTEM_VARIABLE,
  TOKEN_WORD,
} from "./token.ts";

/** What SET NAMES without COLLATE assigns. */
const NAMES_TARGETS = ["character_set_client", "character_set_connection", "character_set_results"];
const SESSION_SCOPES: ReadonlySet<string> = new Set(["session", "local"]);
const COMMA = 0x2c;

const lexer: Lexer = newLexer();
const ascii = new TextDecoder("latin1");

/**
 * The lower-case names of the session variables that the SET statement in bytes[start .. end) assigns; null when it
 * does anything else besides: global or user variables, SET CHARACTER SET, SET NAMES ... COLLATE, SET TRANSACTION,
 * SET PASSWORD, SET STATEMENT ... FOR, or several statements.
 */
export function readSetTargets(bytes: Uint8Array, start: number, end: number, sqlMode: number): string[] | null {
  startLexer(lexer, bytes, start, end, sqlMode);
  if (nextWord() !== "set") return null;
  const targets: string[] = [];
  let token = nextToken(lexer);
  while (true) {
    const target = readTarget(token);
    if (target === null) return null;
    targets.push(...target);
    token = skipValue();
    if (token === TOKEN_END) return targets;
    if (token !== TOKEN_OPERATOR) return null; // a semicolon: another statement may follow
    token = nextToken(lexer);
  }
}

function nextWord(): string {
  return nextToken(lexer) === TOKEN_WORD ? tokenText() : "";
}

function tokenText(): string {
  return ascii.decode(lexer.bytes.subarray(lexer.start, lexer.position)).toLowerCase();
}

/** Reads one assignment up to its value; `token` is its first token. */
function readTarget(token: number): readonly string[] | null {
  if (token === TOKEN_SYSTEM_VARIABLE) return readSystemVariable();
  if (token !== TOKEN_WORD && token !== TOKEN_QUOTED_NAME) return null;
  const word = tokenText().replaceAll("`", "");
  if (word === "names") return NAMES_TARGETS;
  if (!SESSION_SCOPES.has(word)) return isAssignment(nextToken(lexer)) ? [word] : null;
  const named = nextToken(lexer);
  if (named !== TOKEN_WORD && named !== TOKEN_QUOTED_NAME) return null;
  const name = tokenText().replaceAll("`", "");
  return isAssignment(nextToken(lexer)) ? [name] : null;
}

function readSystemVariable(): readonly string[] | null {
  const parts = tokenText().slice(2).replaceAll("`", "").split(".");
  // @@name without a scope would be the next transaction's for transaction_isolation; the server then reports nothing.
  const name =
    parts.length === 1 || (parts.length === 2 && SESSION_SCOPES.has(parts[0] ?? "")) ? parts.at(-1) : undefined;
  return name !== undefined && isAssignment(nextToken(lexer)) ? [name.trim()] : null;
}

function isAssignment(token: number): boolean {
  return token === TOKEN_EQUALS || token === TOKEN_ASSIGN;
}

/** Steps over a value to the comma behind it; returns that operator, TOKEN_END, TOKEN_SEMICOLON, or 0 for COLLATE. */
function skipValue(): number {
  let depth = 0;
  while (true) {
    const token = nextToken(lexer);
    if (token === TOKEN_END || token === TOKEN_SEMICOLON) return token;
    if (token === TOKEN_PAREN_OPEN) depth++;
    else if (token === TOKEN_PAREN_CLOSE) depth--;
    else if (token === TOKEN_WORD && tokenText() === "collate") return TOKEN_SEMICOLON;
    else if (token === TOKEN_OPERATOR && depth === 0 && lexer.bytes[lexer.start] === COMMA) return TOKEN_OPERATOR;
  }
}
