/** `pisanix sql`: what a statement is read as. */
import { charsetOf } from "../src/sql/charset.ts";
import { explain } from "../src/sql/explain.ts";
import { readSqlMode } from "../src/sql/sql-mode.ts";
import { UsageError } from "./arguments.ts";
import { defineDoor, EXIT_OK } from "./cli.ts";
import { print } from "./terminal.ts";

export const door = defineDoor({
  name: "sql",
  description: "Print what a statement is read as: kind, digest, tables and what is done with them, effects, tokens",
  args: {
    mariadb: { type: "boolean", description: "read it as MariaDB does; without, as MySQL" },
    "sql-mode": {
      type: "string",
      valueHint: "MODES",
      description: "the session's sql_mode, as ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
    },
    charset: {
      type: "string",
      valueHint: "NAME",
      options: ["utf8mb4", "big5", "cp932", "gb18030", "gbk", "sjis"],
      default: "utf8mb4",
      description: "the session's character_set_client; any other is read as utf8mb4 is",
    },
    statement: { type: "positional", description: "the text, in quotes; - for stdin" },
  },
  examples: [
    'pisanix sql "SELECT c FROM t WHERE id = 1 FOR UPDATE"',
    "pisanix sql --mariadb - < statement.sql",
    "pisanix sql --sql-mode ANSI_QUOTES 'UPDATE \"t\" SET a = 1'",
  ],
  async run(args) {
    const [text] = args.statement;
    if (text === undefined || args.statement.length > 1) {
      throw new UsageError("one statement is needed", "write it in quotes, or - for stdin");
    }
    const dialect = {
      sqlMode: readSqlMode(args["sql-mode"] ?? ""),
      charset: charsetOf(args.charset),
      isMariaDb: args.mariadb,
      version: 0,
    };
    await print(explain(text === "-" ? await Bun.stdin.bytes() : new TextEncoder().encode(text), dialect));
    return EXIT_OK;
  },
});
