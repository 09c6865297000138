/** Which sessions begin with the same values of variables on one server. */
import { CLIENT_IGNORE_SPACE, CLIENT_INTERACTIVE } from "../mysql/capabilities.ts";
import type { Shape } from "./connection.ts";

/** Capabilities that give a session other values: sql_mode has IGNORE_SPACE, wait_timeout is interactive_timeout. */
export const BASELINE_CAPABILITIES = CLIENT_IGNORE_SPACE | CLIENT_INTERACTIVE;

/** The key of a shape in Endpoint.baselines. */
export function baselineKey({ collation, capabilities }: Shape): string {
  return `${collation} ${capabilities & BASELINE_CAPABILITIES}`;
}
