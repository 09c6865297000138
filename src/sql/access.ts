/** Whether a statement reads or writes, from all that its text tells. */
import { EFFECT_CALL, EFFECT_FUNCTION, EFFECT_LOCKING_READ, EFFECT_MULTI, EFFECT_ROLE } from "./effects.ts";
import {
  ACTION_LOCK_TABLES,
  ACTION_NAME,
  ACTION_SELECT,
  ACTION_SHOW,
  type Facts,
  SCOPE_GLOBAL,
  SCOPE_PERSIST,
} from "./facts.ts";
import type { StatementKind } from "./kind.ts";
import { FAILURE_NONE } from "./tree.ts";

/**
 * `session` changes nothing but the session or its transaction; `unknown` calls what is not in the text, was not understood,
 * or is several statements.
 */
export type Access = "read" | "locking read" | "write" | "session" | "unknown";

const READ_ACTIONS = ACTION_SELECT | ACTION_SHOW | ACTION_NAME | ACTION_LOCK_TABLES;

/** What the statement of this kind and with these facts does. Triggers and views are not in the text. */
export function accessOf(kind: StatementKind, facts: Facts): Access {
  if (facts.failure !== FAILURE_NONE || facts.isTruncated) return "unknown";
  if ((facts.effects & EFFECT_MULTI) !== 0) return "unknown";
  const general = accessOfKind(kind);
  if (kind === "EXPLAIN" || general === "write") return general;
  if ((facts.effects & (EFFECT_CALL | EFFECT_FUNCTION)) !== 0) return "unknown";
  if (facts.writesFile || changesTable(facts) || changesServer(kind, facts)) return "write";
  return (facts.effects & EFFECT_LOCKING_READ) === 0 ? general : "locking read";
}

function accessOfKind(kind: StatementKind): Access {
  switch (kind) {
    case "SELECT":
    case "SHOW":
    case "EXPLAIN":
    case "HELP":
    case "CHECKSUM":
    case "DO":
    case "HANDLER":
      return "read";
    case "BEGIN":
    case "COMMIT":
    case "ROLLBACK":
    case "SAVEPOINT":
    case "RELEASE":
    case "XA":
    case "LOCK":
    case "UNLOCK":
    case "SET":
    case "USE":
    case "PREPARE":
    case "DEALLOCATE":
    case "GET":
    case "EMPTY":
      return "session";
    case "EXECUTE":
    case "CALL":
    case "OTHER":
    case "ANALYZE": // MariaDB's ANALYZE runs the statement behind it
      return "unknown";
    default:
      return "write";
  }
}

/** SET of anything that is not the session's own; SET PASSWORD assigns no variable at all. */
function changesServer(kind: StatementKind, facts: Facts): boolean {
  if (kind !== "SET") return false;
  const { items, count } = facts.variables;
  for (let i = 0; i < count; i++) {
    if (items[i]!.isAssigned && (items[i]!.scope === SCOPE_GLOBAL || items[i]!.scope === SCOPE_PERSIST)) return true;
  }
  return count === 0 && (facts.effects & EFFECT_ROLE) === 0;
}

function changesTable(facts: Facts): boolean {
  const { items, count } = facts.tables;
  for (let i = 0; i < count; i++) if ((items[i]!.actions & ~READ_ACTIONS) !== 0) return true;
  return false;
}
