/** Whether a SET changes what sessions that begin later start with. */
import { TOKEN_GLOBAL, TOKEN_PERSIST } from "./grammar.ts";
import { tokensOf } from "./reading.ts";
import type { Statement } from "./statement.ts";

/** True when the SET, or a statement behind it, names GLOBAL or PERSIST variables, be it to read one. */
export function namesGlobals(statement: Statement): boolean {
  const { kinds, count } = tokensOf(statement);
  for (let at = 0; at < count; at++) {
    if (kinds[at] === TOKEN_GLOBAL || kinds[at] === TOKEN_PERSIST) return true;
  }
  return false;
}
