/** Finds and reads the manifests that a command line names: files, folders, and `-` for stdin. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Issue, issueOfFile } from "../src/lib/issue.ts";
import { decodeUtf8 } from "../src/lib/utf8.ts";
import type { SourceFile } from "../src/mesh/manifest.ts";

export interface FilesRead {
  /** In the order given, folders in name order; a file that is named twice is read once. */
  files: SourceFile[];
  issues: Issue[];
}

/** Reads everything that `paths` name. What cannot be read is an issue, not an exception. */
export async function readFiles(paths: readonly string[], options: { recursive: boolean }): Promise<FilesRead> {
  const read: FilesRead = { files: [], issues: [] };
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === "-") {
      if (!seen.has(path)) addText("stdin", await Bun.stdin.bytes(), read);
      seen.add(path);
      continue;
    }
    try {
      const found = (await stat(path)).isDirectory() ? await listFolder(path, options.recursive, read) : [path];
      for (const file of found) await readOnce(file, seen, read);
    } catch (error) {
      read.issues.push(issueOfFile(path, reasonOf(error), "name a file or folder that is there and may be read"));
    }
  }
  return read;
}

async function readOnce(file: string, seen: Set<string>, read: FilesRead): Promise<void> {
  const real = await realpath(file);
  if (seen.has(real)) return;
  seen.add(real);
  addText(file, await readFile(file), read);
}

function addText(file: string, bytes: Uint8Array, read: FilesRead): void {
  const decoded = decodeUtf8(bytes, file);
  if (typeof decoded === "string") read.files.push({ file, text: decoded });
  else read.issues.push(decoded);
}

/** The folders in a folder, and those in them. */
export async function subfoldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** The manifests of a folder, as kubectl takes them: by their extension. */
async function listFolder(folder: string, recursive: boolean, read: FilesRead): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive });
  const files = entries
    .filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) {
    const remedy = recursive ? "name another folder" : "name another folder, or add -R to look into the folders in it";
    read.issues.push(issueOfFile(folder, "has no .yaml, .yml or .json file", remedy));
  }
  return files;
}

const REASONS: Record<string, string> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EISDIR: "is a folder",
  ELOOP: "too many links",
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
