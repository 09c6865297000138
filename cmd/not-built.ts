/** A door that has its place, but nothing behind it yet. */
import { type Door, defineDoor, EXIT_INTERNAL } from "./cli.ts";
import { printError } from "./terminal.ts";

/** A door that says so and ends with exit code 70. */
export function notBuiltDoor(name: string, description: string): Door {
  return defineDoor({
    name,
    description: `${description} (not built yet)`,
    args: {},
    examples: [`pisanix ${name} --help`],
    async run() {
      await printError(`pisanix ${name}: not built yet\n    render and proxy are; they need no cluster\n`);
      return EXIT_INTERNAL;
    },
  });
}
