/** What the programs in JavaScript share: the job on stdin, an outcome for each scenario on stdout, and how values are told. */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

/** Thrown by a step that the driver has no way to do. */
export class Unsupported extends Error {}

/**
 * Does the job on stdin with `driver`, which has `connect(job, options)` and a function for each kind of step:
 * `(connection, step, job)` returns what is told of it. `describe(error)` tells an error; `id(connection)` the thread id.
 */
export async function serve(driver) {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const job = JSON.parse((await lines.next()).value);
  const ask = async (act, id) => {
    tell({ ask: act, id });
    await lines.next();
  };
  for (const scenario of job.scenarios) tell(await play(driver, job, scenario, ask));
  process.exit(0);
}

async function play(driver, job, scenario, ask) {
  const outcomes = [];
  const state = { connection: null };
  const attempt = async (run) => {
    try {
      return (await run()) ?? "done";
    } catch (error) {
      if (error instanceof Unsupported) throw error;
      return { error: driver.describe(error) };
    }
  };
  try {
    const steps = [{ do: "connect", ...scenario.login }, ...scenario.steps];
    for (const step of steps) outcomes.push(await attempt(() => take(driver, job, state, step, ask)));
    await attempt(() => close(driver, state));
    return { scenario: scenario.name, outcomes };
  } catch (error) {
    await attempt(() => close(driver, state));
    return { scenario: scenario.name, unsupported: error.message };
  }
}

async function take(driver, job, state, step, ask) {
  if (step.do === "connect") {
    await close(driver, state);
    state.connection = await driver.connect(job, login(job, step));
    return "connected";
  }
  if (step.do === "close") return close(driver, state);
  if (step.do === "ask") return ask(step.act, state.connection === null ? 0 : driver.id(state.connection));
  if (driver[step.do] === undefined) throw new Unsupported(step.do);
  const sql = step.pad === undefined ? step.sql : step.sql.replace("{pad}", "a".repeat(step.pad));
  const rows = step.rows?.map((row) => row.map(decode));
  return driver[step.do](state.connection, { ...step, sql, rows, values: step.values?.map(decode) }, job);
}

async function close(driver, state) {
  const { connection } = state;
  state.connection = null;
  if (connection !== null) await driver.close(connection);
}

/**
 * The steps that both packages for Node do by functions of the same names; `connect` and `results` are the driver's own.
 */
export function stepsOfNode(connect, results) {
  return {
    infile: async (connection, { file, table }, job) =>
      results(await connection.query(`LOAD DATA LOCAL INFILE '${job.files[file]}' INTO TABLE ${table}`)),
    useSchema: async (connection, { database }) => results(await connection.query(`USE ${database}`)),
    begin: (connection) => connection.beginTransaction(),
    commit: (connection) => connection.commit(),
    rollback: (connection) => connection.rollback(),
    autocommit: async (connection, { on }) => results(await connection.query(`SET autocommit = ${on ? 1 : 0}`)),
    storm: (_, { count, sql }, job) =>
      each(Array.from({ length: count }), async () => {
        const connection = await connect(job, login(job, {}));
        const told = results(await connection.query(sql));
        await connection.end();
        return told;
      }),
  };
}

/** Where and as whom to connect: the account of `options`, and what it says besides. */
export function login(job, options) {
  const account = job.accounts[options.account ?? "main"];
  return { ...account, host: job.host, database: job.database, ...options };
}

/** One row after the other as `run` tells it, for what is executed several times; ends at the first that fails. */
export async function each(rows, run) {
  const told = [];
  for (const row of rows) told.push(await run(row));
  return told;
}

function decode(value) {
  if (value === null || typeof value !== "object") return value;
  if (value.bytes !== undefined) return Buffer.from(value.bytes, "hex");
  if (value.big !== undefined) return BigInt(value.big);
  return value.repeat.repeat(value.times);
}

/** A value with its type; a long one as its length and digest. */
export function show(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.map(show);
  if (Buffer.isBuffer(value)) return `bytes ${short(value.toString("hex"))}`;
  if (value instanceof Date) return `date ${Number.isNaN(value.getTime()) ? "invalid" : value.toISOString()}`;
  if (typeof value === "object") return `object ${short(stringify(value))}`;
  return `${typeof value} ${short(String(value))}`;
}

function short(text) {
  return text.length <= 300 ? text : `${text.length} long, md5 ${createHash("md5").update(text).digest("hex")}`;
}

/** Many rows as their number and digest, few as they are. */
export function showRows(rows) {
  const shown = rows.map(show);
  const text = JSON.stringify(shown);
  return text.length <= 3000 ? shown : `${rows.length} rows, md5 ${createHash("md5").update(text).digest("hex")}`;
}

function tell(line) {
  process.stdout.write(`${stringify(line)}\n`);
}

function stringify(value) {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `bigint ${inner}` : inner));
}
