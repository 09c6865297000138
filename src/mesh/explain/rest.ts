/** Fields that no sentence is about yet: said with their description, so that none is passed over. */
import { KINDS, type Kind } from "../../api/kinds.ts";
import { descriptionOf, required, schemaAt, walkable } from "../../api/schema-walk.ts";
import type { Path } from "../../lib/issue.ts";
import type { Manifest } from "../manifest.ts";
import type { Notes } from "./explanation.ts";

/** Every field of the mapping at `path` of a manifest that is written and not one of `told`. */
export function explainRest(
  notes: Notes,
  manifest: Manifest & { kind: Kind },
  path: Path,
  value: Readonly<Record<string, unknown>>,
  told: readonly string[],
  depth = 0,
): void {
  const schema = schemaAt(walkable(KINDS[manifest.kind].spec), path.slice(1));
  for (const [field, entry] of Object.entries(schema === null ? {} : (required(schema).entries ?? {}))) {
    const at = [...path, field];
    if (told.includes(field) || !manifest.source.isWritten([...manifest.path, ...at])) continue;
    const written = value[field];
    const [first = "", ...more] = (typeof written === "string" ? written : JSON.stringify(written)).split("\n");
    const shown = more.length === 0 ? first : `${first} ...`;
    const description = descriptionOf(entry);
    notes.value(`${field} ${shown}${description === "" ? "" : `: ${description}`}`, manifest, at, depth);
  }
}
