/**
 * Cuts SQL text into tokens, in place: bytes in, offsets out, nothing allocated, linear. It follows the server's lexer
 * where a difference could hide a statement: executable comments are read as SQL, a name after a dot is no keyword,
 * quotes and backslashes obey `sql_mode`. A backslash that is the second byte of a gbk, big5, sjis or gb18030 character
 * is read as if it stood alone.
 * https://dev.mysql.com/doc/refman/en/language-structure.html
 */
import {
  CLASS_APOSTROPHE,
  CLASS_AT,
  CLASS_BACK_QUOTE,
  CLASS_COLON,
  CLASS_DIGIT,
  CLASS_DOT,
  CLASS_DOUBLE_QUOTE,
  CLASS_LETTER,
  CLASS_MINUS,
  CLASS_OTHER,
  CLASS_SINGLE,
  CLASS_SPACE,
  CLASS_STAR,
  CLASSES,
  FOLD,
} from "./character.ts";
import { skipComment } from "./comment.ts";
import { extendWordHash, findKeyword } from "./keyword.ts";
import { endOfFraction, endOfNumber } from "./number.ts";
import { SQL_MODE_ANSI_QUOTES, SQL_MODE_NO_BACKSLASH_ESCAPES } from "./sql-mode.ts";
import {
  type Lexer,
  TOKEN_ASSIGN,
  TOKEN_DOT,
  TOKEN_END,
  TOKEN_EQUALS,
  TOKEN_NUMBER,
  TOKEN_OPERATOR,
  TOKEN_PARAMETER,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_QUOTED_NAME,
  TOKEN_SEMICOLON,
  TOKEN_STRING,
  TOKEN_SYSTEM_VARIABLE,
  TOKEN_USER_VARIABLE,
  TOKEN_WORD,
} from "./token.ts";

/** The token of each byte that is one by itself. */
const TOKEN_OF_BYTE = tokenOfByteTable();

/** Reads the next token and returns its TOKEN_*; at the end of the text TOKEN_END, again and again. */
export function nextToken(lexer: Lexer): number {
  const { bytes, end } = lexer;
  let position = lexer.position;
  while (position < end) {
    const byte = bytes[position]!;
    const kind = CLASSES[byte]!;
    if (kind === CLASS_SPACE) {
      position += 1;
      continue;
    }
    if (kind >= CLASS_MINUS && kind <= CLASS_STAR) {
      const next = skipComment(lexer, position, kind);
      if (next !== position) {
        position = next;
        continue;
      }
    }
    lexer.start = position;
    if (kind === CLASS_LETTER) return readWord(lexer, position);
    if (kind === CLASS_SINGLE) {
      lexer.position = position + 1;
      return TOKEN_OF_BYTE[byte]!;
    }
    return readOther(lexer, position, kind);
  }
  lexer.start = end;
  lexer.position = end;
  return TOKEN_END;
}

function readOther(lexer: Lexer, start: number, kind: number): number {
  const { bytes, end } = lexer;
  switch (kind) {
    case CLASS_DIGIT: {
      const after = lexer.dotEnd === start ? start : endOfNumber(lexer, start);
      if (after === start) return readWord(lexer, start);
      lexer.position = after;
      return TOKEN_NUMBER;
    }
    case CLASS_APOSTROPHE:
      lexer.position = endOfString(lexer, start);
      return TOKEN_STRING;
    case CLASS_DOUBLE_QUOTE:
      if ((lexer.sqlMode & SQL_MODE_ANSI_QUOTES) !== 0) return readQuotedName(lexer, start);
      lexer.position = endOfString(lexer, start);
      return TOKEN_STRING;
    case CLASS_BACK_QUOTE:
      return readQuotedName(lexer, start);
    case CLASS_AT:
      if (start + 1 < end && bytes[start + 1] === 0x40) return readSystemVariable(lexer, start + 2);
      return readUserVariable(lexer, start + 1);
    case CLASS_DOT:
      return readDotOrNumber(lexer, start);
    case CLASS_COLON:
      if (start + 1 < end && bytes[start + 1] === 0x3d) {
        lexer.position = start + 2;
        return TOKEN_ASSIGN;
      }
  }
  lexer.position = start + 1;
  return TOKEN_OPERATOR;
}

/** Reads the unquoted name at `start`, which may be empty. */
function readWord(lexer: Lexer, start: number): number {
  const { bytes, end } = lexer;
  let position = start;
  let hash = 0;
  for (; position < end; position++) {
    const folded = FOLD[bytes[position]!]!;
    if (folded === 0) break;
    hash = extendWordHash(hash, folded);
  }
  lexer.position = position;
  lexer.nameEnd = position;
  lexer.keyword = lexer.dotEnd === start ? 0 : findKeyword(bytes, start, position, hash);
  return TOKEN_WORD;
}

