/** The effects of names, by number of the word: of functions that are called and of variables. */
import { INTERESTING_NAMES } from "./interest.ts";
import { WORD_TEXTS, wordNumber } from "./words.ts";

/** The effects of calling a function. */
export const EFFECTS_BY_CALL: Int32Array = new Int32Array(WORD_TEXTS.length);
/** The effects of naming a system variable as `@@name` or `@@scope.name`. */
export const EFFECTS_BY_VARIABLE: Int32Array = new Int32Array(WORD_TEXTS.length);
/** The effects of assigning to a system variable as `@@name`, without a scope. */
export const EFFECTS_BY_UNSCOPED_VARIABLE: Int32Array = new Int32Array(WORD_TEXTS.length);

for (const { name, call = 0, variable = 0, unscoped = 0 } of INTERESTING_NAMES) {
  const word = wordNumber(name);
  EFFECTS_BY_CALL[word] = call;
  EFFECTS_BY_VARIABLE[word] = variable;
  EFFECTS_BY_UNSCOPED_VARIABLE[word] = unscoped;
}
