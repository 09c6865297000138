/** Whether a statement surely uses a table: MariaDB keeps the warnings of the one before until then. */
import { EFFECT_VERSION_COMMENT } from "./effects.ts";
import { factsOf } from "./facts-of.ts";
import type { Statement } from "./statement.ts";

/** Longer texts are not parsed for this, and count as ones without a table. */
const TEXT_BYTES_MAX = 64 * 1024;

/** False where the text does not tell. Costs a parse of the text where that is not known yet. */
export function usesTables(statement: Statement): boolean {
  switch (statement.kind) {
    case "INSERT":
    case "UPDATE":
    case "DELETE":
    case "REPLACE":
    case "TRUNCATE":
    case "LOAD":
      return true;
    case "EMPTY":
      return false;
    default:
      if ((statement.effects & EFFECT_VERSION_COMMENT) !== 0) return false;
      return statement.end - statement.start <= TEXT_BYTES_MAX && factsOf(statement).tables.count > 0;
  }
}
