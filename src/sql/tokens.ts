/** The tokens of one text, as columns of numbers: made once, refilled for every text. */
import { TOKEN_END_OF_TEXT } from "./grammar.ts";

/** What the lexer has to know of the session whose text it reads. */
export interface Dialect {
  /** SQL_MODE_* bits (sql-mode.ts). */
  sqlMode: number;
  /** CHARSET_* of the client's character set (charset.ts). */
  charset: number;
  isMariaDb: boolean;
  /** As executable comments write it, 90704 or 101118; 0 where it is not known: then every executable comment is read. */
  version: number;
}

/** The dialect as one number. */
export function settingsOf(dialect: Dialect): number {
  const { sqlMode, charset, isMariaDb, version } = dialect;
  return sqlMode | (charset << 5) | ((isMariaDb ? 1 : 0) << 8) | (version << 9);
}

export interface Tokens {
  bytes: Uint8Array;
  /** The text is bytes[start .. end); positions of tokens are places in `bytes`. */
  start: number;
  end: number;
  /** Whose words the kinds are those of. */
  isMariaDb: boolean;
  /** How many there are. Behind the last stands one more, TOKEN_END_OF_TEXT. */
  count: number;
  /** TOKEN_* of grammar.ts. */
  kinds: Uint16Array;
  starts: Int32Array;
  ends: Int32Array;
  /** The INTEREST_* bits of all tokens (interest.ts). */
  interest: number;
  /** A comment was met that only servers of some version or make execute. */
  hasVersionComment: boolean;
  /** Plain comments, the first COMMENTS_MAX of them: start and end of each. */
  comments: Int32Array;
  commentCount: number;
  /** Optimizer hints, the first COMMENTS_MAX of them: start, end, and the number of the token after each. */
  hints: Int32Array;
  hintCount: number;
}

/** Comments beyond these are skipped without a trace; nobody writes hints there. */
export const COMMENTS_MAX = 32;
/** Places that the lexer leaves for what comes behind the last token. */
export const SPARE_TOKENS = 2;
const CAPACITY_FIRST = 1024;
/** Columns that had to grow beyond this are dropped after use. */
export const CAPACITY_KEPT = 1 << 16;

/** Tokens of no text. */
export function newTokens(): Tokens {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    isMariaDb: false,
    count: 0,
    kinds: new Uint16Array(CAPACITY_FIRST),
    starts: new Int32Array(CAPACITY_FIRST),
    ends: new Int32Array(CAPACITY_FIRST),
    interest: 0,
    hasVersionComment: false,
    comments: new Int32Array(COMMENTS_MAX * 2),
    commentCount: 0,
    hints: new Int32Array(COMMENTS_MAX * 3),
    hintCount: 0,
  };
}

/** Makes room for twice as many tokens. Returns them. */
export function growTokens(tokens: Tokens): Tokens {
  const capacity = tokens.kinds.length * 2;
  const kinds = new Uint16Array(capacity);
  kinds.set(tokens.kinds);
  tokens.kinds = kinds;
  tokens.starts = grown(tokens.starts, capacity);
  tokens.ends = grown(tokens.ends, capacity);
  return tokens;
}

/** Gives back what an unusually long text needed. The tokens are gone then. */
export function trimTokens(tokens: Tokens): void {
  if (tokens.kinds.length <= CAPACITY_KEPT) return;
  tokens.kinds = new Uint16Array(CAPACITY_FIRST);
  tokens.starts = new Int32Array(CAPACITY_FIRST);
  tokens.ends = new Int32Array(CAPACITY_FIRST);
  tokens.count = 0;
  tokens.kinds[0] = TOKEN_END_OF_TEXT;
}

function grown(column: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity);
  larger.set(column);
  return larger;
}
