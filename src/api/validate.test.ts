import { expect, test } from "bun:test";
import * as v from "valibot";
import { formatIssue, formatPath } from "../lib/issue.ts";
import { readYaml } from "../lib/yaml.ts";
import { choice, patterns, secret, text, wholeNumber } from "./fields.ts";
import { validate } from "./validate.ts";

const schema = v.object({
  name: text("what it is called"),
  size: v.exactOptional(wholeNumber("how large it is", 1, 9), 5),
  kind: v.exactOptional(choice(["red", "green"], "its colour")),
  key: v.exactOptional(secret("what opens it")),
  rules: v.exactOptional(
    v.array(v.object({ regex: patterns("what it matches"), active: v.exactOptional(v.boolean()) })),
    [],
  ),
});

function check(yaml: string) {
  const [document] = readYaml(yaml, "x").documents;
  if (document === undefined) throw new Error("no document");
  const { value, issues, standIns } = validate(schema, document.value, { source: document.source, path: [] });
  return { value, issues: issues.map(formatIssue), standIns: standIns.map(formatPath) };
}

test("validate() fills defaults and turns one pattern into a list", () => {
  const { value, issues } = check("name: a\nrules: [{regex: x}]\n");
  expect(issues).toEqual([]);
  expect(value).toEqual({ name: "a", size: 5, rules: [{ regex: ["x"] }] });
});

test("validate() counts a key with no value as absent", () => {
  expect(check("name: a\nsize:\nrules:\n").value).toEqual({ name: "a", size: 5, rules: [] });
  expect(check("name:\n").issues).toEqual(["x:1:1 name: required field is missing\n    add name: what it is called"]);
});

test("validate() says what was expected, what was given, and never the value", () => {
  expect(check("name: 1\nsize: '7'\nkind: gren\nkey: 99\nrules: x\n").issues).toEqual([
    "x:1:7 name: must be text, but is a number\n    put it in quotes",
    "x:2:7 size: must be a number, but is text\n    remove the quotes",
    'x:3:7 kind: must be red or green, but is "gren"\n    did you mean "green"?',
    "x:4:6 key: must be text, but is a number\n    put it in quotes",
    "x:5:8 rules: must be a list, but is text\n    write a list",
  ]);
});

test("validate() reports unknown fields, and lists where mappings are due", () => {
  expect(check("name: a\nsiez: 1\nrules: [{regex: x, activ: 1}, []]\n").issues).toEqual([
    'x:2:1 siez: unknown field\n    did you mean "size"?',
    'x:3:20 rules[0].activ: unknown field\n    did you mean "active"?',
    "x:3:31 rules[1]: must be a mapping, but is a list\n    write a mapping with regex, active",
  ]);
});

test("validate() finds mistakes behind mistakes, and says where its stand-ins are", () => {
  const { value, issues, standIns } = check(
    "size: 70\nkind: 1\nrules: [{regex: [a, '(', 7]}, {active: 1, regex: '[x'}]\n",
  );
  expect(issues.map((issue) => issue.split(/[ :]/)[3]).toSorted()).toEqual([
    "kind",
    "name",
    "rules[0].regex[1]",
    "rules[0].regex[2]",
    "rules[1].active",
    "rules[1].regex",
    "size",
  ]);
  expect(standIns.toSorted()).toEqual(["kind", "name", "rules[0].regex[2]", "rules[1].active"]);
  expect(value).not.toBeNull();
});

test("validate() shows where a pattern does not compile", () => {
  expect(check("name: a\nrules: [{regex: 'ab(?=c)'}]\n").issues).toEqual([
    'x:2:17 rules[0].regex: does not compile: look-around, including look-ahead and look-behind, is not supported (character 3, at "(?=c)")\n' +
      "    write 'abc', which is found in the same statements",
  ]);
});
