/** What clients say, in the order in which it makes sense. A word is the name of an operation, or begins with @ for a command without SQL. */
import { LOCKS } from "./model/locks.ts";
import type { Operation } from "./model/operation.ts";
import { READS } from "./model/reads.ts";
import { SETTINGS } from "./model/settings.ts";
import { SEVERAL } from "./model/several.ts";
import { WRITES } from "./model/writes.ts";

const OPERATIONS = new Map([...READS, ...WRITES, ...SETTINGS, ...LOCKS, ...SEVERAL].map((each) => [each.name, each]));

/** The operation called `name`. @throws Error when there is none. */
export function operationNamed(name: string): Operation {
  const found = OPERATIONS.get(name);
  if (found === undefined) throw new Error(`no operation is called "${name}"`);
  return found;
}

/** All operations, for whoever wants to try each. */
export function allOperations(): Operation[] {
  return [...OPERATIONS.values()];
}

/** Words that stand between any two others. */
export const LONE_WORDS: readonly string[] = words(`
  nonce, row, row, nonce, row count, found rows, last insert id, settings, character sets, user variables, schema, many rows,
  missing table, nonsense, no rows, do, delete nothing, insert twice, @ping, @init shop, @init nowhere, two selects, second fails,
  warnings, warning count, set wrongly, set half wrongly, slow
`);

/** Phrases after which a connection may serve anybody. */
export const PLAIN_PHRASES: ReadonlyArray<readonly string[]> = phrases(`
  begin, update, row, commit
  start transaction, insert, update, rollback, last insert id
  begin, insert, savepoint, insert, rollback to savepoint, last insert id, commit
  begin, row for update, update, nonce, commit
  begin, update, commit and chain, update, rollback
  begin, insert, ddl, update, commit
  begin, missing table, insert, commit
  autocommit off, update, row, commit, row, rollback, autocommit on, row
  autocommit off, insert, autocommit on, last insert id
  insert, last insert id, nonce, last insert id
  insert many, row count, last insert id
  insert and id, last insert id
  update, row count
  delete nothing, row count, row count
  no rows, found rows
  row, found rows, found rows
  counted rows, found rows
  warned, warnings, warning count
  warned, row, warnings
  missing table, warnings
  nonsense, warning count, warnings
  set time zone, settings, nonce, settings
  set session time zone, settings, row, settings
  set two, settings, insert, last insert id, settings
  set names, character sets, row, character sets
  set sql_mode, settings, set names, settings
  set safe updates, @ping, settings
  set user variable, user variables, row, user variables
  set user number, set user variable, user variables
  set both sorts, settings, user variables
  set and look, user variables
  set isolation, isolation, begin, row, commit, isolation
  set half wrongly, settings
  set wrongly, warnings, settings
  use, schema, row, use, schema
  @init shop, schema, nonce, @init test, schema
  use nothing, schema
  many rows, nonce
  many rows, many rows
  two selects, second fails, nonce
  set time zone, @reset, settings, character sets
  insert, @reset, last insert id
  set user variable, @reset, user variables
  @prepare, @execute, @execute, row, @execute, @close
  @prepare, @execute, @prepare, @execute, @execute, @execute
  begin, @prepare, @execute, @execute, commit, @execute
  @prepare, set time zone, @execute, settings, @execute
  @prepare, @execute, @reset, @prepare, @execute
  @prepare, @execute cursor, @fetch, row, @fetch, @fetch, @close
  @prepare, @execute cursor, @close, nonce
  @prepare, @long, @long, @execute, @execute
  @prepare, @long, nonce, @close, nonce
  @prepare, @execute cursor, @reset statement, @execute
`);

/** Phrases that keep a connection until the session is reset or ends. */
export const STATEFUL_PHRASES: ReadonlyArray<readonly string[]> = phrases(`
  create temporary, fill temporary, row, read temporary, drop temporary, read temporary
  create temporary, fill temporary, @reset, read temporary
  lock tables, update, row, unlock tables
  lock tables, insert, begin, row, commit
  get lock, row, release lock, release lock
  get lock, @reset, release lock
  open handler, read handler, row, read handler, close handler, read handler
  prepare in SQL, execute in SQL, row, execute in SQL, deallocate, execute in SQL
  call, user variables, row, user variables
  call with rows, nonce
  assign in select, user variables, row, user variables
  select into, user variables, nonce, user variables
  set next isolation, begin, isolation of the transaction, row, commit, begin, isolation of the transaction, rollback
  set what is not tracked, settings, row, settings
  set one of each, settings, row, settings
  set @@ time zone, settings, row, settings
  set timestamp, row, nonce
  set role, role, row, role
`);

function words(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function phrases(text: string): string[][] {
  return text
    .split("\n")
    .map(words)
    .filter((phrase) => phrase.length > 0);
}
