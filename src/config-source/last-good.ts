/** The last configuration that was served, on disk, for a start without the controller. It has passwords, so only we may read it. */
import { open, readFile, rename, unlink } from "node:fs/promises";
import { isMapping } from "../api/schema-walk.ts";

const FILE = "last-good-config.json";

/** What is kept. */
export interface LastGood {
  /** `namespace/name` of the VirtualDatabase: another's configuration must not be served. */
  readonly key: string;
  /** What the controller called it; null where it has no word for it. */
  readonly version: string | null;
  /** For people, ISO 8601. */
  readonly savedAt: string;
  /** As the controller gave it. */
  readonly config: unknown;
}

/** What is kept in `folder` for `key`; null when nothing is. @throws Error for what cannot be read or is another's. */
export async function readLastGood(folder: string, key: string): Promise<LastGood | null> {
  const file = `${folder}/${FILE}`;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const read = parse(text);
  if (!isMapping(read) || typeof read["key"] !== "string" || !("config" in read)) throw new Error(`${file} is broken`);
  if (read["key"] !== key) throw new Error(`${file} is of ${read["key"]}`);
  const { version, savedAt, config } = read;
  return {
    ...{ key, config, version: typeof version === "string" ? version : null },
    savedAt: typeof savedAt === "string" ? savedAt : "",
  };
}

/** Keeps it: whole or, when anything goes wrong, what was there before. @throws Error */
export async function writeLastGood(folder: string, good: LastGood): Promise<void> {
  const file = `${folder}/${FILE}`;
  const next = `${file}.new`;
  // One that is left of a crash, perhaps of somebody else's, does not decide who may read ours.
  await unlink(next).catch(() => {});
  const handle = await open(next, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(good));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off, or not ours.
    return null;
  }
}
