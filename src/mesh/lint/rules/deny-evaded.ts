/** PSX3010: a refusal that a comment before the statement evades. */
import { isFoundIn, machineOf } from "../../pattern/machine.ts";
import { aStrategy } from "../example.ts";
import { patternsOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const BEFORE = ["/* x */ ", "\n", "-- x\n"];

export const denyEvaded: Rule = {
  id: "PSX3010",
  name: "deny-evaded",
  level: "notice",
  title: "a comment or a space before the statement evades the circuit break",
  explanation: `Rules see the text as the client sent it, as in the original, with white space and comments. \`^delete\` is not found in
\`/* web-17 */ delete from orders\`, and several drivers and ORMs do put comments there. Whoever wants to get round the rule can, too.`,
  remedy: "Let the pattern begin with what may stand before, or leave the ^ out where the words are rare enough.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-delete
    regex: ['(?i)^delete']`),
    good: aStrategy(String.raw`
circuitBreaks:
  - name: no-delete
    regex: ['(?is)^(\s|/\*.*?\*/|(--|#)[^\n]*\n)*delete\b']`),
  },
  *check(mesh) {
    for (const { manifest, rule, source, path } of patternsOf(mesh)) {
      if (rule.list !== "circuitBreaks") continue;
      const machine = machineOf(source, rule.caseInsensitive);
      if (machine === null || machine.sample === null) continue;
      const { sample } = machine;
      const evading = BEFORE.find((text) => !isFoundIn(machine, text + sample));
      if (evading === undefined || sample === "") continue;
      const message = `matches ${JSON.stringify(sample)}, but not ${JSON.stringify(evading + sample)}`;
      const remedy = String.raw`begin it with (?is)^(\s|/\*.*?\*/|(--|#)[^\n]*\n)* instead of ^`;
      yield* found(manifest, path, message, remedy);
    }
  },
};
