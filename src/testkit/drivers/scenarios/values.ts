/** Values of every type, as text and prepared, both ways. */
import type { Scenario, Step, Value } from "../scenario.ts";

interface TypedColumn {
  name: string;
  type: string;
  /** SQL of the values of two rows. */
  low: string;
  high: string;
}

function column(name: string, type: string, low: string, high: string): TypedColumn {
  return { name, type, low, high };
}

const NUMBERS = [
  column("tiny", "tinyint", "-128", "127"),
  column("tiny_u", "tinyint unsigned", "0", "255"),
  column("boolean_", "boolean", "FALSE", "TRUE"),
  column("small", "smallint", "-32768", "32767"),
  column("medium", "mediumint", "-8388608", "8388607"),
  column("medium_u", "mediumint unsigned", "0", "16777215"),
  column("int_", "int", "-2147483648", "2147483647"),
  column("int_u", "int unsigned zerofill", "0", "4294967295"),
  column("big", "bigint", "-9223372036854775808", "9223372036854775807"),
  column("big_u", "bigint unsigned", "0", "18446744073709551615"),
  column("decimal_", "decimal(65, 30)", `-${"9".repeat(35)}.${"9".repeat(30)}`, "0.000000000000000000000000000001"),
  column("decimal_u", "decimal(10, 0)", "-9999999999", "9999999999"),
  column("float_", "float", "-3.40282e38", "1.17549e-38"),
  column("double_", "double", "-1.7976931348623157e308", "2.2250738585072014e-308"),
  column("bit_1", "bit(1)", "b'0'", "b'1'"),
  column("bit_64", "bit(64)", "b'0'", `b'${"1".repeat(64)}'`),
];

