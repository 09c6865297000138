/** The configuration of a proxy in files: one configuration, or manifests that amount to one. */
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { readProxyConfig } from "../src/api/read-proxy-config.ts";
import type { Loaded, Parsed } from "../src/config-source/file-source.ts";
import { hasErrors, type Issue, issueOfFile } from "../src/lib/issue.ts";
import { renderMesh, selectDatabase } from "../src/mesh/render.ts";
import { UsageError } from "./arguments.ts";
import { readFiles, subfoldersOf } from "./read-files.ts";

/** Reads one configuration; `-` is stdin, which is read once. */
export async function loadConfig(file: string): Promise<Loaded> {
  const name = file === "-" ? "stdin" : file;
  try {
    const text = file === "-" ? await Bun.stdin.text() : await readFile(file, "utf8");
    const parse = (): Parsed => ({ ...readProxyConfig(text, name), failure: "invalid" });
    return { digest: digestOf([text]), folders: await foldersOf(file === "-" ? [] : [file]), parse };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const issues = [issueOfFile(name, message, "name a file that is there and may be read")];
    return { ...unreadable(issues), folders: [dirname(file)] };
  }
}

/**
 * Reads manifests; `wanted` is the NAMESPACE/NAME of the VirtualDatabase to serve. parse() throws UsageError when there are
 * several and none is wanted.
 */
export async function loadManifests(
  paths: readonly string[],
  recursive: boolean,
  wanted: string | undefined,
): Promise<Loaded> {
  const { files, issues } = await readFiles(paths, { recursive });
  const named = paths.filter((path) => path !== "-");
  // What was read from stdin cannot be read again.
  const isOnce = named.length < paths.length;
  const folders = isOnce ? [] : await foldersOf([...named, ...files.map(({ file }) => file)], recursive);
  if (hasErrors(issues)) return { ...unreadable(issues), folders };
  const digest = digestOf(files.flatMap(({ file, text }) => [file, text]));
  const parse = (): Parsed => {
    // A placeholder for a password opens no database.
    const rendered = renderMesh(files, { secretsAreComplete: true });
    const selected = wanted === undefined ? rendered : selectDatabase(rendered, wanted);
    const [only, second] = selected.databases;
    if (only !== undefined && second !== undefined) {
      const names = selected.databases.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
      const remedy = `add --virtual-database with one of ${names}`;
      throw new UsageError("the manifests have more than one VirtualDatabase", remedy);
    }
    return { config: only?.config ?? null, issues: selected.issues, failure: "invalid" };
  };
  return { digest, folders, parse };
}

/** The same, for who cannot be told of wrong usage any more. */
export function withoutUsage(loaded: Loaded): Loaded {
  return {
    ...loaded,
    parse() {
      try {
        return loaded.parse();
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { config: null, issues: [issueOfFile("manifests", error.message, error.remedy)], failure: "invalid" };
      }
    },
  };
}

function unreadable(issues: readonly Issue[]): Omit<Loaded, "folders"> {
  return {
    digest: digestOf(issues.map(({ message }) => message)),
    parse: () => ({ config: null, issues, failure: "read" }),
  };
}

/** Where `paths` and what their links lead to may change. */
async function foldersOf(paths: readonly string[], recursive = false): Promise<string[]> {
  const folders = new Set<string>();
  for (const path of paths) {
    folders.add(dirname(path));
    try {
      const real = await realpath(path);
      if (!(await stat(real)).isDirectory()) folders.add(dirname(real));
      else for (const folder of [path, ...(recursive ? await subfoldersOf(path) : [])]) folders.add(folder);
    } catch {
      // It is not there: the folder in which it should be tells when it comes.
    }
  }
  return [...folders];
}

function digestOf(texts: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const text of texts) hasher.update(`${text.length} `).update(text);
  return hasher.digest("hex");
}
