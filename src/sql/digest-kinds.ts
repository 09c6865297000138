/** What digests have to know of terminals. */
import * as grammar from "./grammar.ts";

/** One place for every terminal, and for the kinds of digest-tokens.ts. */
const KINDS = 1100;

/** After these an expression may begin, so that a sign belongs to the number behind it. */
// biome-ignore format: a list of terminals is read by the line
export const STARTS_EXPRESSION = marked([
  grammar.TOKEN_SELECT, grammar.TOKEN_PAREN_OPEN, grammar.TOKEN_COMMA, grammar.TOKEN_EVERY, grammar.TOKEN_AT,
  grammar.TOKEN_STARTS, grammar.TOKEN_ENDS, grammar.TOKEN_DEFAULT, grammar.TOKEN_RETURN, grammar.TOKEN_IF,
  grammar.TOKEN_ELSEIF, grammar.TOKEN_CASE, grammar.TOKEN_WHEN, grammar.TOKEN_WHILE, grammar.TOKEN_UNTIL,
  grammar.TOKEN_THEN, grammar.TOKEN_ELSE, grammar.TOKEN_OR, grammar.TOKEN_OR_OR, grammar.TOKEN_CONCAT_PIPES,
  grammar.TOKEN_XOR, grammar.TOKEN_AND, grammar.TOKEN_AND_AND, grammar.TOKEN_NOT, grammar.TOKEN_NOT_HIGH,
  grammar.TOKEN_BETWEEN, grammar.TOKEN_LIKE, grammar.TOKEN_REGEXP, grammar.TOKEN_BAR, grammar.TOKEN_AMPERSAND,
  grammar.TOKEN_SHIFT_LEFT, grammar.TOKEN_SHIFT_RIGHT, grammar.TOKEN_PLUS, grammar.TOKEN_MINUS_SIGN,
  grammar.TOKEN_INTERVAL, grammar.TOKEN_ASTERISK, grammar.TOKEN_SLASH, grammar.TOKEN_PERCENT, grammar.TOKEN_DIV,
  grammar.TOKEN_MOD, grammar.TOKEN_CARET, grammar.TOKEN_EQUALS, grammar.TOKEN_NULL_SAFE_EQUALS,
  grammar.TOKEN_NOT_EQUALS, grammar.TOKEN_LESS_THAN, grammar.TOKEN_AT_MOST, grammar.TOKEN_GREATER, grammar.TOKEN_AT_LEAST,
]);

/** After these NULL is a value; elsewhere it is an attribute of a column, an action, or part of IS NULL. */
// biome-ignore format: a list of terminals is read by the line
export const BEFORE_NULL_VALUE = marked([
  grammar.TOKEN_WHERE, grammar.TOKEN_HAVING, grammar.TOKEN_ON, grammar.TOKEN_BY, grammar.TOKEN_DISTINCT, grammar.TOKEN_ALL,
  grammar.TOKEN_FROM, grammar.TOKEN_FOR, grammar.TOKEN_DO, grammar.TOKEN_ASSIGN, grammar.TOKEN_BANG, grammar.TOKEN_TILDE,
  grammar.TOKEN_BINARY, grammar.TOKEN_ESCAPE, grammar.TOKEN_BOTH, grammar.TOKEN_LEADING, grammar.TOKEN_TRAILING,
], STARTS_EXPRESSION);

/** After one of these in a list of ORDER BY or GROUP BY a number is not the whole item. */
// biome-ignore format: a list of terminals is read by the line
export const CONTINUES_EXPRESSION = marked([
  grammar.TOKEN_OR, grammar.TOKEN_OR_OR, grammar.TOKEN_CONCAT_PIPES, grammar.TOKEN_XOR, grammar.TOKEN_AND,
  grammar.TOKEN_AND_AND, grammar.TOKEN_NOT, grammar.TOKEN_BETWEEN, grammar.TOKEN_LIKE, grammar.TOKEN_REGEXP,
  grammar.TOKEN_BAR, grammar.TOKEN_AMPERSAND, grammar.TOKEN_SHIFT_LEFT, grammar.TOKEN_SHIFT_RIGHT, grammar.TOKEN_PLUS,
  grammar.TOKEN_MINUS_SIGN, grammar.TOKEN_ASTERISK, grammar.TOKEN_SLASH, grammar.TOKEN_PERCENT, grammar.TOKEN_DIV,
  grammar.TOKEN_MOD, grammar.TOKEN_CARET, grammar.TOKEN_EQUALS, grammar.TOKEN_NULL_SAFE_EQUALS, grammar.TOKEN_NOT_EQUALS,
  grammar.TOKEN_LESS_THAN, grammar.TOKEN_AT_MOST, grammar.TOKEN_GREATER, grammar.TOKEN_AT_LEAST, grammar.TOKEN_IS,
  grammar.TOKEN_IN, grammar.TOKEN_COLLATE, grammar.TOKEN_MEMBER, grammar.TOKEN_SOUNDS,
]);

/** These end a list of ORDER BY or GROUP BY. */
// biome-ignore format: a list of terminals is read by the line
export const ENDS_ORDER = marked([
  grammar.TOKEN_LIMIT, grammar.TOKEN_HAVING, grammar.TOKEN_ON, grammar.TOKEN_INTO, grammar.TOKEN_FOR, grammar.TOKEN_LOCK,
  grammar.TOKEN_UNION, grammar.TOKEN_EXCEPT, grammar.TOKEN_INTERSECT, grammar.TOKEN_WINDOW, grammar.TOKEN_ROWS,
  grammar.TOKEN_RANGE, grammar.TOKEN_GROUPS, grammar.TOKEN_SEPARATOR, grammar.TOKEN_QUALIFY, grammar.TOKEN_RETURNING,
  grammar.TOKEN_PROCEDURE, grammar.TOKEN_SEMICOLON, grammar.TOKEN_SELECT,
]);

/** Literals, which a digest does not tell apart. */
// biome-ignore format: a list of terminals is read by the line
export const IS_LITERAL = marked([
  grammar.TOKEN_STRING, grammar.TOKEN_NATIONAL_STRING, grammar.TOKEN_INTEGER, grammar.TOKEN_DECIMAL_NUMBER,
  grammar.TOKEN_FLOAT_NUMBER, grammar.TOKEN_HEX_NUMBER, grammar.TOKEN_BIT_NUMBER,
]);

/** What is a value behind a comma, whatever stands before that. */
export const IS_VALUE = marked([grammar.TOKEN_PARAMETER, grammar.TOKEN_NULL], IS_LITERAL);

function marked(terminals: readonly number[], others?: Uint8Array): Uint8Array {
  const marks = new Uint8Array(KINDS);
  if (others !== undefined) marks.set(others);
  for (const terminal of terminals) marks[terminal] = 1;
  return marks;
}
