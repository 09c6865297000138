/** Texts of configurations: YAML, JSON, TOML, patterns, certificates. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { objectStarts } from "../../../lib/json-stream.ts";
import { jsonText } from "../../../lib/json-text.ts";
import { compilePattern, matches, PatternError } from "../../../lib/pattern.ts";
import { adviceOf } from "../../../lib/pattern-advice.ts";
import type { Random } from "../../../lib/random.ts";
import { newSecret } from "../../../lib/secret.ts";
import { readToml, writeToml } from "../../../lib/toml.ts";
import { decodeUtf8 } from "../../../lib/utf8.ts";
import { complaintOfPair, isSignedBy, readCertificate } from "../../../lib/x509.ts";
import { readYaml, writeYaml } from "../../../lib/yaml.ts";
import { REPOSITORY } from "../../paths.ts";
import { randomManifests } from "../../random-manifest.ts";
import { below, between, isLucky, noise, pick, someName } from "../chance.ts";
import { must, mustEqual } from "../oracle.ts";
import { kindOfMessage, refused, type Target, words } from "../target.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What a configuration may hold. */
function someValue(random: Random, depth = 0): unknown {
  const chance = random();
  if (depth < 4 && chance < 0.25) return someTable(random, depth + 1);
  if (depth < 4 && chance < 0.4) return Array.from({ length: below(random, 4) }, () => someValue(random, depth + 1));
  if (chance < 0.7) return pick(random, TEXTS)(random);
  return pick(random, [true, false, 0, -1, 3306, 0.5, 1e21, -1.5e-7]);
}

const TEXTS: ReadonlyArray<(random: Random) => string> = [
  (random) => someName(random, 40),
  (random) => someName(random, 40),
  (random) => textOf(noise(random, below(random, 12))),
  (random) =>
    pick(random, [
      "0644",
      "yes",
      "null",
      "~",
      "1e3",
      "2026-01-01",
      ".inf",
      "- a",
      "a: b",
      "# c",
      "|",
      "\u2028",
      "a\nb\n",
      "\t",
    ]),
];

function someTable(random: Random, depth: number): Record<string, unknown> {
  const keys = Array.from({ length: below(random, 5) }, () =>
    isLucky(random, 0.8) ? `key${below(random, 9)}` : someName(random, 20),
  );
  return Object.fromEntries(keys.map((key) => [key, someValue(random, depth)]));
}

/** One document, by what the reader makes of it: values, or a complaint about the text. */
function outcomeOf(issues: readonly { message: string; severity: string }[], count: number): string {
  const error = issues.find(({ severity }) => severity === "error");
  if (error !== undefined) return refused(new Error(error.message));
  return `${Math.min(count, 3)} documents${issues.length > 0 ? ", with warnings" : ""}`;
}

const yaml: Target = {
  name: "yaml",
  dictionary: words(
    ..."- |: |? |&a |*a |<<: |!!str |!!binary |---\n|...\n|{|}|[|]|,|\"|'|>-\n|  |\t|#|%YAML 1.1\n|0o7|0x1f|~|.nan|\\u0000|\r\n|key: |\ufeff".split(
      "|",
    ),
    "|",
    "|+\n",
  ),
  bytesMax: 600,
  generate(random) {
    if (isLucky(random, 0.4)) return bytesOf(randomManifests(random));
    return bytesOf(writeYaml(someTable(random, 0)));
  },
  run(input) {
    const text = textOf(input);
    const { documents, issues } = readYaml(text, "fuzz.yaml");
    const outcome = outcomeOf(issues, documents.length);
    for (const { value, source } of documents) {
      const { line, column } = source.positionOf([], "value");
      must(line >= 1 && column >= 1, "a place before the beginning");
      if (issues.length === 0) writesBack(value, writeYaml(value), (written) => readYaml(written, "again.yaml"));
    }
    return outcome;
  },
};

/** What is written reads the same again. */
function writesBack(
  value: unknown,
  written: string,
  read: (text: string) => { documents: readonly { value: unknown }[]; issues: readonly unknown[] },
): void {
  const { documents, issues } = read(written);
  if (value === null && documents.length === 0) return;
  mustEqual(issues.length, 0, `complaints about what was written, ${kindOfMessage(Bun.inspect(issues))}`);
  mustEqual(documents[0]?.value, value, "what is written reads otherwise");
}

const json: Target = {
  name: "json",
  dictionary: words("{", "}", "[", "]", ":", ",", '"', "\\u2028", "\\", "null", "true", "1e400", "-0", "\ufeff", "\n"),
  bytesMax: 600,
  generate(random) {
    const values = Array.from({ length: between(random, 1, 3) }, () => someTable(random, 0));
    return bytesOf(values.map((value) => jsonText(value, isLucky(random, 0.5) ? "  " : undefined)).join("\n"));
  },
  run(input) {
    const text = textOf(input);
    const starts = objectStarts(text);
    for (const start of starts) must(text[start] === "{", "an object that does not begin with a brace");
    const { documents, issues } = readYaml(text, "fuzz.json");
    const parsed = parse(text);
    if (parsed === NO_JSON) return outcomeOf(issues, documents.length);
    const written = jsonText(parsed);
    const plain = parse(JSON.stringify(parsed)); // which knows no -0
    mustEqual(parse(written), plain, "JSON that is written reads otherwise");
    writesBack(plain, written, (again) => readYaml(again, "again.json"));
    return `JSON, ${outcomeOf(issues, documents.length)}`;
  },
};

