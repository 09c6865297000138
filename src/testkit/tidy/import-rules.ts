/** Rules about who imports whom. */
import { DOORS, ROOMS } from "./tables.ts";
import { type Finding, type Import, isTest, isTestkit, type Rule, roomOf, type SourceFile, type Tree } from "./tree.ts";

export const IMPORT_RULES: readonly Rule[] = [
  {
    name: "every room is in the table",
    why: "a room without a place in design.md section 2 has no direction",
    find: (tree) => perFile(tree, unknownRoom),
  },
  {
    name: "imports only go down",
    why: "design.md section 2 lists what each room may import; what both need belongs further down",
    find: (tree) => perImport(tree, wrongDirection),
  },
  {
    name: "only tests import the testkit",
    why: "fakes and test servers are no part of the product",
    find: (tree) => perImport(tree, testkitInProduct),
  },
  {
    name: "no import cycles",
    why: "files that need each other are one idea, or hide a third",
    find: cycles,
  },
  {
    name: "one door per package",
    why: "replacing a package is then one file",
    find: (tree) => perImport(tree, wrongDoor),
  },
  {
    name: "imports name the file",
    why: "no barrels, no guessing: a path as it is on disk, with .ts",
    find: (tree) => perImport(tree, wrongPath),
  },
];

function perFile(tree: Tree, find: (file: SourceFile) => string | null): Finding[] {
  return [...tree.files.values()].flatMap((file) => {
    const detail = find(file);
    return detail === null ? [] : [{ path: file.path, line: 1, detail }];
  });
}

function perImport(tree: Tree, find: (file: SourceFile, made: Import, tree: Tree) => string | null): Finding[] {
  return [...tree.files.values()].flatMap((file) => {
    return file.imports.flatMap((made) => {
      const detail = find(file, made, tree);
      return detail === null ? [] : [{ path: file.path, line: made.line, detail }];
    });
  });
}

function unknownRoom(file: SourceFile): string | null {
  const room = roomOf(file.path);
  if (room in ROOMS || room === "testkit" || (room === "" && isTest(file.path))) return null;
  return room === "" ? "lies in no room" : `the room ${room} is not in the table of src/testkit/tidy/tables.ts`;
}

function wrongDirection(file: SourceFile, made: Import): string | null {
  const from = roomOf(file.path);
  const to = roomOf(made.target);
  // What lies outside the rooms is data, such as package.json.
  if (!/^(?:src|cmd)\//.test(made.target)) return null;
  if (from === to || from === "testkit" || to === "testkit" || from === "") return null;
  const isAllowed = ROOMS[from]?.some((name) => name === to || made.target === `src/${name}.ts`) ?? false;
  return isAllowed ? null : `${from} must not import ${made.target}`;
}

function testkitInProduct(file: SourceFile, made: Import): string | null {
  return roomOf(made.target) === "testkit" && !isTestkit(file.path) ? `imports ${made.target}` : null;
}

function wrongDoor(file: SourceFile, made: Import): string | null {
  if (made.target !== "") return null;
  const name = packageOf(made.specifier);
  const door = DOORS[name];
  if (door === undefined) return `${name} has no door in src/testkit/tidy/tables.ts`;
  if (door.inTests && isTestkit(file.path)) return null;
  if (door.files.some((path) => path === file.path || (path.endsWith("/") && file.path.startsWith(path)))) return null;
  return `${name} may be imported in ${door.files.join(", ") || "tests"} only`;
}

/** `prom-client` for prom-client/lib/registry.js; `node:fs/promises` stays whole, as a built-in's parts differ in what they may do. */
function packageOf(specifier: string): string {
  if (/^(node|bun):/.test(specifier)) return specifier;
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function wrongPath(_file: SourceFile, made: Import, tree: Tree): string | null {
  if (made.target === "") return null;
  if (made.target.endsWith(".ts")) return tree.files.has(made.target) ? null : `${made.specifier} does not exist`;
  return /\.(json|wasm|sql|html)$/.test(made.target) ? null : `${made.specifier} does not end in .ts`;
}

/** Each cycle once, at the import that closes it. */
function cycles(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: SourceFile) => {
    path.push(file.path);
    for (const made of file.imports) {
      const next = tree.files.get(made.target);
      if (next === undefined || done.has(next.path)) continue;
      const start = path.indexOf(next.path);
      if (start < 0) visit(next);
      else findings.push({ path: file.path, line: made.line, detail: [...path.slice(start), next.path].join(" -> ") });
    }
    path.pop();
    done.add(file.path);
  };
  for (const file of tree.files.values()) if (!done.has(file.path)) visit(file);
  return findings;
}
