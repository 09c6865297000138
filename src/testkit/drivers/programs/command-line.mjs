/**
 * The command-line clients, Oracle's mysql and MariaDB's mariadb: one run of the client for each scenario, all its statements in one script.
 * Ctrl-C is SIGINT to the client; `ask` is a `system` command of the client, which waits for the harness.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { login } from "./common.mjs";

const ERROR_AT_LINE = /^ERROR (\d+) .*at line (\d+)/gm;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const job = JSON.parse((await lines.next()).value);

for (const scenario of job.scenarios) tell({ scenario: scenario.name, ...(await play(scenario)) });
process.exit(0);

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function play(scenario) {
  const script = [];
  for (const step of scenario.steps) {
    const sql = statementOf(step);
    if (sql === undefined) return { unsupported: step.do };
    script.push(sql.replaceAll(/\s+/g, " "));
  }
  const given = login(job, scenario.login ?? {});
  const options = optionsOf(given);
  if (options === undefined) return { unsupported: Object.keys(scenario.login ?? {}).join(", ") };
  const ended = await run(options, given, script);
  const whole = { exit: ended.exitCode, stdout: shortened(ended.stdout), stderr: errorsOf(ended.stderr) };
  // One statement a line: the client tells the line of an error.
  const errors = new Map(
    [...ended.stderr.matchAll(ERROR_AT_LINE)].map(([, errno, line]) => [Number(line), Number(errno)]),
  );
  const outcomes = script.map((_, i) => (errors.has(i + 1) ? { error: { errno: errors.get(i + 1) } } : "done"));
  const isIn = errors.size > 0 || !ended.stderr.includes("ERROR ");
  return { outcomes: [isIn ? whole : { error: whole }, ...outcomes] };
}

/** What the client is given for a step; undefined for what it has no way to do. */
function statementOf(step) {
  if (step.sql?.includes("\0")) return undefined;
  switch (step.do) {
    case "query":
      if (step.pad !== undefined || step.sql === "" || /CONNECTION_ID|;/.test(step.sql)) return undefined;
      return `${step.sql};`;
    case "infile":
      return `LOAD DATA LOCAL INFILE '${job.files[step.file]}' INTO TABLE ${step.table};`;
    case "useSchema":
      return `USE ${step.database};`;
    case "begin":
      return "START TRANSACTION;";
    case "commit":
      return "COMMIT;";
    case "rollback":
      return "ROLLBACK;";
    case "autocommit":
      return `SET autocommit = ${step.on ? 1 : 0};`;
    case "reset":
      return "\\x";
    case "info":
      return "\\s";
    case "ping":
      return "SELECT 'ping';";
    case "interrupt":
      return `${step.sql};`;
    default:
      return undefined;
  }
}

function optionsOf(given) {
  const isMysql = job.client === "mysql";
  if (given.attributes !== undefined || given.timeoutReadMs !== undefined || given.foundRows) return undefined;
  if (given.compress === "zstd" && !isMysql) return undefined;
  const tls = isMysql
    ? [`--ssl-mode=${job.tls ? "REQUIRED" : "DISABLED"}`, "--get-server-public-key"]
    : job.tls
      ? ["--ssl"]
      : ["--skip-ssl"];
  const compress =
    given.compress === undefined ? [] : isMysql ? [`--compression-algorithms=${given.compress}`] : ["--compress"];
  return [
    ...[
      "-h",
      given.host,
      "-P",
      String(given.port),
      "-u",
      given.user,
      "--batch",
      "--force",
      "--unbuffered",
      "--comments",
      "--max-allowed-packet=256M",
      "--show-warnings",
    ],
    ...tls,
    ...compress,
    `--local-infile=${given.localInfile ? 1 : 0}`,
    ...(given.charset === undefined ? [] : [`--default-character-set=${given.charset}`]),
    ...(given.initStatement === undefined ? [] : [`--init-command=${given.initStatement}`]),
    ...(given.database === "" ? [] : [given.database]),
  ];
}

function run(options, given, script) {
  return new Promise((resolve) => {
    const child = spawn(job.command[0], [...job.command.slice(1), ...options], {
      env: { ...process.env, MYSQL_PWD: given.password },
    });
    const stdout = [];
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout.push(chunk);
      // The statement behind this word is one that only Ctrl-C ends.
      if (chunk.length > 100 || !chunk.includes("interrupt me")) return;
      tell({ ask: "wait for the endless statement", id: 0 });
      lines.next().then(() => child.kill("SIGINT"));
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk.toString("latin1");
    });
    child.stdin.on("error", () => {});
    child.stdin.end(`${script.join("\n")}\n`);
    child.on("close", (exitCode) => resolve({ exitCode, stdout: Buffer.concat(stdout).toString("latin1"), stderr }));
  });
}

function errorsOf(stderr) {
  return stderr
    .replaceAll(/^.*Using a password.*\n/gm, "")
    .replaceAll(/127\.0\.0\.1:\d+/g, "host")
    .trim();
}

/** What no two connections have in common, and the numbers of the status, are left out. */
function shortened(stdout) {
  const text = stdout
    .replaceAll(/^Connection id:.*$/gm, "")
    .replaceAll(/^TCP port:.*$/gm, "")
    .replaceAll(/^Uptime:.*$|^Threads:.*$/gm, "")
    .replaceAll(/^SSL:.*$/gm, "");
  return text.length <= 3000 ? text : `${text.length} long, md5 ${createHash("md5").update(text).digest("hex")}`;
}
