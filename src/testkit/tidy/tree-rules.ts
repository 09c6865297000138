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
];

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
