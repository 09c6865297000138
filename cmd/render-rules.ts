/** `pisanix render --list-rules` and `--rule ID`: what the linter knows. */
import { ruleList, rulePage } from "../src/mesh/lint/rule-page.ts";
import { ruleMeant, ruleNamed } from "../src/mesh/lint/rules.ts";
import { UsageError } from "./arguments.ts";
import { EXIT_OK } from "./cli.ts";
import { print } from "./terminal.ts";

/** Prints one line for each rule. */
export async function printRules(): Promise<number> {
  await print(ruleList());
  return EXIT_OK;
}

/** Prints the page of a rule. */
export async function printRule(word: string): Promise<number> {
  const rule = ruleNamed(word);
  if (rule === null) throw new UsageError(`no rule is called "${word}"`, ruleMeant(word));
  await print(rulePage(rule));
  return EXIT_OK;
}
