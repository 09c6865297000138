/**
 * The kinds of fields that schemas are made of. Every field says what it is for (`v.description`), because the text is
 * shown as the remedy when the field is wrong. A complaint is "what is wrong", optionally a line feed and "what to do".
 */
import * as v from "valibot";
import { parseNetwork } from "../lib/network.ts";
import { compilePattern, PatternError } from "../lib/pattern.ts";
import { newSecret } from "../lib/secret.ts";

const SOCKET_PATH_BYTES_MAX = 107;

/** Text, possibly empty. */
export function text(description: string) {
  return v.pipe(v.string(), v.description(description));
}

/** Text of at least one character. */
export function nonEmptyText(description: string) {
  return v.pipe(v.string(), v.minLength(1, "must not be empty"), v.description(description));
}

/** Text that is wrapped at once, so that nothing prints it. */
export function secret(description: string) {
  return v.pipe(v.string(), v.transform(newSecret), v.description(description));
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

/** Regular expressions of a rule, which matches when any of them does: one, or a list of them. The output is a list. */
export function patterns(description: string) {
  return v.pipe(
    v.union([v.string(), v.array(v.string())]),
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

/** What is wrong with a pattern and where in it, or null. */
function complaintOfPattern(pattern: string): string | null {
  try {
    compilePattern(pattern, { caseInsensitive: false });
    return null;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const remedy =
      "patterns are in the dialect of Rust's regex crate: no look-around, no back-references; escape with \\";
    if (error.offset === null) return `does not compile: ${error.message}\n${remedy}`;
    const characters = [...pattern];
    const before = characters.slice(Math.max(0, error.offset - 20), error.offset).join("");
    const from = characters.slice(error.offset, error.offset + 20).join("");
    const place = from === "" ? `at its end, after ${JSON.stringify(before)}` : `at ${JSON.stringify(from)}`;
    return `does not compile: ${error.message} (character ${error.offset + 1}, ${place})\n${remedy}`;
  }
}
