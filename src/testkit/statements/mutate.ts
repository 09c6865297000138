/** Statements with one token changed, from a seed: most of them no server takes. */
import type { Random } from "../../lib/random.ts";
import { lex } from "../../sql/lexer.ts";
import { type Dialect, newTokens } from "../../sql/tokens.ts";

const tokens = newTokens();

/** The texts of the statement's tokens. */
export function tokenTexts(sql: string, dialect: Dialect): string[] {
  const bytes = new TextEncoder().encode(sql);
  lex(tokens, bytes, 0, bytes.length, dialect);
  return Array.from({ length: tokens.count }, (_, i) => {
    return new TextDecoder().decode(bytes.subarray(tokens.starts[i], tokens.ends[i]));
  });
}

/** The statement with one token dropped, doubled, exchanged with the next, or with one of `others` instead or besides. */
export function mutate(sql: string, others: readonly string[], dialect: Dialect, random: Random): string {
  const texts = tokenTexts(sql, dialect);
  const at = Math.floor(random() * texts.length);
  const other = others[Math.floor(random() * others.length)] ?? ",";
  switch (Math.floor(random() * 5)) {
    case 0:
      texts.splice(at, 1);
      break;
    case 1:
      texts.splice(at, 0, texts[at] ?? ",");
      break;
    case 2:
      texts.splice(at, 2, texts[at + 1] ?? ",", texts[at] ?? ",");
      break;
    case 3:
      texts[at] = other;
      break;
    default:
      texts.splice(at, 0, other);
  }
  return join(texts);
}

/** With spaces but where one would change the meaning: around dots, behind @@, between a name and its parenthesis. */
function join(texts: readonly string[]): string {
  let joined = "";
  for (const [i, text] of texts.entries()) {
    const before = texts[i - 1] ?? "";
    const isClose =
      before === "" || text === "." || before === "." || before === "@@" || (text === "(" && /^\w+$/.test(before));
    joined += isClose ? text : ` ${text}`;
  }
  return joined;
}
