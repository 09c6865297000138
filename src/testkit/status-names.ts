/** Status flags as a person reads them. */
import { SERVER_MORE_RESULTS_EXISTS, SERVER_STATUS_AUTOCOMMIT, SERVER_STATUS_IN_TRANS } from "../mysql/status-flags.ts";

const NAMES: ReadonlyArray<readonly [flag: number, name: string]> = [
  [SERVER_STATUS_IN_TRANS, "IN_TRANS"],
  [SERVER_STATUS_AUTOCOMMIT, "AUTOCOMMIT"],
  [SERVER_MORE_RESULTS_EXISTS, "MORE"],
];

/** The names of the usual flags and the hexadecimal of all others: `AUTOCOMMIT+0x20`. */
export function statusFlagNames(status: number): string {
  const known = NAMES.filter(([flag]) => (status & flag) !== 0);
  const rest = known.reduce((left, [flag]) => left & ~flag, status);
  return [...known.map(([, name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join("+");
}
