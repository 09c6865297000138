/** Reads a door's arguments strictly: citty, which knows the definitions for the help text, lets unknown flags pass. */
import { didYouMean } from "../src/lib/suggest.ts";

/** What a user wrote on the command line is wrong: exit code 2. */
export class UsageError extends Error {
  /** What to write instead. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = "UsageError";
    this.remedy = remedy;
  }
}

interface DefinitionBase {
  readonly description: string;
}

export interface FlagDefinition extends DefinitionBase {
  readonly type: "boolean";
  /** One letter. */
  readonly alias?: string;
}

export interface ValueDefinition extends DefinitionBase {
  readonly type: "string";
  readonly alias?: string;
  /** What stands for the value in the help text: FILE. */
  readonly valueHint: string;
  readonly repeatable?: true;
  readonly options?: readonly string[];
  readonly default?: string;
  /** The environment variable that counts when the flag is absent. */
  readonly env?: string;
}

/** What is left when the flags are taken away; any number of them. */
export interface RestDefinition extends DefinitionBase {
  readonly type: "positional";
}

export type ArgumentDefinition = FlagDefinition | ValueDefinition | RestDefinition;
export type ArgumentDefinitions = Readonly<Record<string, ArgumentDefinition>>;

type ValueOf<D extends ArgumentDefinition> = D extends { type: "boolean" }
  ? boolean
  : D extends { type: "positional" } | { repeatable: true }
    ? string[]
    : (D extends { options: readonly (infer O)[] } ? O : string) | (D extends { default: string } ? never : undefined);

export type Arguments<A extends ArgumentDefinitions> = { -readonly [K in keyof A]: ValueOf<A[K]> };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `argv` (without the door's name) by `definitions`; a flag counts before its environment variable, and that
 * before the default.
 * @throws UsageError
 */
export function readArguments<A extends ArgumentDefinitions>(
  argv: readonly string[],
  definitions: A,
  environment: Environment,
): Arguments<A> {
  const written = new Map<string, string[]>();
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--") {
      rest.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      rest.push(word);
      continue;
    }
    const flag = splitFlag(word, definitions);
    const values = written.get(flag.name) ?? [];
    if (flag.definition.type === "boolean") values.push(readFlag(flag.label, flag.value));
    else if (flag.value !== undefined) values.push(flag.value);
    else values.push(nextValue(flag.label, argv[++index], flag.definition.valueHint));
    written.set(flag.name, values);
  }
  return complete(definitions, written, rest, environment);
}

/** `--name`, `--name=value`, `-n`, `-nvalue`, `-n=value`. */
function splitFlag(word: string, definitions: ArgumentDefinitions) {
  const isLong = word.startsWith("--");
  const equals = word.indexOf("=");
  const label = isLong ? word.slice(0, equals === -1 ? undefined : equals) : word.slice(0, 2);
  const attached = isLong || equals === 2 ? equals : 1;
  const value = attached === -1 || attached + 1 >= word.length ? undefined : word.slice(attached + 1);
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.type === "positional") continue;
    if (label !== `--${name}` && label !== `-${definition.alias}`) continue;
    // `--name=` gives the empty value; `-n` alone gives none.
    return { name, definition, label, value: equals === word.length - 1 ? "" : value };
  }
  throw new UsageError(`unknown flag ${label}`, didYouMean(label, labelsOf(definitions), "it takes no flags"));
}

function labelsOf(definitions: ArgumentDefinitions): string[] {
  const labels = ["--help"];
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.type !== "positional") labels.push(`--${name}`);
  }
  return labels;
}

function nextValue(label: string, next: string | undefined, hint: string): string {
  if (next !== undefined && (next === "-" || !next.startsWith("-"))) return next;
  throw new UsageError(
    `${label} needs a value`,
    `write ${label} ${hint}; a value that begins with - as ${label}=VALUE`,
  );
}

function readFlag(label: string, value: string | undefined): string {
  if (value === undefined || value === "true" || value === "false") return value ?? "true";
  throw new UsageError(
    `${label} is on or off, but got ${JSON.stringify(value)}`,
    `write ${label} alone, or ${label}=false`,
  );
}

function complete<A extends ArgumentDefinitions>(
  definitions: A,
  written: ReadonlyMap<string, string[]>,
  rest: string[],
  environment: Environment,
): Arguments<A> {
  const args: Record<string, unknown> = {};
  let takesRest = false;
  for (const [name, definition] of Object.entries(definitions)) {
    const values = written.get(name) ?? [];
    if (definition.type === "positional") {
      takesRest = true;
      args[name] = rest;
    } else if (definition.type === "boolean") args[name] = values.at(-1) === "true";
    else args[name] = completeValue(name, definition, values, environment);
  }
  const [first] = rest;
  if (first !== undefined && !takesRest)
    throw new UsageError(`unexpected argument ${JSON.stringify(first)}`, "remove it");
  return args as Arguments<A>;
}

function completeValue(name: string, definition: ValueDefinition, values: string[], environment: Environment) {
  const fromEnvironment = definition.env === undefined ? undefined : environment[definition.env];
  const isFromEnvironment = values.length === 0 && fromEnvironment !== undefined && fromEnvironment !== "";
  const given = isFromEnvironment ? [fromEnvironment] : values;
  if (given.length > 1 && definition.repeatable !== true) {
    throw new UsageError(`--${name} is given ${given.length} times`, "give it once");
  }
  for (const value of given) {
    if (definition.options === undefined || definition.options.includes(value)) continue;
    const label = isFromEnvironment ? `${definition.env}` : `--${name}`;
    const remedy = didYouMean(value, definition.options, "");
    throw new UsageError(`${label} cannot be ${JSON.stringify(value)}`, remedy);
  }
  if (definition.repeatable === true) return given;
  return given[0] ?? definition.default;
}
