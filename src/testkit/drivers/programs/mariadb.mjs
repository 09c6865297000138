/** The mariadb package on Node: pipelining, bulk execution, streams. */
import { createConnection, createPool } from "mariadb";
import { each, login, serve, show, showRows, stepsOfNode, Unsupported } from "./common.mjs";

function settings(job, options) {
  const { host, port, user, password, database, compress, multiStatements, localInfile } = options;
  if (compress === "zstd") throw new Unsupported("zstd");
  return {
    host,
    port,
    user,
    password,
    database,
    ...(options.charset === undefined ? {} : { charset: options.charset.toUpperCase() }),
    ...(job.tls ? { ssl: { rejectUnauthorized: false } } : { allowPublicKeyRetrieval: true }),
    compress: compress !== undefined,
    multipleStatements: multiStatements === true,
    permitLocalInfile: localInfile === true,
    foundRows: options.foundRows === true,
    ...(options.attributes === undefined ? {} : { connectAttributes: options.attributes }),
    ...(options.initStatement === undefined ? {} : { initSql: options.initStatement }),
    // A busy machine may take longer than the second that it allows by default.
    connectTimeout: 10_000,
    ...(options.timeoutReadMs === undefined ? {} : { socketTimeout: options.timeoutReadMs }),
    dateStrings: true,
    rowsAsArray: true,
    metaAsArray: true,
    checkDuplicate: false,
    trace: false,
  };
}

async function connect(job, options) {
  const connection = await createConnection(settings(job, options));
  connection.on("error", () => {});
  return connection;
}

/** `[rows, meta]` of one result; of several, an array of rows and one of metas. */
function results(answer) {
  if (!Array.isArray(answer)) return [header(answer)];
  const [rows, meta] = answer;
  const isMany = Array.isArray(meta) && meta.some((one) => one === undefined || Array.isArray(one));
  return isMany ? rows.map((one, i) => result(one, meta[i])) : [result(rows, meta)];
}

function result(rows, meta) {
  return Array.isArray(rows) ? { columns: meta?.map?.(column), rows: showRows(rows) } : header(rows);
}

function header(ok) {
  if (ok === undefined || ok === null) return "nothing";
  const { affectedRows, insertId, warningStatus } = ok;
  return { affectedRows, insertId: show(insertId ?? null), warningStatus };
}

function column(meta) {
  const told = [meta.db(), meta.schema(), meta.table(), meta.orgTable(), meta.name(), meta.orgName()];
  return [...told, meta.collation?.name, meta.columnLength, meta.columnType, meta.flags, meta.scale, meta.type].join(
    " ",
  );
}

await serve({
  ...stepsOfNode(connect, results),
  connect,
  id: (connection) => Number(connection.threadId),
  describe: ({ errno, code, sqlState, sqlMessage, message, fatal }) => ({
    errno,
    code,
    sqlState,
    message: withoutId(sqlMessage ?? message),
    fatal,
  }),
  close: (connection) => connection.end(),
  query: async (connection, { sql }) => results(await connection.query(sql)),
  async execute(connection, { sql, rows }) {
    const statement = await connection.prepare(sql);
    try {
      return await each(rows, async (row) => results(await statement.execute(row)));
    } finally {
      statement.close();
    }
  },
  batch: async (connection, { sql, rows }) => results(await connection.batch(sql, rows)),
  pipeline: async (connection, { sqls }) => {
    const answers = await Promise.allSettled(sqls.map((sql) => connection.query(sql)));
    return answers.map(({ value, reason }) =>
      reason === undefined ? results(value) : { errno: reason.errno, message: withoutId(reason.sqlMessage) },
    );
  },
  async stream(connection, { sql, take }) {
    const rows = [];
    const stream = connection.queryStream(sql);
    for await (const row of stream) if (rows.push(show(row)) >= take) break;
    stream.close();
    return rows;
  },
  changeUser: (connection, { account, database, password }, job) => {
    if (job.server === "mysql") throw new Unsupported("change user on MySQL");
    const { user, password: known } = login(job, { account });
    return connection.changeUser({ user, password: password ?? known, database: database ?? job.database });
  },
  ping: (connection) => connection.ping(),
  reset: (connection) => connection.reset(),
  info: (connection) => ({
    version: connection.serverVersion(),
    isMariaDb: connection.info?.isMariaDB?.(),
    id: typeof connection.threadId,
  }),
  async pool(_, { size, rounds, sql }, job) {
    const pool = createPool({ ...settings(job, login(job, {})), connectionLimit: size, resetAfterUse: true });
    const told = await Promise.all(Array.from({ length: rounds }, async () => results(await pool.query(sql))));
    await pool.end();
    return told;
  },
});

/** Messages of a lost connection name its id, which no two connections share. */
function withoutId(message) {
  return message?.replace(/\(conn:?=? ?-?\d+[^)]*\)/, "(conn)").replace(/conn(ection)? ?[=:]? ?\d+/i, "conn");
}
