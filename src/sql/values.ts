/** Values as they are written. */
import { IS_LITERAL } from "./digest-kinds.ts";
import * as t from "./grammar.ts";
import type { Tokens } from "./tokens.ts";

/** Whether the tokens [first, end) are literals and parameters only, with signs, parentheses and what a list or BETWEEN needs. */
export function isConstant(tokens: Tokens, first: number, end: number): boolean {
  if (first >= end) return false;
  for (let i = first; i < end; i++) {
    const kind = tokens.kinds[i]!;
    if (IS_LITERAL[kind] === 1) continue;
    switch (kind) {
      case t.TOKEN_PARAMETER:
      case t.TOKEN_NULL:
      case t.TOKEN_TRUE:
      case t.TOKEN_FALSE:
      case t.TOKEN_COMMA:
      case t.TOKEN_PAREN_OPEN:
      case t.TOKEN_PAREN_CLOSE:
      case t.TOKEN_CHARSET_MARK:
        continue;
      case t.TOKEN_AND: // of BETWEEN; any other joins comparisons, which are no literals
        continue;
      case t.TOKEN_MINUS_SIGN:
      case t.TOKEN_PLUS:
        if (isOperand(tokens.kinds[i - 1]!)) return false;
        continue;
      case t.TOKEN_DATE:
      case t.TOKEN_TIME:
      case t.TOKEN_TIMESTAMP:
        if (tokens.kinds[i + 1] !== t.TOKEN_STRING) return false;
        continue;
      default:
        return false;
    }
  }
  return true;
}

/** Whether a sign behind the token joins two operands. */
function isOperand(kind: number): boolean {
  return IS_LITERAL[kind] === 1 || kind === t.TOKEN_PARAMETER || kind === t.TOKEN_PAREN_CLOSE || kind === t.TOKEN_NULL;
}
