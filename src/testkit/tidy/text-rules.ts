/** Rules about what a file says. */
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, RESERVED, type Reserved } from "./tables.ts";
import { type Finding, findInCode, isTest, isTestkit, lineAt, type Rule, type SourceFile, type Tree } from "./tree.ts";

export const TEXT_RULES: readonly Rule[] = [
  ...RESERVED.map(reservedRule),
  forbidden("no default exports", "a name is the same wherever it is imported", /\bexport default\b/g),
  forbidden("no barrels", "import from the file that defines it", /\bexport\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/g),
  forbidden("no enums", "constants bear the manual's names and can be searched", /(?<![.\w])enum\s+\w+\s*\{/g),
  forbidden(
    "no classes but errors",
    "functions over plain data",
    /(?<![.\w])class\s+\w+(?!\w|\s+extends\s+\w*Error\b)/g,
  ),
  forbidden("no escape from the type checker", "the types are checked or they are nothing", /(?::|\bas|<)\s*any\b/g),
  {
    name: "files are short",
    why: `a file holds one idea; ${FILE_LINES_MAX} lines is the wall (tests and generated tables excepted)`,
    find: (tree) => [...tree.files.values()].flatMap(longFile),
  },
  {
    name: "functions fit a screen",
    why: `${FUNCTION_LINES_MAX} lines at most`,
    find: (tree) => [...tree.files.values()].filter((file) => !isTest(file.path)).flatMap(longFunctions),
  },
  {
    name: "exports have a docstring",
    why: "the first line says what it is, in one sentence",
    find: (tree) => [...tree.files.values()].filter((file) => !isTest(file.path)).flatMap(undocumentedExports),
  },
  {
    name: "files open with a comment",
    why: "a reader learns from the first line what the file is for",
    find: (tree) => [...tree.files.values()].filter((file) => !isTest(file.path)).flatMap(missingHeader),
  },
  {
    name: "nothing is left to do",
    why: "work that is left is an issue, not a comment",
    find: (tree) => [...tree.files.values()].flatMap(leftToDo),
  },
];

function forbidden(name: string, why: string, pattern: RegExp): Rule {
  const find = (tree: Tree) => {
    const files = [...tree.files.values()].filter((file) => !file.path.endsWith(".d.ts"));
    return files.flatMap((file) => findInCode(file, pattern, (match) => match.trim()));
  };
  return { name, why, find };
}

function reservedRule(reserved: Reserved): Rule {
  const isAllowed = (path: string) => {
    if (reserved.inTests && isTestkit(path)) return true;
    return reserved.files.some((name) => name === path || (name.endsWith("/") && path.startsWith(name)));
  };
  const find = (tree: Tree) => {
    const files = [...tree.files.values()].filter((file) => !isAllowed(file.path));
    return files.flatMap((file) => findInCode(file, reserved.pattern, (match) => `${match} is ${reserved.what}`));
  };
  return { name: `${reserved.what} in one place`, why: reserved.why, find };
}

function longFile(file: SourceFile): Finding[] {
  const lines = file.text.split("\n").length - 1;
  if (lines <= FILE_LINES_MAX || isTest(file.path) || file.text.startsWith("/** Generated ")) return [];
  return [{ path: file.path, line: FILE_LINES_MAX + 1, detail: `${lines} lines` }];
}

const FUNCTION_START =
  /^( *)(?:export )?(?:async )?(?:function\b|const \w+ = (?:async )?(?:function\b|\(|<)|\w+(?:<[^>]*>)?\([^;]*\)(?:: [^;{]+)? \{$)/;

/**
 * A function ends at the first line that is a closing brace as far to the left as it starts. That holds because the formatter lays the text
 * out; a destructured parameter ends in `}: Type) {`, which is no such line.
 */
function longFunctions(file: SourceFile): Finding[] {
  const lines = file.code.split("\n");
  return lines.flatMap((line, start) => {
    const indent = FUNCTION_START.exec(line)?.[1];
    if (indent === undefined || /^ *(?:if|for|while|switch|catch)\b/.test(line)) return [];
    const isOneLine = /[;,]$/.test(line);
    const end = isOneLine ? start : lines.findIndex((later, i) => i > start && isClosing(later, indent));
    const length = end - start + 1;
    return length > FUNCTION_LINES_MAX ? [{ path: file.path, line: start + 1, detail: `${length} lines` }] : [];
  });
}

function isClosing(line: string, indent: string): boolean {
  return line.startsWith(`${indent}}`) && /^\s*\}[;,)]*$/.test(line);
}

/**
 * Functions and classes, of overloads the first. An interface is told by its docstring, by the comments of its fields, or by the header of a
 * file that it opens: a second sentence that repeats the name would only be noise.
 */
function undocumentedExports(file: SourceFile): Finding[] {
  const lines = file.text.split("\n");
  let previous = "";
  return [...file.code.matchAll(EXPORT)].flatMap((match) => {
    const line = lineAt(file.text, match.index);
    const [, kind = "", name = ""] = match;
    const isOverload = name === previous;
    const isFirst = previous === "";
    previous = name;
    if (isOverload || lines[line - 2]?.trimEnd().endsWith("*/")) return [];
    if (kind === "interface" && (isFirst || hasComment(lines, line))) return [];
    return [{ path: file.path, line, detail: name }];
  });
}

const EXPORT = /^export (?:async )?(function\*?|interface|class) (\w+)/gm;

/** Whether a comment stands inside the interface that starts at `line`. */
function hasComment(lines: readonly string[], line: number): boolean {
  const end = lines.findIndex((later, i) => i >= line && later === "}");
  return lines.slice(line, end).some((inside) => /\/\*\*|\/\//.test(inside));
}

function missingHeader(file: SourceFile): Finding[] {
  const text = file.text.startsWith("#!") ? file.text.slice(file.text.indexOf("\n") + 1) : file.text;
  return text.startsWith("/**") ? [] : [{ path: file.path, line: 1, detail: "no header comment" }];
}

/** The words are put together here, so that this file does not find itself. */
const LEFT_TO_DO = ["TO" + "DO", "FIX" + "ME", "XX" + "X"];

function leftToDo(file: SourceFile): Finding[] {
  return file.text.split("\n").flatMap((line, i) => {
    const word = LEFT_TO_DO.find((mark) => line.split(/[^A-Za-z]+/).includes(mark));
    return word === undefined ? [] : [{ path: file.path, line: i + 1, detail: word }];
  });
}
