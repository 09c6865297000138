/** Comments, and the executable ones that are SQL after all. https://dev.mysql.com/doc/refman/en/comments.html */
import { CLASS_DIGIT, CLASS_HASH, CLASS_MINUS, CLASS_STAR, CLASSES } from "./character.ts";
import { TOKEN_DELETE, TOKEN_INSERT, TOKEN_REPLACE, TOKEN_SELECT, TOKEN_UPDATE } from "./grammar.ts";
import { COMMENTS_MAX, type Dialect, type Tokens } from "./tokens.ts";

/** Where the lexer is with respect to comments. */
export const comment = {
  /** Between the mark of an executable comment and its end. */
  isInside: false,
  /** A comment has no end, which the servers refuse. */
  isOpen: false,
};

/** MariaDB takes version comments of these for those of a MySQL that it differs from. */
const MYSQL_VERSION_FIRST = 50700;
const MYSQL_VERSION_LAST = 99999;

/**
 * Where reading goes on after the comment, or the mark of an executable one, at `position`; `position` itself if there is
 * none. `kind` is the class of the byte there.
 */
export function skipComment(tokens: Tokens, dialect: Dialect, position: number, kind: number): number {
  const { bytes, end } = tokens;
  const next = position + 1 < end ? bytes[position + 1]! : -1;
  if (kind === CLASS_HASH) return endOfLine(tokens, position);
  if (kind === CLASS_MINUS) {
    if (next !== 0x2d) return position;
    // Without white space after it, `--` is arithmetic.
    if (position + 2 < end && bytes[position + 2]! > 0x20 && bytes[position + 2] !== 0x7f) return position;
    return endOfLine(tokens, position + 2);
  }
  if (kind === CLASS_STAR) {
    if (next !== 0x2f || !comment.isInside) return position;
    comment.isInside = false;
    return position + 2;
  }
  if (next !== 0x2a) return position;
  const third = position + 2 < end ? bytes[position + 2]! : -1;
  if (third === 0x21) return enterExecutable(tokens, dialect, position + 3);
  if (third === 0x4d && position + 3 < end && bytes[position + 3] === 0x21) {
    tokens.hasVersionComment = true; // /*M! is a plain comment to MySQL.
    if (dialect.isMariaDb || dialect.version === 0) return enterExecutable(tokens, dialect, position + 4);
  }
  const after = endOfComment(tokens, position + 2);
  if (third === 0x2b && isHintPlace(tokens)) keepHint(tokens, position, after);
  else keepComment(tokens, position, after);
  return after;
}

/** Steps over the mark and the version of `/*!NNNNN`, so that what follows is read as SQL, or over a comment for others. */
function enterExecutable(tokens: Tokens, dialect: Dialect, position: number): number {
  const { bytes, end } = tokens;
  let digits = 0;
  let version = 0;
  while (digits < 6 && position + digits < end && CLASSES[bytes[position + digits]!] === CLASS_DIGIT) {
    version = version * 10 + bytes[position + digits]! - 0x30;
    digits += 1;
  }
  if (digits < 5) {
    comment.isInside = true;
    return position;
  }
  tokens.hasVersionComment = true;
  if (!isExecuted(dialect, version)) return endOfNested(tokens, position);
  comment.isInside = true;
  return position + digits;
}

function isExecuted(dialect: Dialect, version: number): boolean {
  if (dialect.version === 0) return true;
  if (version > dialect.version) return false;
  return !dialect.isMariaDb || version < MYSQL_VERSION_FIRST || version > MYSQL_VERSION_LAST;
}

function endOfLine(tokens: Tokens, position: number): number {
  const { bytes, end } = tokens;
  let index = position;
  while (index < end && bytes[index] !== 0x0a) index += 1;
  return index;
}

function endOfComment(tokens: Tokens, position: number): number {
  const { bytes, end } = tokens;
  for (let index = position; index + 1 < end; index++) {
    if (bytes[index] === 0x2a && bytes[index + 1] === 0x2f) return index + 2;
  }
  comment.isOpen = true;
  return end;
}

/** The end of an executable comment that is not executed: other comments inside of it are stepped over. */
function endOfNested(tokens: Tokens, position: number): number {
  const { bytes, end } = tokens;
  for (let index = position; index + 1 < end; ) {
    if (bytes[index] === 0x2a && bytes[index + 1] === 0x2f) return index + 2;
    if (bytes[index] === 0x2f && bytes[index + 1] === 0x2a) index = endOfComment(tokens, index + 2);
    else index += 1;
  }
  comment.isOpen = true;
  return end;
}

/** Optimizer hints stand right after the word that begins a query or a change of rows. */
function isHintPlace(tokens: Tokens): boolean {
  switch (tokens.count === 0 ? 0 : tokens.kinds[tokens.count - 1]) {
    case TOKEN_SELECT:
    case TOKEN_INSERT:
    case TOKEN_REPLACE:
    case TOKEN_UPDATE:
    case TOKEN_DELETE:
      return true;
    default:
      return false;
  }
}

function keepHint(tokens: Tokens, start: number, end: number): void {
  if (tokens.hintCount === COMMENTS_MAX) return;
  const at = tokens.hintCount * 3;
  tokens.hints[at] = start;
  tokens.hints[at + 1] = end;
  tokens.hints[at + 2] = tokens.count;
  tokens.hintCount += 1;
}

function keepComment(tokens: Tokens, start: number, end: number): void {
  if (tokens.commentCount === COMMENTS_MAX) return;
  tokens.comments[tokens.commentCount * 2] = start;
  tokens.comments[tokens.commentCount * 2 + 1] = end;
  tokens.commentCount += 1;
}
