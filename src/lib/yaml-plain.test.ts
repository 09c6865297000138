/** The reader of plain documents against the yaml package: where it reads at all, values and places are the same. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Path, Source } from "./issue.ts";
import { seededRandom } from "./random.ts";
import { readYaml } from "./yaml.ts";
import { readJsonDocument } from "./yaml-json.ts";
import { readPlainDocument } from "./yaml-plain.ts";

const ROOT = join(import.meta.dir, "../..");

function textsIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8"));
}

const ODD = `# nothing
---
a: 1 # one
b:
- x
-  y: 1
   z: {p: q, r: [1, 2, {s: t}], u: "v w", }
- - 1
  - 2
c: 'it'
"d e": "f"
g:    # below
    h: a#b
    i: a:b
j: -1
k: - 
l: [ ]
m: { }
n: 0644
o: yes
p: ~
q: 1_000
r: 22:22
s: .5
t: 1e3
u: ""
v: 2001-01-01
w: a b  c
x: <<
`;

const SEEDS = [
  ODD,
  ...textsIn("testdata/mesh"),
  ...textsIn("testdata/lint"),
  ...textsIn("deploy/examples/socks-shop"),
].filter((text) => text.length < 6_000);

const JSONS = SEEDS.slice(0, 40).flatMap((text) => {
  const values = readYaml(text, "x").documents.flatMap(({ value }) => (typeof value === "object" ? [value] : []));
  return values.flatMap((value) => [
    JSON.stringify(value),
    JSON.stringify(value, null, 2),
    JSON.stringify([value, 'a"\\\n\u00e9\ud83d\ude00/', -1.5, 1e30], null, "\t"),
  ]);
});

/** Everything that is known of what was read: values, issues, and where each value and its key stands. */
function told(text: string) {
  const { documents, issues } = readYaml(text, "x");
  return {
    isWrong: issues.some(({ severity }) => severity === "error"),
    issues: issues.map(({ position, severity }) => ({ ...position, severity })),
    documents: documents.map(({ value, source }) => ({ value, places: placesIn(value, source, []) })),
  };
}

function placesIn(value: unknown, source: Source, path: Path): string[] {
  const [at, key, beside] = [
    source.positionOf(path),
    source.positionOf(path, "key"),
    source.positionOf([...path, "no such key"]),
  ];
  const own = `${path.join("/")} ${at.line}:${at.column} ${key.line}:${key.column} ${beside.line}:${beside.column} ${source.isWritten(path)}`;
  if (typeof value !== "object" || value === null) return [own];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [own, ...entries.flatMap(([name, item]) => placesIn(item, source, [...path, name]))];
}

/** The same text, read by the package: it ends with what only that knows, on a line of its own. */
const byPackage = (text: string) => told(`${text}${text.endsWith("\n") ? "" : "\n"}...\n`);

const isJson = (text: string) => readJsonDocument(text, 0, text.length, () => 1) !== null;
const isPlain = (text: string) => readPlainDocument(text, 0, text.length, () => "x") !== null;

test.each(SEEDS.map((text, index) => [index, text] as const))(
  "readYaml() of text %i is what the package makes of it",
  (_, text) => {
    expect(told(text)).toEqual(byPackage(text));
  },
);

test("readYaml() of texts with random mistakes is what the package makes of them", () => {
  const random = seededRandom(11);
  const pick = <T>(list: ArrayLike<T>): T => list[Math.floor(random() * list.length)] as T;
  const characters = " \n:-#,[]{}\"'|>&*!?%@`~\\\tab0.";
  let plain = 0;
  for (let round = 0; round < 2_500; round++) {
    let text =
      pick(SEEDS)
        .split("---\n")
        .find(() => random() < 0.4) ?? ODD;
    for (let count = 0; count <= Math.floor(random() * 3); count++) {
      const at = Math.floor(random() * text.length);
      const cut = random() < 0.4 ? Math.floor(random() * 4) : 0;
      text = text.slice(0, at) + (random() < 0.7 ? pick(characters) : "") + text.slice(at + cut);
    }
    if (/^%/m.test(text)) continue; // The line that calls the package would end a directive.
    if (isPlain(text)) plain += 1;
    const [own, other] = [told(text), byPackage(text)];
    // Where both find the text wrong, the package speaks in both cases; of one text that is longer by a line.
    if (own.isWrong && other.isWrong) continue;
    expect([text, own]).toEqual([text, other]);
  }
  expect(plain).toBeGreaterThan(300);
}, 120_000);

test("readYaml() of JSON is what the package makes of it, also with random mistakes", () => {
  const random = seededRandom(12);
  const pick = <T>(list: ArrayLike<T>): T => list[Math.floor(random() * list.length)] as T;
  for (const text of JSONS) {
    expect([text, isJson(text), told(text)]).toEqual([text, true, byPackage(text)]);
  }
  const characters = " \n\t:,[]{}\"'\\01e-.+nt#&*";
  let json = 0;
  for (let round = 0; round < 2_500; round++) {
    const whole = pick(JSONS);
    const at = Math.floor(random() * whole.length);
    const text =
      whole.slice(0, at) + (random() < 0.7 ? pick(characters) : "") + whole.slice(at + (random() < 0.5 ? 1 : 0));
    if (isJson(text)) json += 1;
    const [own, other] = [told(text), byPackage(text)];
    if (own.isWrong && other.isWrong) continue;
    expect([text, own]).toEqual([text, other]);
  }
  expect(json).toBeGreaterThan(500);
}, 120_000);

test("readPlainDocument() leaves to the package what is not plain", () => {
  for (const text of [
    "a: &x 1\n",
    "a: *x\n",
    "a: |\n  x\n",
    "a: b\n  c\n",
    "a: !x b\n",
    'a: "\\n"\n',
    "a: 1\na: 2\n",
    "? a\n",
    "- a\nb: 1\n",
    "text\n",
    "{a: 1}\n",
    "a:\tb\n",
    "<<: {a: 1}\n",
    "yes: 1\n",
    "a: [1\n",
  ]) {
    expect([text, isPlain(text)]).toEqual([text, false]);
  }
});