/** Reads a quoted name. Its keyword counts where a function is called: the server takes `get_lock`() for GET_LOCK(). */
function readQuotedName(lexer: Lexer, start: number): number {
  const after = endOfQuoted(lexer, start);
  readWord(lexer, start + 1);
  if (lexer.dotEnd === start || lexer.position !== after - 1) lexer.keyword = 0;
  lexer.position = after;
  lexer.nameEnd = after;
  return TOKEN_QUOTED_NAME;
}

/** The end of a string, in which a backslash escapes the byte after it. An open string goes to the end of the text. */
function endOfString(lexer: Lexer, start: number): number {
  if ((lexer.sqlMode & SQL_MODE_NO_BACKSLASH_ESCAPES) !== 0) return endOfQuoted(lexer, start);
  const { bytes, end } = lexer;
  const quote = bytes[start];
  let position = start + 1;
  while (position < end) {
    const byte = bytes[position];
    if (byte === 0x5c) {
      position += 2;
    } else if (byte !== quote) {
      position += 1;
    } else {
      position += 1;
      if (position >= end || bytes[position] !== quote) return position;
      position += 1; // A doubled quote is one quote inside of the string.
    }
  }
  return end;
}

/** The end of a quoted piece without backslash escapes. */
function endOfQuoted(lexer: Lexer, start: number): number {
  const { bytes, end } = lexer;
  const quote = bytes[start];
  let position = start + 1;
  while (position < end) {
    if (bytes[position++] !== quote) continue;
    if (position >= end || bytes[position] !== quote) return position;
    position += 1;
  }
  return end;
}

/** Reads what follows `@`: a quoted piece, or letters, digits and dots. */
function readUserVariable(lexer: Lexer, start: number): number {
  const { bytes, end } = lexer;
  let position = start;
  const kind = position < end ? CLASSES[bytes[position]!]! : 0;
  if (kind === CLASS_BACK_QUOTE) {
    position = endOfQuoted(lexer, position);
  } else if (kind === CLASS_APOSTROPHE || kind === CLASS_DOUBLE_QUOTE) {
    position = endOfString(lexer, position);
  } else {
    while (position < end && (FOLD[bytes[position]!] !== 0 || bytes[position] === 0x2e)) position += 1;
  }
  lexer.position = position;
  return TOKEN_USER_VARIABLE;
}

/** Reads what follows `@@`: names, quoted or not, with dots between them. */
function readSystemVariable(lexer: Lexer, start: number): number {
  const { bytes, end } = lexer;
  let position = start;
  lexer.isScoped = false;
  for (;;) {
    const kind = position < end ? CLASSES[bytes[position]!]! : CLASS_OTHER;
    if (kind === CLASS_BACK_QUOTE || kind === CLASS_DOUBLE_QUOTE) readQuotedName(lexer, position);
    else readWord(lexer, position);
    position = endOfSpaces(lexer, lexer.position);
    if (position >= end || bytes[position] !== 0x2e) return TOKEN_SYSTEM_VARIABLE;
    lexer.isScoped = true;
    position = endOfSpaces(lexer, position + 1);
  }
}

function endOfSpaces(lexer: Lexer, position: number): number {
  const { bytes, end } = lexer;
  let index = position;
  while (index < end && CLASSES[bytes[index]!] === CLASS_SPACE) index += 1;
  return index;
}

function readDotOrNumber(lexer: Lexer, start: number): number {
  const { bytes, end } = lexer;
  const isNumber = start + 1 < end && CLASSES[bytes[start + 1]!] === CLASS_DIGIT && lexer.nameEnd !== start;
  if (isNumber) {
    lexer.position = endOfFraction(lexer, start);
    return TOKEN_NUMBER;
  }
  lexer.position = start + 1;
  lexer.dotEnd = start + 1;
  return TOKEN_DOT;
}

function tokenOfByteTable(): Uint8Array {
  const tokens = new Uint8Array(256).fill(TOKEN_OPERATOR);
  tokens["(".charCodeAt(0)] = TOKEN_PAREN_OPEN;
  tokens[")".charCodeAt(0)] = TOKEN_PAREN_CLOSE;
  tokens[";".charCodeAt(0)] = TOKEN_SEMICOLON;
  tokens["=".charCodeAt(0)] = TOKEN_EQUALS;
  tokens["?".charCodeAt(0)] = TOKEN_PARAMETER;
  return tokens;
}
