/** Reads mysql.words: what each server takes each word for. */

export const WORD_CLASSES = ["reserved", "word", "function", "none"] as const;
export type WordClass = (typeof WORD_CLASSES)[number];

/** One word, as one server sees it. */
export interface WordUse {
  readonly kind: WordClass;
  /** The name of its terminal. */
  readonly terminal: string;
}

/** One word of the list, and what it is to each server. */
export interface Word {
  readonly text: string;
  readonly mysql: WordUse;
  readonly mariadb: WordUse;
}

/**
 * Reads the file. `terminals` are those of the grammar; a word that is none of them gets RESERVED or WORD.
 * @throws Error with the line of a class or terminal that is not known, or of a word that is there twice.
 */
export function readWords(text: string, terminals: ReadonlySet<string>): Word[] {
  const words: Word[] = [];
  const seen = new Set<string>();
  let classes: readonly WordClass[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const fail = (what: string): never => {
      throw new Error(`mysql.words:${index + 1}: ${what}`);
    };
    if (line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      classes = line
        .slice(1, line.indexOf("]"))
        .split(" ")
        .map((name) => {
          return WORD_CLASSES.find((known) => known === name) ?? fail(`${name} is no class`);
        });
      continue;
    }
    for (const written of line.split(" ").filter((part) => part !== "")) {
      const [word = "", own = ""] = written.split("=");
      const [first = "", second = first] = own.split("/");
      if (seen.has(word)) fail(`${word} is there twice`);
      seen.add(word);
      for (const name of [first, second]) if (name !== "" && !terminals.has(name)) fail(`${name} is no terminal`);
      const use = (kind: WordClass, name: string): WordUse => {
        return { kind, terminal: kind === "none" ? "IDENT" : name || terminalOf(word, kind, terminals) };
      };
      words.push({
        text: word,
        mysql: use(classes[0] ?? "none", first),
        mariadb: use(classes[1] ?? "none", second),
      });
    }
  }
  return words;
}

function terminalOf(word: string, kind: WordClass, terminals: ReadonlySet<string>): string {
  if (terminals.has(word)) return word;
  if (kind === "reserved") return "RESERVED";
  return "WORD";
}

/** The terminals that may stand for a name: those of words that one of the servers takes for either. */
export function nameTerminals(words: readonly Word[]): Set<string> {
  const uses = words.flatMap((word) => [word.mysql, word.mariadb]);
  return new Set(uses.filter((use) => use.kind === "word").map((use) => use.terminal));
}
