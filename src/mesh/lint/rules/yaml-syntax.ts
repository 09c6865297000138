/** PSX1001: text that is neither YAML nor JSON. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const yamlSyntax: Rule = {
  id: "PSX1001",
  name: "yaml-syntax",
  level: "error",
  title: "the document cannot be read as YAML or JSON",
  explanation: `A document with a syntax error is left out as a whole: nothing in it is checked, and what refers to it seems
to lead nowhere. The place is where the reader noticed, which may be after the mistake. YAML is read as kubectl reads it
(YAML 1.1), so anchors, several documents in a file and JSON are fine; tabs for indentation are not.`,
  remedy: "Mend the syntax at the place shown, or just before it.",
  example: {
    bad: aStrategy("circuitBreaks: [ { regex: ^delete }"),
    good: aStrategy("circuitBreaks: [ { regex: ^delete } ]"),
  },
};
