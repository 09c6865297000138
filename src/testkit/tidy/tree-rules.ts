/** Rules about the checkout as a whole. */
import { TOP_LEVEL } from "./tables.ts";
import { type Finding, isTest, isTestkit, type Rule, type Tree } from "./tree.ts";

export const TREE_RULES: readonly Rule[] = [
  {
    name: "the top level is fixed",
    why: "design.md section 2: what is new belongs in src, cmd, testdata or deploy",
    find: (tree) => {
      const strangers = tree.topLevel.filter((name) => !name.startsWith(".") && !TOP_LEVEL.includes(name));
      return strangers.map((name) => ({ path: name, line: 1, detail: "not a name of the top level" }));
    },
  },
  {
    name: "no file records where packages come from",
    why: "the default registry, or the user's own setting; a recorded host fails for everybody else",
    find: (tree) => ["bun.lock", "bunfig.toml", "package.json", ".npmrc"].flatMap((name) => hostsIn(tree, name)),
  },
  {
    name: "no dead files",
    why: "what no entry point and no other file uses is in a reader's way; a test alone is no use",
    find: deadFiles,
  },
  {
    name: "the README has a caption for every folder",
    why: "a newcomer finds the way by that list",
    find: (tree) => {
      const folders = new Set(
        [...tree.files.keys()].map((path) =>
          path
            .split("/")
            .slice(0, path.startsWith("src/") ? 2 : 1)
            .join("/"),
        ),
      );
      const missing = [...folders].filter(
        (folder) => !folder.endsWith(".ts") && !readme(tree).includes(`| \`${folder}\` |`),
      );
      return missing.map((folder) => ({ path: "README.md", line: 1, detail: `no caption for ${folder}` }));
    },
  },
  {
    name: "the README names make targets that exist, and all of them",
    why: "a command that is not there is worse than none",
    find: makeTargets,
  },
];

function readme(tree: Tree): string {
  return tree.texts.get("README.md") ?? "";
}

/** A target of the Makefile is what `make help` lists: one with a text after `##`. */
function makeTargets(tree: Tree): Finding[] {
  const makefile = tree.texts.get("Makefile") ?? "";
  const existing = new Set([...makefile.matchAll(/^([a-z0-9-]+):.*##/gm)].map((match) => match[1] ?? ""));
  const named = new Set(
    [...readme(tree).matchAll(/\bmake ([a-z0-9-]+)`|^make ([a-z0-9-]+)$/gm)].map((match) => match[1] ?? match[2] ?? ""),
  );
  return [
    ...[...named].filter((name) => !existing.has(name)).map((name) => `make ${name} does not exist`),
    ...[...existing].filter((name) => !named.has(name)).map((name) => `make ${name} is not named`),
  ].map((detail) => ({ path: "README.md", line: 1, detail }));
}

function hostsIn(tree: Tree, path: string): Finding[] {
  return (tree.texts.get(path) ?? "").split("\n").flatMap((line, i) => {
    const address = /\bhttps?:\/\/[^\s"']+/.exec(line)?.[0];
    return address === undefined ? [] : [{ path, line: i + 1, detail: address }];
  });
}

/** Entry points are the commands, the tests, and the programs of the testkit that the Makefile runs. */
function deadFiles(tree: Tree): Finding[] {
  const makefile = tree.texts.get("Makefile") ?? "";
  const used = new Set<string>();
  for (const file of tree.files.values()) {
    for (const made of file.imports) if (isTestkit(made.target) || !isTest(file.path)) used.add(made.target);
  }
  return [...tree.files.keys()].flatMap((path) => {
    const isEntry =
      path === "cmd/main.ts" ||
      isTest(path) ||
      path.endsWith(".d.ts") ||
      makefile.includes(path.replace("src/testkit/", "$(TESTKIT)/")) ||
      makefile.includes(path);
    return isEntry || used.has(path) ? [] : [{ path, line: 1, detail: "nothing uses it" }];
  });
}
