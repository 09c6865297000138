/** What all doors of the executable share: how one is defined, its help text, and how it ends. */
import { type ArgsDef, type CommandDef, defineCommand, renderUsage } from "citty";
import { type ArgumentDefinitions, type Arguments, readArguments } from "./arguments.ts";
import { print, shouldColour } from "./terminal.ts";

/** Exit codes, the same for every door. */
export const EXIT_OK = 0;
/** Mistakes in what was read, or differences. */
export const EXIT_FINDINGS = 1;
/** The command line itself is wrong. */
export const EXIT_USAGE = 2;
/** A bug of ours, or something that is not built yet (EX_SOFTWARE). */
export const EXIT_INTERNAL = 70;

export interface DoorDefinition<A extends ArgumentDefinitions> {
  /** As it is called after `pisanix`. */
  name: string;
  /** One sentence. */
  description: string;
  args: A;
  /** Command lines that work, for the help text. */
  examples: readonly string[];
  /** Does the work and says how the process ends. Throws UsageError for arguments that do not go together. */
  run(args: Arguments<A>): Promise<number>;
}

/** A door with its types forgotten, so that doors fit in one table. */
export interface Door {
  readonly name: string;
  /** Runs with what follows the door's name on the command line. */
  enter(argv: readonly string[]): Promise<number>;
}

/** Defines one door; its file exports the result as `door`. */
export function defineDoor<const A extends ArgumentDefinitions>(definition: DoorDefinition<A>): Door {
  return {
    name: definition.name,
    async enter(argv) {
      if (asksForHelp(argv)) {
        await print(await helpOf(commandOf(definition), definition.examples, ROOT));
        return EXIT_OK;
      }
      return definition.run(readArguments(argv, definition.args, process.env));
    },
  };
}

/** Whether help is wanted: before `--`, after which words are no flags. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

export const ROOT = defineCommand({ meta: { name: "pisanix" } });

/** The help text of a command, with its examples; coloured only for a terminal. */
export async function helpOf<T extends ArgsDef>(
  command: CommandDef<T>,
  examples: readonly string[],
  parent?: CommandDef<T>,
): Promise<string> {
  const usage = await renderUsage(command, parent);
  const text = `${usage.trimEnd()}\n\nEXAMPLES\n\n${examples.map((example) => `  ${example}`).join("\n")}\n`;
  return shouldColour(process.stdout) ? text : Bun.stripANSI(text);
}

function commandOf<A extends ArgumentDefinitions>(definition: DoorDefinition<A>): CommandDef<ArgsDef> {
  const { name, description } = definition;
  return defineCommand({ meta: { name, description }, args: cittyArguments(definition.args) });
}

/** Our definitions as citty has them; what it has no word for goes into the description. */
function cittyArguments(definitions: ArgumentDefinitions): ArgsDef {
  const args: ArgsDef = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const { type, description } = definition;
    if (type === "positional") args[name] = { type, description, required: false };
    else if (type === "boolean") args[name] = { type, description, ...aliasOf(definition) };
    else {
      const notes = [
        definition.repeatable ? "repeatable" : "",
        definition.env === undefined ? "" : `environment: ${definition.env}`,
      ];
      const note = notes.filter((each) => each !== "").join("; ");
      const valueHint = definition.options?.join("|") ?? definition.valueHint;
      const fallback = definition.default === undefined ? {} : { default: definition.default };
      const text = note === "" ? description : `${description} (${note})`;
      args[name] = { type, description: text, valueHint, ...fallback, ...aliasOf(definition) };
    }
  }
  return args;
}

function aliasOf({ alias }: { readonly alias?: string }): { alias?: string } {
  return alias === undefined ? {} : { alias };
}
