/** The state table: what sessions do to their connection, and what nobody else may notice. */
import { CONFLICTS } from "./sequences/conflicts.ts";
import { INSERT_IDS } from "./sequences/insert-ids.ts";
import { LAST_STATEMENT } from "./sequences/last-statement.ts";
import { LOCKS } from "./sequences/locks.ts";
import type { Sequence } from "./sequences/sequence.ts";
import { SETTINGS } from "./sequences/settings.ts";
import { TRACKING } from "./sequences/tracking.ts";
import { TRANSACTIONS } from "./sequences/transactions.ts";
import { VARIABLES } from "./sequences/variables.ts";
import type { ServerName } from "./servers/kind.ts";

/** Every sequence that `server` understands. */
export function sequencesOf(server: ServerName): Sequence[] {
  const all = [
    ...SETTINGS,
    ...TRACKING,
    ...VARIABLES,
    ...TRANSACTIONS,
    ...CONFLICTS,
    ...LOCKS,
    ...INSERT_IDS,
    ...LAST_STATEMENT,
  ];
  return all.filter(({ only }) => only === undefined || only === server);
}
