/** What a driver is asked to do, as data: every program in `programs/` carries out the same steps with its own driver. */
import type { ServerName } from "../servers/kind.ts";

/**
 * A parameter of a statement. What JSON cannot say is an object: bytes in hexadecimal, a number too large for a double,
 * a text that repeats.
 */
export type Value = null | number | string | { bytes: string } | { big: string } | { repeat: string; times: number };

/** How to connect; what is absent is the driver's default. */
export interface ConnectOptions {
  /** A name of `ACCOUNTS`; `main` when absent. */
  account?: string;
  /** Other than the account's. */
  user?: string;
  password?: string;
  database?: string;
  charset?: string;
  compress?: "zlib" | "zstd";
  multiStatements?: boolean;
  localInfile?: boolean;
  foundRows?: boolean;
  attributes?: Record<string, string>;
  initStatement?: string;
  timeoutReadMs?: number;
}

/** One thing to do. A step that fails is told as its error, and the next one follows. */
export type Step = { expect?: Expectation } & (
  | ({ do: "connect" } & ConnectOptions)
  | { do: "close" }
  /** A statement as text; all its results. `{pad}` in `sql` is replaced by `pad` letters. */
  | { do: "query"; sql: string; pad?: number }
  /** A statement prepared by the server, executed once for each row of parameters, closed. */
  | { do: "execute"; sql: string; rows: Value[][] }
  /** The same, with the driver's own way to send many rows at once. */
  | { do: "batch"; sql: string; rows: Value[][] }
  /** Statements sent before the answers of earlier ones are here. */
  | { do: "pipeline"; sqls: string[] }
  /** A server-side cursor: `take` rows read, `fetch` at a time, and closed. */
  | { do: "cursor"; sql: string; fetch: number; take: number }
  /** An unbuffered result of which `take` rows are read before it is given up. */
  | { do: "stream"; sql: string; take: number }
  /** A procedure with IN and OUT parameters, by the driver's own way to call one. */
  | { do: "call"; procedure: string; values: Value[]; outs: number }
  /** LOAD DATA LOCAL of a file that the driver opens; `missing` is one that is not there, `refused` one that it may not read. */
  | { do: "infile"; file: "rows" | "empty" | "missing" | "large"; table: string }
  | { do: "changeUser"; account: string; database?: string; password?: string }
  | { do: "useSchema"; database: string }
  | { do: "begin" | "commit" | "rollback" | "reset" | "ping" }
  | { do: "autocommit"; on: boolean }
  /** A statement that Ctrl-C ends; for clients that are programs of their own. */
  | { do: "interrupt"; sql: string }
  /** All that the driver tells about its connection. */
  | { do: "info" }
  /** Connections from the driver's pool: `size` at most, `rounds` borrowed one after the other. */
  | { do: "pool"; size: number; rounds: number; sql: string }
  /** `count` connections one after the other, each with one query. */
  | { do: "storm"; count: number; sql: string }
  /** Another party acts: the harness does what `ACTS` has under this name, and the program waits for its word. */
  | { do: "ask"; act: string }
);

/** What a direct connection must answer, so that two wrong answers do not pass as equal: an error's number, any error, or what it likes. Success when absent. */
export type Expectation = { error: number | "any" | "maybe" };

export interface Scenario {
  name: string;
  /** Both when absent. */
  servers?: readonly ServerName[];
  /** Moves so many bytes that it is played over two of the ways only: in the clear with the smallest pool, over TLS with the largest. */
  isHeavy?: boolean;
  /** Statements over a direct connection before each run of the program. */
  setup?: readonly string[];
  /** How the connection is opened that every scenario begins with. */
  login?: ConnectOptions;
  steps: readonly Step[];
}
