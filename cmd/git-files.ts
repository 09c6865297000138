/** Manifests as they were at a git revision. */
import { relative, resolve } from "node:path";
import type { SourceFile } from "../src/mesh/manifest.ts";
import { UsageError } from "./arguments.ts";

/** `REV` or `REV:PATH`, once it is known to be one. */
export interface Revision {
  /** As it was written. */
  readonly name: string;
  readonly commit: string;
  /** From the current folder, as git takes it; null when only the revision was given. */
  readonly path: string | null;
}

/** The revision that `word` names; null when git knows none of that name, or there is no repository. */
export async function findRevision(word: string): Promise<Revision | null> {
  const colon = word.indexOf(":");
  const name = colon < 0 ? word : word.slice(0, colon);
  if (name === "" || name.startsWith("-")) return null;
  const { exitCode, stdout } = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  if (exitCode !== 0) return null;
  return { name, commit: stdout.trim(), path: colon < 0 ? null : word.slice(colon + 1) };
}

/** The manifests below `paths` at a revision, called `REV:PATH`. */
export async function readRevision(
  { name, commit }: Revision,
  named: readonly string[],
  options: { recursive: boolean },
): Promise<SourceFile[]> {
  const paths = named.map((path) => relative(process.cwd(), resolve(path)) || ".");
  const listed = await git(["ls-tree", "-r", "-z", "--name-only", commit, "--", ...paths]);
  if (listed.exitCode !== 0)
    throw new UsageError(`git cannot list ${name}: ${listed.stderr.trim()}`, "name a path of the repository");
  const files = listed.stdout.split("\0").filter((file) => isWanted(file, paths, options.recursive));
  const read: SourceFile[] = [];
  for (const file of files.sort()) {
    const shown = await git(["show", `${commit}:./${file}`]);
    if (shown.exitCode !== 0)
      throw new UsageError(`git cannot read ${name}:${file}: ${shown.stderr.trim()}`, "name another path");
    read.push({ file: `${name}:${file}`, text: shown.stdout });
  }
  return read;
}

/** A file that is named, or a manifest that lies in a folder that is. */
function isWanted(file: string, paths: readonly string[], recursive: boolean): boolean {
  return paths.some((path) => {
    const folder = path.replace(/^\.\//, "").replace(/\/+$/, "");
    if (file === folder) return true;
    const inside =
      folder === "" || folder === "." ? file : file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : null;
    return inside !== null && /\.(ya?ml|json)$/i.test(inside) && (recursive || !inside.includes("/"));
  });
}

async function git(args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  try {
    const child = Bun.spawn(["git", ...args], { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { exitCode, stdout, stderr };
  } catch (error) {
    return { exitCode: 127, stdout: "", stderr: error instanceof Error ? error.message : String(error) };
  }
}
