/** PyMySQL (the protocol in Python) and mysqlclient (MariaDB's C library), of Debian's Python. */
import { join } from "node:path";
import type { ClientLogin } from "../manifests.ts";
import { runCommand } from "../servers/command.ts";
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
  UNSUPPORTED,
} from "./check.ts";

/** PyMySQL. */
export function pymysqlClient(bookworm: DebianRoot): Client {
  return { name: "PyMySQL", run: (login) => run(bookworm, "pymysql", login) };
}

/** mysqlclient, whose module is MySQLdb. */
export function mysqlclientClient(bookworm: DebianRoot): Client {
  return { name: "mysqlclient", run: (login) => run(bookworm, "MySQLdb", login) };
}

/** Neither driver has prepared statements: they put the parameters into the text, which is asked under `text` here. */
const PROGRAM = `
import importlib, json, sys
job = json.load(sys.stdin)
driver = importlib.import_module(job["driver"])
login = job["login"]
connection = driver.connect(host=login["host"], port=login["port"], user=login["user"], password=login["password"],
                            database=login["database"], charset="utf8mb4")
cursor = connection.cursor()

def value(statement, values=None):
    cursor.execute(statement, values)
    return str(cursor.fetchone()[0])

answers = {"text": value(job["text"]) + " / " + value(job["parameters"], job["values"])}
connection.begin()
cursor.execute(job["insert"])
answers["inside"] = value(job["count"])
connection.rollback()
answers["rolled back"] = value(job["count"])
connection.begin()
cursor.execute(job["insert"])
connection.commit()
answers["committed"] = value(job["count"])
answers["large"] = value(job["large"])
try:
    cursor.execute(job["error"])
    answers["error"] = "no error"
except driver.Error as error:
    answers["error"] = str(error.args[0])
answers["after"] = value(job["text"])
connection.close()
print(json.dumps(answers))
`;

async function run(bookworm: DebianRoot, driver: string, login: ClientLogin): Promise<Answers> {
  const job = {
    driver,
    login,
    text: TEXT,
    parameters: PREPARED.replaceAll("?", "%s"),
    values: PREPARED_VALUES,
    insert: INSERT,
    count: COUNT,
    large: LARGE,
    error: ERROR,
  };
  const output = await runCommand(debianCommand(bookworm, "usr/bin/python3", ["-c", PROGRAM]), {
    input: JSON.stringify(job),
    environment: {
      PYTHONHOME: join(bookworm.root, "usr"),
      PYTHONDONTWRITEBYTECODE: "1",
      MARIADB_PLUGIN_DIR: pluginDirectory(bookworm),
    },
  });
  const answers = { prepared: UNSUPPORTED, ...(JSON.parse(output) as Partial<Answers>) };
  return Object.fromEntries(QUESTIONS.map((question) => [question, shortened(answers[question] ?? "")])) as Answers;
}
