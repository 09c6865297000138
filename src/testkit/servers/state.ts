/** What `make servers` did for one server, written down for the tests and for `make servers-stop`. */
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SERVERS_DIRECTORY } from "../paths.ts";
import type { ServerAddress } from "./address.ts";
import type { ServerName } from "./kind.ts";

export interface ServerState {
  address: ServerAddress;
  /** The process that we started; absent for a server that was given to us. */
  pid?: number;
}

/** The state as last written; undefined before the first `make servers` and after `make servers-stop`. */
export function readState(name: ServerName): ServerState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(name), "utf8")) as ServerState;
  } catch {
    // Not there: nothing was started.
    return undefined;
  }
}

/** Replaces the state. It has the passwords of the test accounts: only the owner may read it. */
export async function writeState(name: ServerName, state: ServerState): Promise<void> {
  const file = stateFile(name);
  await mkdir(join(SERVERS_DIRECTORY, name), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Forgets the server. */
export async function removeState(name: ServerName): Promise<void> {
  await rm(stateFile(name), { force: true });
}

function stateFile(name: ServerName): string {
  return join(SERVERS_DIRECTORY, name, "state.json");
}
