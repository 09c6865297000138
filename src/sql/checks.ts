/** What the servers refuse although their grammar could say it, seen where a rule is complete. */
import {
  NODE_ARITHMETIC,
  NODE_CALL,
  NODE_DEFAULT,
  NODE_NAMES,
  NODE_OR_REPLACE,
  NODE_PATTERN,
  NODE_STRUCTURED_VARIABLE,
  NODE_VARIABLE,
  TOKEN_ALGORITHM,
  TOKEN_AT_AT,
  TOKEN_BIT_NUMBER,
  TOKEN_CHARSET_MARK,
  TOKEN_CURRENT_TIMESTAMP,
  TOKEN_DATE,
  TOKEN_DEFINER,
  TOKEN_FALSE,
  TOKEN_GLOBAL,
  TOKEN_IDENT,
  TOKEN_JSON,
  TOKEN_LOCAL,
  TOKEN_MINUS_SIGN,
  TOKEN_NOW,
  TOKEN_NULL,
  TOKEN_PAREN_OPEN,
  TOKEN_PERSIST,
  TOKEN_PERSIST_ONLY,
  TOKEN_PLUS,
  TOKEN_SESSION,
  TOKEN_SPATIAL,
  TOKEN_SQL,
  TOKEN_STRING,
  TOKEN_TIME,
  TOKEN_TIMESTAMP,
  TOKEN_TRUE,
  TOKEN_VIEW,
} from "./grammar.ts";
import type { Tokens } from "./tokens.ts";
import { NODE_SIZE, type Tree } from "./tree.ts";
import { findWord, WORD_KINDS } from "./words.ts";

/** 1 for the nodes that isRefused() looks at. */
export const IS_CHECKED: Uint8Array = new Uint8Array(NODE_NAMES.split(" ").length);
for (const node of [NODE_PATTERN, NODE_CALL, NODE_VARIABLE, NODE_OR_REPLACE, NODE_DEFAULT, NODE_STRUCTURED_VARIABLE]) {
  IS_CHECKED[node] = 1;
}

/** Whether a server refuses the node `node` that begins with the token `first`, with `tree` as far as it has grown. */
export function isRefused(tree: Tree, tokens: Tokens, node: number, first: number): boolean {
  const { isMariaDb } = tokens;
  switch (node) {
    case NODE_PATTERN:
      return !isMariaDb && isArithmetic(tree, first);
    case NODE_CALL:
      // To MySQL a keyword is no function's name but where the grammar says so.
      return !isMariaDb && tokens.kinds[first] !== TOKEN_IDENT;
    case NODE_VARIABLE:
      // A scope is no variable: to MySQL nowhere, to MariaDB not behind @@.
      return isScope(tokens.kinds[first]!) && (!isMariaDb || (first > 0 && tokens.kinds[first - 1] === TOKEN_AT_AT));
    case NODE_OR_REPLACE:
      return !isMariaDb && !isReplacedByMysql(tokens.kinds[first + 2]!);
    case NODE_DEFAULT:
      return !isMariaDb && !isMysqlDefault(tokens.kinds[first + 1]!, tokens.kinds[first + 2]!);
    case NODE_STRUCTURED_VARIABLE:
      return !isMariaDb && isScope(WORD_KINDS[0][findWord(tokens.bytes, tokens.starts[first]!, tokens.ends[first]!)]!);
    default:
      return false;
  }
}

/** Whether what begins with the token `first` and was just complete is a sum or the like. */
function isArithmetic(tree: Tree, first: number): boolean {
  const last = (tree.count - 1) * NODE_SIZE;
  return last >= 0 && tree.nodes[last] === NODE_ARITHMETIC && tree.nodes[last + 1] === first;
}

function isScope(kind: number): boolean {
  switch (kind) {
    case TOKEN_GLOBAL:
    case TOKEN_SESSION:
    case TOKEN_LOCAL:
    case TOKEN_PERSIST:
    case TOKEN_PERSIST_ONLY:
      return true;
    default:
      return false;
  }
}

/** What follows CREATE OR REPLACE in MySQL: a view, with what may stand before that word, or a spatial reference system. */
function isReplacedByMysql(kind: number): boolean {
  switch (kind) {
    case TOKEN_VIEW:
    case TOKEN_ALGORITHM:
    case TOKEN_DEFINER:
    case TOKEN_SQL:
    case TOKEN_JSON:
    case TOKEN_SPATIAL:
      return true;
    default:
      return false;
  }
}

/** Whether a column's default that begins so is a literal, the time, or in parentheses, as MySQL wants it. */
function isMysqlDefault(kind: number, next: number): boolean {
  switch (kind) {
    case TOKEN_PAREN_OPEN:
    case TOKEN_CURRENT_TIMESTAMP:
    case TOKEN_NOW:
    case TOKEN_CHARSET_MARK:
    case TOKEN_NULL:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_PLUS:
    case TOKEN_MINUS_SIGN:
      return true;
    case TOKEN_DATE:
    case TOKEN_TIME:
    case TOKEN_TIMESTAMP:
      return next === TOKEN_STRING;
    default:
      return kind >= TOKEN_STRING && kind <= TOKEN_BIT_NUMBER;
  }
}
