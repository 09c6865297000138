/** Several JSON objects one after another, as `jq` writes them and kubectl reads them. */

/** Where each object of a stream begins; empty when `text` is anything else than objects in JSON. */
export function objectStarts(text: string): number[] {
  const starts: number[] = [];
  let depth = 0;
  for (let position = 0; position < text.length; position++) {
    switch (text[position]) {
      case '"':
        if (depth === 0) return [];
        position = endOfString(text, position);
        break;
      case "{":
        if (depth === 0) starts.push(position);
        depth++;
        break;
      case "}":
        depth--;
        break;
      default:
        if (!(depth === 0 ? BETWEEN : INSIDE).has(text[position] ?? "")) return [];
    }
    if (depth < 0) return [];
  }
  return starts;
}

const BETWEEN = new Set(" \t\r\n\ufeff");
/** What JSON is made of besides texts. YAML's quotes and comments, in which braces mean nothing, are not among it. */
const INSIDE = new Set(" \t\r\n[]:,0123456789+-.Etruefalsn");

/** The position of the quote that ends the string. */
function endOfString(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length && text[position] !== '"') position += text[position] === "\\" ? 2 : 1;
  return position;
}
