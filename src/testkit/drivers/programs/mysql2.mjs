/** mysql2 on Node. It has no server-side cursors; a batch is its expansion of VALUES ?. */
import { createReadStream } from "node:fs";
import { createConnection, createPool } from "mysql2/promise";
import { each, login, serve, show, showRows, stepsOfNode, Unsupported } from "./common.mjs";

function settings(job, options) {
  const { host, port, user, password, database, charset, compress, multiStatements, localInfile } = options;
  if (compress === "zstd") throw new Unsupported("zstd");
  return {
    host,
    port,
    user,
    password,
    database,
    ...(charset === undefined ? {} : { charset }),
    ...(job.tls ? { ssl: { rejectUnauthorized: false } } : {}),
    compress: compress !== undefined,
    multipleStatements: multiStatements === true,
    flags: [options.foundRows ? "FOUND_ROWS" : "-FOUND_ROWS", ...(localInfile === false ? ["-LOCAL_FILES"] : [])],
    ...(localInfile ? { infileStreamFactory: (path) => createReadStream(path) } : {}),
    ...(options.attributes === undefined ? {} : { connectAttributes: options.attributes }),
    supportBigNumbers: true,
    dateStrings: true,
    rowsAsArray: true,
  };
}

async function connect(job, options) {
  if (options.initStatement !== undefined) throw new Unsupported("a statement at connect");
  if (options.timeoutReadMs !== undefined) throw new Unsupported("a timeout that keeps the connection");
  const connection = await createConnection(settings(job, options));
  // A connection that is lost while idle says so; nobody listening would end the program.
  connection.on("error", () => {});
  return connection;
}

function results([results, fields]) {
  const isMany =
    Array.isArray(fields) && (fields.length === 0 || fields.some((one) => one === undefined || Array.isArray(one)));
  if (!isMany || (fields.length === 0 && !Array.isArray(results))) return [result(results, fields)];
  return results.map((one, i) => result(one, fields[i]));
}

function result(rows, fields) {
  if (!Array.isArray(rows)) return header(rows);
  return { columns: fields?.map(column), rows: showRows(rows) };
}

function header({ affectedRows, insertId, info, serverStatus, warningStatus, changedRows, stateChanges }) {
  return { affectedRows, insertId, info, serverStatus, warningStatus, changedRows, stateChanges };
}

function column(field) {
  const {
    catalog,
    schema,
    name,
    orgName,
    table,
    orgTable,
    characterSet,
    columnLength,
    columnType,
    type,
    flags,
    decimals,
  } = field;
  return [
    catalog,
    schema,
    name,
    orgName,
    table,
    orgTable,
    characterSet,
    columnLength,
    columnType ?? type,
    flags,
    decimals,
  ].join(" ");
}

await serve({
  ...stepsOfNode(connect, results),
  connect,
  id: (connection) => connection.threadId,
  describe: ({ errno, code, sqlState, message, fatal }) => ({ errno, code, sqlState, message, fatal }),
  close: (connection) => connection.end(),
  query: async (connection, { sql }) => results(await connection.query(sql)),
  async execute(connection, { sql, rows }) {
    const statement = await connection.prepare(sql);
    try {
      return await each(rows, async (row) => results(await statement.execute(row)));
    } finally {
      // Its cache would hand a closed statement out again.
      connection.unprepare(sql);
    }
  },
  batch(connection, { sql, rows }) {
    if (!sql.startsWith("INSERT")) return each(rows, async (row) => results(await connection.query(sql, row)));
    return connection.query(sql.replace(/\([?, ]+\)$/, "?"), [rows]).then(results);
  },
  pipeline: async (connection, { sqls }) => {
    const answers = await Promise.allSettled(sqls.map((sql) => connection.query(sql)));
    return answers.map(({ value, reason }) =>
      reason === undefined ? results(value) : { errno: reason.errno, message: reason.message },
    );
  },
  /** The driver cannot give a result up: the rows that nobody wants are read and dropped. */
  stream: (connection, { sql, take }) =>
    new Promise((resolve, reject) => {
      const rows = [];
      const stream = connection.connection.query(sql).stream();
      stream.on("data", (row) => rows.length < take && rows.push(show(row)));
      stream.on("error", reject);
      stream.on("end", () => resolve(rows));
    }),
  changeUser: (connection, { account, database, password }, job) => {
    const { user, password: known } = login(job, { account });
    return connection.changeUser({ user, password: password ?? known, database: database ?? job.database });
  },
  ping: async (connection) => show(await connection.ping()),
  reset: (connection) => {
    if (connection.reset === undefined) throw new Unsupported("reset");
    return connection.reset();
  },
  info({ connection }) {
    const { serverVersion, protocolVersion, characterSet } = connection._handshakePacket;
    return { serverVersion, protocolVersion, characterSet, id: typeof connection.threadId };
  },
  async pool(_, { size, rounds, sql }, job) {
    const pool = createPool({ ...settings(job, login(job, {})), connectionLimit: size });
    const told = await Promise.all(Array.from({ length: rounds }, async () => results(await pool.query(sql))));
    await pool.end();
    return told;
  },
});
