/** What clients are told of changes to their session, as they ask for it: connections of a pool report more. */
import { type Sequence, sequence } from "./sequence.ts";

/** What changes something; another session is told what it wants itself. */
const CHANGES = [
  "A: SET time_zone = '+01:00'",
  "B: SET time_zone = '+02:00'",
  "A: SET @a = 1",
  "A: SELECT 1",
  "B: SET @b = 1",
  "A: USE pisanix_session_state",
  "A: SET autocommit = 0",
  "A: SELECT id FROM fixed LIMIT 1",
  "A: COMMIT",
  "A: SET sql_mode = 'ANSI', wait_timeout = 1000",
  "A reset",
];

export const TRACKING: readonly Sequence[] = [
  play("of variables by name", [
    ["SET session_track_system_variables = 'time_zone, sql_mode'"],
    ["SET session_track_system_variables = ''"],
    ["SET SESSION session_track_system_variables = DEFAULT"],
    ["SET @@session_track_system_variables = 'sql_mode'"],
    ["SET session_track_system_variables = 'session_track_schema,session_track_state_change'"],
    ["SET session_track_system_variables = 'session_track_system_variables'", "SET session_track_schema = OFF"],
  ]),
  play("of states", [
    ["SET session_track_state_change = ON"],
    ["SET session_track_state_change = 1", "SET session_track_state_change = OFF"],
    ["SET SESSION session_track_state_change = TRUE, time_zone = '+03:00'"],
    ["SET time_zone = '+03:00', @@session_track_state_change = ON"],
    ["SET @x = 1, session_track_state_change = ON"],
    ["SET session_track_system_variables = 'time_zone'", "SET session_track_state_change = ON"],
  ]),
  play("of schemas and transactions", [
    ["SET session_track_schema = OFF"],
    ["SET session_track_schema = 0, session_track_system_variables = 'time_zone'", "SET session_track_schema = 1"],
    ["SET session_track_transaction_info = 'CHARACTERISTICS'"],
    ["SET session_track_transaction_info = 'OFF'"],
    ["SET session_track_no_such = 1"],
    ["SET session_track_schema = 7"],
  ]),
  // MySQL reports the number of each statement then, too.
  play(
    "of all variables",
    [
      ["SET session_track_system_variables = '*'"],
      ["SET session_track_state_change = ON, session_track_system_variables = '*'"],
      ["SET session_track_system_variables = '*'", "SET session_track_system_variables = DEFAULT"],
    ],
    "mariadb",
  ),
];

function play(name: string, heads: ReadonlyArray<readonly string[]>, only?: "mariadb"): Sequence {
  const steps = heads.flatMap((head) => [...head.map((statement) => `A: ${statement}`), ...CHANGES]);
  const options = only === undefined ? { connections: 2 } : { connections: 2, only };
  return sequence(`what is told ${name}`, steps.join("\n"), options);
}
