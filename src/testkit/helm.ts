/**
 * Helm's templates as far as our chart uses them: https://helm.sh/docs/chart_template_guide/. Helm itself is in no archive that tests
 * may fetch from. What this does not know it refuses, so that the chart cannot use more of Helm unseen.
 */
import { writeYaml } from "../lib/yaml.ts";

/** What templates see as `$`. */
export interface HelmContext {
  readonly Values: Readonly<Record<string, unknown>>;
  readonly Release: { readonly Namespace: string };
  readonly Chart: { readonly AppVersion: string };
}

type Node =
  | { kind: "text"; text: string }
  | { kind: "print"; expression: string }
  | { kind: "if"; expression: string; body: Node[] }
  | { kind: "range"; expression: string; names: readonly string[]; body: Node[] };

interface Scope {
  readonly root: HelmContext;
  readonly dot: unknown;
  readonly variables: ReadonlyMap<string, unknown>;
}

/** Renders one template. @throws Error for what Helm has and this has not. */
export function renderHelm(template: string, root: HelmContext): string {
  const tokens = tokensOf(template);
  const nodes = readNodes(tokens);
  if (tokens.length > 0) throw new Error("an end without a beginning");
  return print(nodes, { root, dot: root, variables: new Map() });
}

type Token = { kind: "text" | "action"; text: string };

/** `{{-` takes away the white space before it. */
function tokensOf(template: string): Token[] {
  const parts = template.split(/(\{\{(?:"(?:[^"\\]|\\.)*"|[^"}])*\}\})/);
  return parts.map((part, index): Token => {
    if (index % 2 === 1) return { kind: "action", text: part.replace(/^\{\{-?\s*|\s*\}\}$/g, "") };
    if (part.includes("{{")) throw new Error(`an action that is not closed: ${part}`);
    return { kind: "text", text: parts[index + 1]?.startsWith("{{-") === true ? part.trimEnd() : part };
  });
}

/** Reads to the end, or to the `end` of the block that is open. */
function readNodes(tokens: Token[]): Node[] {
  const nodes: Node[] = [];
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    const { kind, text } = token;
    if (kind === "text") nodes.push({ kind, text });
    else if (text === "end") return nodes;
    else if (text.startsWith("if ")) nodes.push({ kind: "if", expression: text.slice(3), body: readNodes(tokens) });
    else if (text.startsWith("range ")) {
      const [, names, expression = ""] = /^range (?:(\$\w+, \$\w+) := )?(.*)$/.exec(text) ?? [];
      nodes.push({ kind: "range", expression, names: names?.split(", ") ?? [], body: readNodes(tokens) });
    } else nodes.push({ kind: "print", expression: text });
  }
  return nodes;
}

function print(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => printNode(node, scope)).join("");
}

function printNode(node: Node, scope: Scope): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "print":
      return String(evaluate(node.expression, scope));
    case "if":
      return isTrue(evaluate(node.expression, scope)) ? print(node.body, scope) : "";
    case "range": {
      const found = evaluate(node.expression, scope) as Readonly<Record<string, unknown>> | readonly unknown[];
      const keys = Array.isArray(found) ? [...found.keys()] : Object.keys(found).sort();
      return keys
        .map((key) => {
          const dot = (found as Readonly<Record<string | number, unknown>>)[key];
          const [keyName, valueName] = node.names;
          const added: [string, unknown][] =
            keyName === undefined
              ? []
              : [
                  [keyName, key],
                  [valueName ?? "", dot],
                ];
          return print(node.body, { ...scope, dot, variables: new Map([...scope.variables, ...added]) });
        })
        .join("");
    }
  }
}

/** A pipeline: each command gets what the one before it made as its last argument. */
function evaluate(expression: string, scope: Scope): unknown {
  const words = expression.match(/"(?:[^"\\]|\\.)*"|[()|]|[^\s()|]+/g) ?? [];
  const value = pipeline(words, scope);
  if (words.length > 0) throw new Error(`cannot read "${words.join(" ")}" of "${expression}"`);
  return value;
}

function pipeline(words: string[], scope: Scope): unknown {
  let value = command(words, scope, []);
  while (words[0] === "|") {
    words.shift();
    value = command(words, scope, [value]);
  }
  return value;
}

function command(words: string[], scope: Scope, piped: readonly unknown[]): unknown {
  const [first = ""] = words;
  if (!/^[a-z]\w*$/i.test(first)) return operand(words, scope);
  words.shift();
  const operands: unknown[] = [];
  while (words.length > 0 && words[0] !== ")" && words[0] !== "|") operands.push(operand(words, scope));
  const run = FUNCTIONS[first];
  if (run === undefined) throw new Error(`no function ${first}`);
  return run(...([...operands, ...piped] as never[]));
}

function operand(words: string[], scope: Scope): unknown {
  const word = words.shift() ?? "";
  if (word === "(") {
    const value = pipeline(words, scope);
    if (words.shift() !== ")") throw new Error("a bracket is not closed");
    return value;
  }
  if (word.startsWith('"')) return JSON.parse(word);
  if (/^\d+$/.test(word)) return Number(word);
  const [head = "", ...path] = word.split(".");
  if (word === ".") return scope.dot;
  const start = head === "" ? scope.dot : head === "$" ? scope.root : scope.variables.get(head);
  return path.reduce((value: unknown, key) => {
    const next = (value as Readonly<Record<string, unknown>>)[key];
    if (next === undefined) throw new Error(`${word} is not there`);
    return next;
  }, start);
}

const FUNCTIONS: Readonly<Record<string, (...operands: never[]) => unknown>> = {
  eq: (a: unknown, b: unknown) => a === b,
  ne: (a: unknown, b: unknown) => a !== b,
  not: (a: unknown) => !isTrue(a),
  and: (a: unknown, b: unknown) => (isTrue(a) ? b : a),
  default: (otherwise: unknown, value: unknown) => (isTrue(value) ? value : otherwise),
  index: (map: Readonly<Record<string, unknown>>, key: string) => map[key],
  toString: (value: unknown) => String(value),
  list: (...items: unknown[]) => items,
  ternary: (yes: unknown, no: unknown, is: boolean) => (is ? yes : no),
  quote: (value: unknown) => JSON.stringify(String(value)),
  printf: (format: string, ...values: unknown[]) => {
    return format.replace(/%[svq]/g, (verb) => {
      const text = String(values.shift());
      return verb === "%q" ? JSON.stringify(text) : text;
    });
  },
  toYaml: (value: unknown) => writeYaml(value).trimEnd(),
  nindent: (spaces: number, text: string) => `\n${text.replace(/^/gm, " ".repeat(spaces))}`,
};

/** Go's template language takes what is empty for false. */
function isTrue(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
