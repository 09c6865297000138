/** The command-line clients: Oracle's `mysql` and MariaDB's `mariadb`. */
import type { ClientLogin } from "../manifests.ts";
import { tryCommand } from "../servers/command.ts";
import { type DebianRoot, debianCommand } from "../servers/debian.ts";
import { pluginDirectory } from "../sysbench-run.ts";
import {
  type Answers,
  type Client,
  COUNT,
  ERROR,
  INSERT,
  LARGE,
  PREPARED,
  PREPARED_VALUES,
  QUESTIONS,
  shortened,
  TEXT,
} from "./check.ts";

/** `mysql` of MySQL 9.7. */
export function mysqlClient(sid: DebianRoot): Client {
  const plugins = `${sid.root}/usr/lib/mysql/plugin`;
  return commandLineClient("mysql", debianCommand(sid, "usr/bin/mysql", ["--no-defaults", `--plugin-dir=${plugins}`]));
}

/** `mariadb` of MariaDB 10.11. */
export function mariadbClient(bookworm: DebianRoot): Client {
  const options = ["--no-defaults", `--plugin-dir=${pluginDirectory(bookworm)}`];
  return commandLineClient("mariadb", debianCommand(bookworm, "usr/bin/mariadb", options));
}

/** Each answer is a line `question<TAB>answer`; the error is on stderr. */
const SCRIPT = [
  "SET NAMES utf8mb4",
  labelled("text", TEXT),
  `PREPARE cheap FROM '${labelled("prepared", PREPARED).replaceAll("'", "''")}'`,
  `SET @price = ${PREPARED_VALUES[0]}, @name = '${PREPARED_VALUES[1]}'`,
  "EXECUTE cheap USING @price, @name",
  "DEALLOCATE PREPARE cheap",
  "START TRANSACTION",
  INSERT,
  labelled("inside", COUNT),
  "ROLLBACK",
  labelled("rolled back", COUNT),
  "START TRANSACTION",
  INSERT,
  "COMMIT",
  labelled("committed", COUNT),
  labelled("large", LARGE),
  ERROR,
  labelled("after", TEXT),
  "",
].join(";\n");

function commandLineClient(name: string, command: readonly string[]): Client {
  return { name, run: (login) => runScript(command, login) };
}

async function runScript(command: readonly string[], login: ClientLogin): Promise<Answers> {
  const options = [
    "-h",
    login.host,
    "-P",
    String(login.port),
    "-u",
    login.user,
    "--batch",
    "--skip-column-names",
    "--force",
  ];
  const ended = await tryCommand([...command, ...options, login.database], {
    input: SCRIPT,
    environment: { MYSQL_PWD: login.password },
  });
  const lines = new Map(ended.stdout.split("\n").map((line) => [line.split("\t")[0], line.split("\t")[1] ?? ""]));
  const error = ended.stderr.match(/ERROR (\d+) \((\w+)\)/);
  lines.set("error", error === null ? "" : `${error[1]} ${error[2]}`);
  const missing = QUESTIONS.find((question) => (lines.get(question) ?? "") === "");
  if (missing !== undefined) throw new Error(`no answer to "${missing}": ${ended.stderr.trim()}`);
  return Object.fromEntries(QUESTIONS.map((question) => [question, shortened(lines.get(question) ?? "")])) as Answers;
}

function labelled(question: string, statement: string): string {
  return statement.replace("SELECT ", `SELECT '${question}', `);
}
