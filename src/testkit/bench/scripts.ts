/** Loads that Debian's sysbench has no script for. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Every row of the table. */
const SCAN = `function thread_init() con = sysbench.sql.driver():connect() end
function event() con:query("SELECT id, k, c, pad FROM sbtest1") end
function thread_done() con:disconnect() end
`;

/** A client that connects, asks one thing, and leaves. */
const RECONNECT = `function event()
  local con = sysbench.sql.driver():connect()
  con:query("SELECT c FROM sbtest1 WHERE id = 1")
  con:disconnect()
end
`;

export type ScriptName = keyof typeof SCRIPTS;
const SCRIPTS = { scan: SCAN, reconnect: RECONNECT };

/** Writes the scripts into `directory`. */
export async function writeScripts(directory: string): Promise<void> {
  for (const [name, text] of Object.entries(SCRIPTS)) await writeFile(join(directory, `${name}.lua`), text);
}
