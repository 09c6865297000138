/** Comments, and the executable ones that are SQL after all. https://dev.mysql.com/doc/refman/en/comments.html */
import { CLASS_DIGIT, CLASS_HASH, CLASS_MINUS, CLASS_STAR, CLASSES } from "./character.ts";
import type { Lexer } from "./token.ts";

/** Where reading goes on after the comment, or the mark of an executable one, at `position`; `position` itself if there is none. */
export function skipComment(lexer: Lexer, position: number, kind: number): number {
  const { bytes, end } = lexer;
  const next = position + 1 < end ? bytes[position + 1]! : -1;
  if (kind === CLASS_HASH) return endOfLine(lexer, position);
  if (kind === CLASS_MINUS) {
    if (next !== 0x2d) return position;
    // Without white space after it, `--` is arithmetic.
    if (position + 2 < end && bytes[position + 2]! > 0x20 && bytes[position + 2] !== 0x7f) return position;
    return endOfLine(lexer, position + 2);
  }
  if (kind === CLASS_STAR) {
    if (next !== 0x2f || !lexer.isInExecutableComment) return position;
    lexer.isInExecutableComment = false;
    return position + 2;
  }
  if (next !== 0x2a) return position;
  const third = position + 2 < end ? bytes[position + 2]! : -1;
  if (third === 0x21) return enterExecutableComment(lexer, position + 3);
  if (third === 0x4d && position + 3 < end && bytes[position + 3] === 0x21) {
    lexer.hasVersionComment = true; // MariaDB's /*M! is a plain comment to MySQL.
    return enterExecutableComment(lexer, position + 4);
  }
  for (let index = position + 2; index + 1 < end; index++) {
    if (bytes[index] === 0x2a && bytes[index + 1] === 0x2f) return index + 2;
  }
  return end;
}

/** Steps over the version of `/*!NNNNN`, five or six digits, so that what follows is read as SQL. */
function enterExecutableComment(lexer: Lexer, position: number): number {
  let digits = 0;
  while (digits < 6 && position + digits < lexer.end && CLASSES[lexer.bytes[position + digits]!] === CLASS_DIGIT) {
    digits += 1;
  }
  lexer.isInExecutableComment = true;
  if (digits < 5) return position;
  lexer.hasVersionComment = true;
  return position + digits;
}

function endOfLine(lexer: Lexer, position: number): number {
  const { bytes, end } = lexer;
  let index = position;
  while (index < end && bytes[index] !== 0x0a) index += 1;
  return index;
}