const TIMES = [
  column("date_", "date", "'1000-01-01'", "'9999-12-31'"),
  column("time_", "time", "'-838:59:59'", "'838:59:59'"),
  column("time_6", "time(6)", "'-838:59:58.999999'", "'00:00:00.000001'"),
  column("datetime_", "datetime", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'"),
  column("datetime_3", "datetime(3)", "'2024-02-29 12:34:56.789'", "'2024-02-29 00:00:00.001'"),
  column("datetime_6", "datetime(6)", "'2024-02-29 12:34:56.789012'", "'2024-02-29 00:00:00'"),
  column("timestamp_", "timestamp NULL", "'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'"),
  column("timestamp_6", "timestamp(6) NULL", "'1999-12-31 23:59:59.999999'", "'2000-01-01 00:00:00'"),
  column("year_", "year", "1901", "2155"),
];

const TEXTS = [
  column("char_", "char(10)", "''", "'äöü 🧦'"),
  column("varchar_", "varchar(250)", "''", "REPEAT('é', 250)"),
  column("binary_", "binary(4)", "x'00'", "x'00FF007F'"),
  column("varbinary_", "varbinary(300)", "x''", "REPEAT(x'00FE', 150)"),
  column("tinytext_", "tinytext", "''", "REPEAT('t', 255)"),
  column("text_", "text", "''", "REPEAT('t', 65535)"),
  column("mediumtext_", "mediumtext", "''", "REPEAT('m', 70000)"),
  column("longtext_", "longtext", "''", "REPEAT('l', 300000)"),
  column("tinyblob_", "tinyblob", "x''", "REPEAT(x'00', 255)"),
  column("blob_", "blob", "x''", "REPEAT(x'FB', 65535)"),
  column("longblob_", "longblob", "x''", "REPEAT(x'FFFEFB00', 20000)"),
  column("enum_", "enum('', 'small', 'größe')", "''", "'größe'"),
  column("set_", "set('a', 'b', 'c')", "''", "'a,c'"),
  column("json_", "json", `'{"a": [1, 2.5, null, "ü"]}'`, `'[]'`),
  column("point_", "point", "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(-1.5 1e10)')"),
  column(
    "geometry_",
    "geometry",
    "ST_GeomFromText('LINESTRING(0 0, 1 1)')",
    "ST_GeomFromText('POLYGON((0 0, 9 0, 9 9, 0 0))')",
  ),
];

const MARIADB_ONLY = [
  column("uuid_", "uuid", "'00000000-0000-0000-0000-000000000000'", "'123e4567-e89b-12d3-a456-426655440000'"),
  column("inet6_", "inet6", "'::'", "'2001:db8::ff00:42:8329'"),
];

const MYSQL_ONLY = [column("vector_", "vector(3)", "TO_VECTOR('[0, 0, 0]')", "TO_VECTOR('[1.5, -2, 3]')")];

/** A table with a row of low, of high and of no values, read as text, prepared and by a cursor. */
function typed(name: string, table: string, columns: readonly TypedColumn[], more: Partial<Scenario> = {}): Scenario {
  const rows = [columns.map(({ low }) => low), columns.map(({ high }) => high), columns.map(() => "NULL")];
  const select = `SELECT * FROM ${table} ORDER BY id`;
  return {
    name,
    ...more,
    setup: [
      "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'",
      `CREATE TABLE ${table} (id int AUTO_INCREMENT PRIMARY KEY, ${columns.map((c) => `${c.name} ${c.type}`).join(", ")})`,
      ...rows.map((row) => `INSERT INTO ${table} VALUES (NULL, ${row.join(", ")})`),
    ],
    steps: [
      { do: "query", sql: select },
      { do: "execute", sql: `SELECT * FROM ${table} WHERE id > ? ORDER BY id`, rows: [[0], [2], [99]] },
      { do: "cursor", sql: select, fetch: 1, take: 3 },
    ],
  };
}

/** Parameters of each kind, sent as text and prepared, and read back with the type that the server made of them. */
const PARAMETERS: readonly Value[] = [
  null,
  0,
  -1,
  2147483648,
  { big: "9223372036854775807" },
  { big: "18446744073709551615" },
  1.5,
  -1e300,
  "",
  'it\'s \\ "quoted" \0 and \n new',
  "naïve 🧦",
  { bytes: "" },
  { bytes: "00ff27225c1a0a0d" },
  { repeat: "p", times: 251 },
  { repeat: "p", times: 65_536 },
];

/** Bytes that are no text of the connection's character set may come back only from a column that says so. */
function isText(value: Value): boolean {
  return value === null || typeof value !== "object" || !("bytes" in value);
}

const ROUND_TRIP: Step[] = [
  { do: "execute", sql: "SELECT ? AS value", rows: PARAMETERS.filter(isText).map((value) => [value]) },
  { do: "execute", sql: "INSERT INTO d_parameters (value) VALUES (?)", rows: PARAMETERS.map((value) => [value]) },
  { do: "query", sql: "SELECT id, LENGTH(value), SHA2(value, 256) FROM d_parameters ORDER BY id" },
  {
    do: "execute",
    sql: "SELECT ?, ?, ?",
    rows: [
      [1, "two", null],
      [null, null, null],
      ["1", 2.5, "x"],
    ],
  },
];

export const VALUES: readonly Scenario[] = [
  typed("numbers", "d_numbers", NUMBERS),
  typed("times", "d_times", TIMES),
  typed("texts and blobs", "d_texts", TEXTS),
  typed("types of MariaDB only", "d_mariadb", MARIADB_ONLY, { servers: ["mariadb"] }),
  typed("types of MySQL only", "d_mysql", MYSQL_ONLY, { servers: ["mysql"] }),
  {
    name: "zero dates",
    setup: [
      "SET sql_mode = ''",
      "CREATE TABLE d_zero (a date, b datetime, c timestamp(6) NULL, d time, e year)",
      "INSERT INTO d_zero VALUES ('0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '00:00:00', 0)",
      "INSERT INTO d_zero VALUES ('2024-00-00', '2024-01-00 00:00:00', NULL, '-00:00:01', 1999)",
    ],
    steps: [
      { do: "query", sql: "SELECT * FROM d_zero" },
      { do: "execute", sql: "SELECT * FROM d_zero WHERE ? = 1", rows: [[1]] },
    ],
  },
  {
    name: "parameters",
    setup: ["CREATE TABLE d_parameters (id int AUTO_INCREMENT PRIMARY KEY, value longblob)"],
    steps: ROUND_TRIP,
  },
  {
    name: "columns and what is told of them",
    setup: [
      "CREATE TABLE d_columns (a int PRIMARY KEY AUTO_INCREMENT, b varchar(20) UNIQUE NOT NULL DEFAULT 'x', c blob, d decimal(10, 2), KEY (d))",
      "INSERT INTO d_columns VALUES (1, 'one', 'eins', 1.10)",
    ],
    steps: [
      {
        do: "query",
        sql: "SELECT a AS alias_of_a, t.b, c, d, a + 1, NULL, 'text', 1.5, NOW() > 0 FROM d_columns AS t",
      },
      { do: "query", sql: "SELECT 1 AS `a b``c`, 2 AS ``, 3 AS a, 4 AS a" },
      { do: "query", sql: "SELECT * FROM d_columns WHERE 1 = 0" },
      { do: "query", sql: "SHOW COLUMNS FROM d_columns" },
      { do: "query", sql: "DESCRIBE d_columns b" },
      { do: "query", sql: `SELECT ${Array.from({ length: 500 }, (_, i) => `${i} AS c${i}`).join(", ")}` },
    ],
  },
];