const NO_JSON = Symbol("no JSON");

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON; // the answer itself
  }
}

const toml: Target = {
  name: "toml",
  dictionary: words(
    "[",
    "]",
    "[[",
    "]]",
    "=",
    ".",
    "'''",
    '"""',
    "\\",
    "#",
    "1979-05-27",
    "0x1f",
    "inf",
    "{",
    "}",
    ",",
    "\r\n",
  ),
  bytesMax: 600,
  generate(random) {
    const table = someTable(random, 0);
    return bytesOf(isTomlable(table) ? writeToml(table) : 'title = "x"\n[a.b]\nc = [1, 2]\n[[d]]\ne = true\n');
  },
  run(input) {
    const { document, issues } = readToml(textOf(input), "fuzz.toml");
    if (document === null) return refused(new Error(issues[0]?.message ?? ""));
    if (!isTomlable(document.value)) return "not to be written";
    const written = writeToml(document.value as Record<string, unknown>);
    const again = readToml(written, "again.toml");
    mustEqual(again.issues.length, 0, `complaints about what was written: ${again.issues[0]?.message ?? ""}`);
    mustEqual(again.document?.value, document.value, "what is written reads otherwise");
    return "read";
  },
};

/** TOML's writer takes no dates, and no tables among other values in a list or in a list of lists. */
function isTomlable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  const parts = Object.values(value);
  if (!parts.every(isTomlable)) return false;
  if (!Array.isArray(value)) return isPlainTable(value);
  return parts.every(isPlainTable) || !parts.some(hasTable);
}

function isPlainTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function hasTable(value: unknown): boolean {
  return Array.isArray(value) ? value.some(hasTable) : typeof value === "object";
}

/** A pattern, and behind the first line end the text that it is searched in. */
const pattern: Target = {
  name: "pattern",
  inputMsMax: 2_000, // its engine gives up when an automaton has 10 MB, whatever the pattern
  dictionary: words(
    ..."(?i) (?x) (?P<n> (?: ) ) [ ] [^ ] [[:alpha:]] \\d \\pL \\p{Greek} \\b \\z {2,3} {1000} * + ? *? | ^ $ . \\x{10FFFF} && --".split(
      " ",
    ),
  ),
  bytesMax: 300,
  generate(random) {
    const pieces = [
      "select",
      "(?i)",
      "^\\s*",
      "insert|update",
      ".*",
      "\\d+",
      "[a-z]{2,5}",
      "(a+)+$",
      "x{20}",
      "\\bfrom\\b",
    ];
    const source = Array.from({ length: between(random, 1, 4) }, () => pick(random, pieces)).join("");
    return bytesOf(`${source}\nSELECT ${"a".repeat(below(random, 60))} FROM t WHERE id = ${below(random, 100)}`);
  },
  run(input) {
    const [source = "", ...lines] = textOf(input).split("\n");
    try {
      const compiled = compilePattern(source, { caseInsensitive: input.length % 2 === 0 });
      return matches(compiled, lines.join("\n")) ? "found" : "not found";
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      must(adviceOf(error).remedy !== "", "no advice");
      return refused(error);
    }
  },
};

const pemOf = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", `${name}.pem`), "utf8");
const CERTIFICATE = pemOf("server");
const KEY = newSecret(pemOf("server.key"));

const certificate: Target = {
  name: "certificate",
  dictionary: words("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN ", "\n", "=", "MII"),
  bytesMax: 4_000,
  generate: () => bytesOf(CERTIFICATE),
  run(input) {
    const cert = textOf(input);
    const complaint = complaintOfPair({ cert, key: KEY });
    if (complaint === null) isSignedBy(cert, pemOf("authority"));
    try {
      const { notAfterMs } = readCertificate(cert);
      return Number.isNaN(notAfterMs) ? "a moment that is none" : "read";
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return refused(error);
    }
  },
};

const utf8: Target = {
  name: "utf8",
  bytesMax: 400,
  generate: (random) => bytesOf(`${someName(random)}\n${someName(random)}`),
  run(input) {
    const decoded = decodeUtf8(input, "fuzz");
    if (typeof decoded !== "string") return refused(new Error(decoded.message));
    mustEqual(bytesOf(decoded), input, "a text that is written reads otherwise");
    return "text";
  },
};

/** Readers of texts. */
export const TEXT_TARGETS: readonly Target[] = [yaml, json, toml, pattern, certificate, utf8];
