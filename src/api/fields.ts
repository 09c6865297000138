/**
 * The kinds of fields that schemas are made of. Every field says what it is for (`v.description`), because the text is
 * shown as the remedy when the field is wrong. A complaint is "what is wrong", optionally a line feed and "what to do",
 * optionally a line feed and the name of the linter's rule that explains it.
 */
import * as v from "valibot";
import { parseNetwork } from "../lib/network.ts";
import { compilePattern, PATTERN_LENGTH_MAX, PatternError } from "../lib/pattern.ts";
import { adviceOf } from "../lib/pattern-advice.ts";
import { newSecret } from "../lib/secret.ts";

/** Characters of a text at most; of PEM text, which holds a chain of certificates. */
const TEXT_LENGTH_MAX = 4_096;
const PEM_LENGTH_MAX = 65_536;
const SOCKET_PATH_BYTES_MAX = 107;

/** Text, possibly empty. */
export function text(description: string) {
  return v.pipe(v.string(), v.maxLength(TEXT_LENGTH_MAX, tooLong(TEXT_LENGTH_MAX)), v.description(description));
}

/** Text as certificates and keys are written, or a short one that says where they are. */
export function pem(description: string) {
  return v.pipe(v.string(), v.maxLength(PEM_LENGTH_MAX, tooLong(PEM_LENGTH_MAX)), v.description(description));
}

/** The same, wrapped at once. */
export function secretPem(description: string) {
  return v.pipe(
    v.string(),
    v.maxLength(PEM_LENGTH_MAX, tooLong(PEM_LENGTH_MAX)),
    v.transform(newSecret),
    v.description(description),
  );
}

function tooLong(max: number): string {
  return `is longer than ${max} characters`;
}

/** Text of at least one character. */
export function nonEmptyText(description: string) {
  return v.pipe(
    v.string(),
    v.minLength(1, "must not be empty"),
    v.maxLength(TEXT_LENGTH_MAX, tooLong(TEXT_LENGTH_MAX)),
    v.description(description),
  );
}

/** Text that is wrapped at once, so that nothing prints it. */
export function secret(description: string) {
  return v.pipe(
    v.string(),
    v.maxLength(TEXT_LENGTH_MAX, tooLong(TEXT_LENGTH_MAX)),
    v.transform(newSecret),
    v.description(description),
  );
}

/** A whole number within bounds, both included. */
export function wholeNumber(description: string, min: number, max: number) {
  const complaint = (issue: { input: number }) => `must be a whole number from ${min} to ${max}, but is ${issue.input}`;
  return v.pipe(
    v.number(),
    v.integer(complaint),
    v.minValue(min, complaint),
    v.maxValue(max, complaint),
    v.description(description),
  );
}

/** A TCP port that someone listens on. */
export function port(description: string) {
  return wholeNumber(description, 1, 65_535);
}

/** Where a unix socket lies. */
export function socketPath(description: string) {
  return v.pipe(
    v.string(),
    v.check((path) => path.startsWith("/"), "must be an absolute path"),
    v.check(
      (path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX,
      `is longer than the ${SOCKET_PATH_BYTES_MAX} bytes that the kernel allows`,
    ),
    v.description(description),
  );
}

/** An IP network, or one address. */
export function network(description: string) {
  return v.pipe(
    v.string(),
    v.check((written) => parseNetwork(written) !== null, "is no network\nwrite ADDRESS/BITS, such as 10.0.0.0/8"),
    v.description(description),
  );
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(words: T, description: string) {
  return v.pipe(v.picklist(words), v.description(description));
}

/** True or false. */
export function flag(description: string) {
  return v.pipe(v.boolean(), v.description(description));
}

/** A rule for the API server, in its expression language; it says what a check beside it says to us. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** What a schema says to the generators of CustomResourceDefinitions. */
export interface FieldNotes {
  readonly cel?: CelRule;
  /** The field that tells the items of a list apart. */
  readonly key?: string;
  /** The API server takes the list only, though we take one pattern without a list around it, too. */
  readonly form?: "list";
}

function notes<T>(written: FieldNotes) {
  return v.metadata<T, FieldNotes & Record<string, unknown>>({ ...written });
}

/** Adds a rule to the CustomResourceDefinition: `rule` is about `self`, the value. */
export function cel<T>(rule: string, message: string) {
  return notes<T>({ cel: { rule, message } });
}

/** Says which field tells the items of a list apart. */
export function keyedBy<T>(key: string) {
  return notes<T>({ key });
}

/** Items of a list at most. */
const LIST_LENGTH_MAX = 256;

/**
 * A list of things. The API server multiplies the bounds of lists in lists when it estimates what a rule inside may cost,
 * and refuses a definition that may cost too much: an inner list may need a lower one.
 */
export function list<const T extends v.GenericSchema>(item: T, max = LIST_LENGTH_MAX) {
  return v.pipe(v.array(item), v.maxLength(max, `has more than ${max} items`));
}

/** Regular expressions of a rule, which matches when any of them does: one, or a list of them. The output is a list. */
export function patterns(description: string) {
  return v.pipe(
    v.union([
      v.pipe(v.string(), v.maxLength(PATTERN_LENGTH_MAX)),
      list(v.pipe(v.string(), v.maxLength(PATTERN_LENGTH_MAX), v.description("a pattern, of which any has to match"))),
    ]),
    v.transform((written): string[] => (typeof written === "string" ? [written] : written)),
    v.minLength(1, "must have at least one pattern"),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      for (const [index, pattern] of dataset.value.entries()) {
        const message = complaintOfPattern(pattern);
        if (message === null) continue;
        addIssue({
          message,
          path: [{ type: "array", origin: "value", input: dataset.value, key: index, value: pattern }],
        });
      }
    }),
    v.description(description),
  );
}

/** The same, where the original has always had a list. */
export function patternList(description: string) {
  return v.pipe(patterns(description), notes({ form: "list" }));
}

/** What is wrong with a pattern and where in it, or null. */
function complaintOfPattern(pattern: string): string | null {
  try {
    compilePattern(pattern, { caseInsensitive: false });
    return null;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const { isOtherDialect, remedy } = adviceOf(error);
    const rest = `\n${remedy}\n${isOtherDialect ? "regex-unsupported" : "regex-syntax"}`;
    if (error.offset === null) return `does not compile: ${error.message}${rest}`;
    const characters = [...pattern];
    const before = characters.slice(Math.max(0, error.offset - 20), error.offset).join("");
    const from = characters.slice(error.offset, error.offset + 20).join("");
    const place = from === "" ? `at its end, after ${JSON.stringify(before)}` : `at ${JSON.stringify(from)}`;
    return `does not compile: ${error.message} (character ${error.offset + 1}, ${place})${rest}`;
  }
}
