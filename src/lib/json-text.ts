/** JSON that is YAML 1.1, too: that has more line ends, and more characters that may not stand in a text as they are. */

const NOT_PRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/** `value` in JSON, on one line unless `indent` is given. */
export function jsonText(value: unknown, indent?: string): string {
  return JSON.stringify(value, null, indent).replace(NOT_PRINTABLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Whether a text has a character that has to be escaped in YAML 1.1. */
export function needsEscapes(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text);
}
