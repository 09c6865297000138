/** Statements of MySQL's own test suite, judged by a server. They are test data of another licence and live outside of this repository. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./paths.ts";

const FOLDER = join(REPOSITORY, "../shared/corpus");

export interface CorpusStatement {
  sql: string;
  /** The server did not call it a syntax error. */
  valid: boolean;
  /** The server read all of it. */
  strict: boolean;
}

/** A statement with the digest that a server made of it. */
export interface CorpusDigest {
  sql: string;
  digest_text: string;
}

/** Whether the corpus is there; says so on stderr when it is not. */
export function hasCorpus(): boolean {
  const isThere = existsSync(FOLDER);
  if (!isThere) process.stderr.write(`skipped: the statement corpus is not at ${FOLDER}\n`);
  return isThere;
}

/** All statements of one kind; the name is that of the file without its ending. */
export function corpusStatements(name: string): CorpusStatement[] {
  return readLines(name);
}

/** All digests of one kind. */
export function corpusDigests(name: string): CorpusDigest[] {
  return readLines(`digest/${name}`);
}

function readLines<T>(name: string): T[] {
  const lines = readFileSync(join(FOLDER, `${name}.jsonl`), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}
