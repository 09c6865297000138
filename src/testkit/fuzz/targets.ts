/** Every reader of bytes that somebody else has written. A new one is a target in ./targets and its place here. */
import type { Target } from "./target.ts";
import { ANSWER_TARGETS } from "./targets/answers.ts";
import { BACKEND_TARGETS } from "./targets/backend.ts";
import { COMMAND_TARGETS } from "./targets/commands.ts";
import { COMPRESSED_TARGETS } from "./targets/compressed.ts";
import { CONFIGURATION_TARGETS } from "./targets/configuration.ts";
import { CURSOR_TARGETS } from "./targets/cursor.ts";
import { LOG_IN_TARGETS } from "./targets/log-in.ts";
import { NET_TARGETS } from "./targets/net.ts";
import { TRACKER_TARGETS } from "./targets/response-tracker.ts";
import { SQL_TARGETS } from "./targets/sql.ts";
import { TEXT_TARGETS } from "./targets/text.ts";

export const TARGETS: readonly Target[] = [
  ...CURSOR_TARGETS,
  ...LOG_IN_TARGETS,
  ...COMMAND_TARGETS,
  ...ANSWER_TARGETS,
  ...TRACKER_TARGETS,
  ...BACKEND_TARGETS,
  ...COMPRESSED_TARGETS,
  ...NET_TARGETS,
  ...SQL_TARGETS,
  ...TEXT_TARGETS,
  ...CONFIGURATION_TARGETS,
];

/** The target of that name. @throws Error that lists all when there is none. */
export function targetNamed(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found !== undefined) return found;
  throw new Error(`no target is called "${name}": there are ${TARGETS.map((target) => target.name).join(", ")}`);
}
