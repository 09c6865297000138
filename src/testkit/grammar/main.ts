/** `make generate`: writes src/sql/grammar.ts and says how large the tables are. */
import { writeFile } from "node:fs/promises";
import { runProgram, say } from "../terminal.ts";
import { generate, TABLES } from "./generate.ts";

await runProgram(async () => {
  const { automaton, actions, packed, text } = await generate();
  await writeFile(TABLES, text);
  const { grammar, states } = automaton;
  say(`${grammar.rules.length} rules, ${states.length} states, ${packed.states} of them left after packing`);
  say(
    `${actions.conflicts.length} conflicts, as declared; ${actions.wordChoices.length} choices between keyword and name`,
  );
  const [, encoded = ""] = /export const TABLES =([^;]*);/.exec(text) ?? [];
  const bytes = Buffer.from(encoded.replace(/[^A-Za-z0-9+/=]| \+/g, ""), "base64").length;
  say(`${bytes} bytes of tables in ${TABLES}`);
  return 0;
});
