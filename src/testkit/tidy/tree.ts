/** The source files of a checkout as values, so that a rule can be tried on made-up ones. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { blankText } from "./blank.ts";

export interface SourceFile {
  /** From the top of the checkout: `src/mysql/packet.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the inside of strings blanked; same length. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** The file of ours that it names, "" for a package. */
  readonly target: string;
}

export interface Tree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Names at the top of the checkout, without those that git ignores. */
  readonly topLevel: readonly string[];
  /** The text of files at the top of the checkout that are not TypeScript. */
  readonly texts: ReadonlyMap<string, string>;
}

/** One place that breaks a rule. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly detail: string;
}

/** A rule of design.md or style.md. */
export interface Rule {
  readonly name: string;
  readonly why: string;
  find(tree: Tree): Finding[];
}

/** The checkout at `root`: TypeScript below `src` and `cmd`, and the files at its top. */
export function readTree(root: string): Tree {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n");
  const entries = readdirSync(root, { withFileTypes: true }).filter((entry) => {
    return entry.name !== ".git" && !ignored.some((line) => line.replaceAll("/", "") === entry.name);
  });
  const sources: Record<string, string> = {};
  for (const room of ["src", "cmd"]) {
    for (const path of readdirSync(join(root, room), { recursive: true, encoding: "utf8" })) {
      if (path.endsWith(".ts")) sources[`${room}/${path}`] = readFileSync(join(root, room, path), "utf8");
    }
  }
  const texts: Record<string, string> = {};
  for (const entry of entries) if (entry.isFile()) texts[entry.name] = readFileSync(join(root, entry.name), "utf8");
  return newTree(
    sources,
    entries.map((entry) => entry.name),
    texts,
  );
}

/** A tree of these sources, keyed by path. */
export function newTree(
  sources: Readonly<Record<string, string>>,
  topLevel: readonly string[] = [],
  texts: Readonly<Record<string, string>> = {},
): Tree {
  const paths = Object.keys(sources).sort();
  const files = new Map(paths.map((path) => [path, newSourceFile(path, sources[path] ?? "")]));
  return { files, topLevel, texts: new Map(Object.entries(texts)) };
}

/** A test, which may do more than what it tests. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/** A test or what serves tests only. */
export function isTestkit(path: string): boolean {
  return isTest(path) || path.startsWith("src/testkit/");
}

/** The room of a file: `mysql` for src/mysql/packet.ts, `cmd` for cmd/main.ts, "" for a file that lies directly in src. */
export function roomOf(path: string): string {
  const [top = "", room = "", ...rest] = path.split("/");
  if (top !== "src") return top;
  return rest.length === 0 ? "" : room;
}

/** The number of the line at `offset`, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < offset; i = text.indexOf("\n", i + 1)) line += 1;
  return line;
}

/** Every place where `pattern`, which must be global, matches the code of `file`. */
export function findInCode(file: SourceFile, pattern: RegExp, detail: (match: string) => string): Finding[] {
  return [...file.code.matchAll(pattern)].map((match) => ({
    path: file.path,
    line: lineAt(file.text, match.index),
    detail: detail(match[0]),
  }));
}

const SPECIFIER =
  /(?:\b(?:import|export)\b[^;"'()]*?\bfrom\s*|\bimport\s*|\bimport\s*\(\s*|\brequire\s*\(\s*|\bdeclare\s+module\s+)(["'])( *)\1/g;

function newSourceFile(path: string, text: string): SourceFile {
  const code = blankText(text);
  const imports = [...code.matchAll(SPECIFIER)].map((match) => {
    const end = match.index + match[0].length - 1;
    const specifier = text.slice(end - (match[2]?.length ?? 0), end);
    const line = lineAt(text, end);
    if (!specifier.startsWith(".")) return { specifier, target: "", line };
    const target = normalize(join(dirname(path), specifier));
    // A file inside a package, reached by path, is still that package.
    const isPackage = target.startsWith("node_modules/");
    return isPackage
      ? { specifier: target.slice("node_modules/".length), target: "", line }
      : { specifier, target, line };
  });
  return { path, text, code, imports };
}
