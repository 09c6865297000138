/** What every client is asked to do, in its own way. */
import type { ClientLogin } from "../manifests.ts";

/**
 * The answers of one client, by what was asked:
 * `text` a query; `prepared` a prepared statement with a parameter; `inside`, `rolled back` and `committed` the rows of a table in and after transactions;
 * `large` a value of a few MB; `error` the number and SQLSTATE of a statement that fails; `after` a query after that.
 */
export type Answers = Record<Question, string>;

export const QUESTIONS = ["text", "prepared", "inside", "rolled back", "committed", "large", "error", "after"] as const;
export type Question = (typeof QUESTIONS)[number];

/** What a client without such statements answers. */
export const UNSUPPORTED = "-";

export interface Client {
  name: string;
  /** Connects to `login`, asks everything, disconnects. */
  run(login: ClientLogin): Promise<Answers>;
}

export const TEXT = "SELECT GROUP_CONCAT(name ORDER BY sock_id) FROM sock";
export const PREPARED = "SELECT GROUP_CONCAT(name ORDER BY name) FROM sock WHERE price < ? AND name <> ?";
export const PREPARED_VALUES = [15, "naïve 🧦"] as const;
export const INSERT = "INSERT INTO visit (page) VALUES ('catalogue')";
export const COUNT = "SELECT COUNT(*) FROM visit";
export const LARGE = "SELECT REPEAT('0123456789abcdef', 200000)";
export const ERROR = "SELECT * FROM no_such_table";

/** Where the transactions write; made and emptied over a direct connection before each client. */
export const VISIT_TABLE = ["CREATE TABLE IF NOT EXISTS socksdb.visit (page varchar(20))", "TRUNCATE socksdb.visit"];

/** A long answer in short: its length and a checksum. */
export function shortened(answer: string): string {
  return answer.length < 200 ? answer : `${answer.length} characters, ${Bun.hash(answer).toString(16)}`;
}
