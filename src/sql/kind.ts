/** What kind of statement a text is. A closed set, so that it can label metrics (`type`) and index arrays. */

export const STATEMENT_KINDS = [
  // Data
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "REPLACE",
  "CALL",
  "DO",
  "LOAD",
  "IMPORT",
  "HANDLER",
  // Transactions
  "BEGIN",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
  "XA",
  "LOCK",
  "UNLOCK",
  // Session
  "SET",
  "USE",
  "PREPARE",
  "EXECUTE",
  "DEALLOCATE",
  // Looking
  "SHOW",
  "EXPLAIN",
  "HELP",
  "GET",
  "CHECKSUM",
  // Definitions and accounts
  "CREATE",
  "ALTER",
  "DROP",
  "TRUNCATE",
  "RENAME",
  "GRANT",
  "REVOKE",
  // Administration
  "ANALYZE",
  "BACKUP",
  "BINLOG",
  "CACHE",
  "CHANGE",
  "CHECK",
  "CLONE",
  "FLUSH",
  "INSTALL",
  "KILL",
  "OPTIMIZE",
  "PURGE",
  "REPAIR",
  "RESET",
  "RESIGNAL",
  "RESTART",
  "SHUTDOWN",
  "SIGNAL",
  "START",
  "STOP",
  "UNINSTALL",
  // A first word that is not in the list, and a text without any word
  "OTHER",
  "EMPTY",
] as const;

export type StatementKind = (typeof STATEMENT_KINDS)[number];

/** The place of each kind in STATEMENT_KINDS, to index typed arrays by. */
export const STATEMENT_KIND_INDEX = Object.freeze(
  Object.fromEntries(STATEMENT_KINDS.map((kind, index) => [kind, index])),
) as Readonly<Record<StatementKind, number>>;
