/** A schema with a million rows, large blobs, every type of column, and what a dump has besides tables. */
import { createConnection } from "mysql2/promise";
import type { ClientLogin } from "../manifests.ts";
import type { ServerName } from "../servers/kind.ts";

export const ROWS = 1_000_000;

const MANY = `CREATE TABLE many (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  number INT NOT NULL,
  name VARCHAR(40) NOT NULL,
  price DECIMAL(12, 4),
  changed DATETIME(6) NOT NULL,
  noise VARBINARY(32),
  KEY by_number (number)
)`;

/** Each statement doubles the rows that its condition lets through: 1,000 * 2^10, cut at the end. */
const FILL_MANY = [
  "SET SESSION cte_max_recursion_depth = 2000",
  `INSERT INTO many (number, name, price, changed, noise)
    WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    SELECT i, CONCAT('name ', i, ' \\\\ ''é'' \\n'), NULLIF(i, 500) / 7, '2024-02-29 23:59:59.999999' - INTERVAL i HOUR,
      UNHEX(SHA2(i, 256)) FROM n`,
  ...Array.from(
    { length: 10 },
    (_, step) => `INSERT INTO many (number, name, price, changed, noise)
    SELECT number + ${1000 * 2 ** step}, REVERSE(name), price + ${step}, changed - INTERVAL ${step + 1} MINUTE,
      UNHEX(SHA2(CONCAT(number, '-', ${step}), 256)) FROM many ORDER BY id LIMIT ${Math.min(1000 * 2 ** step, ROWS - 1000 * 2 ** step)}`,
  ),
];

const KINDS = `
  id INT NOT NULL PRIMARY KEY,
  t1 TINYINT, t2 TINYINT UNSIGNED, s1 SMALLINT, s2 SMALLINT UNSIGNED, m1 MEDIUMINT, m2 MEDIUMINT UNSIGNED,
  i1 INT, i2 INT UNSIGNED ZEROFILL, b1 BIGINT, b2 BIGINT UNSIGNED, flag BOOLEAN,
  d1 DECIMAL(65, 30), d2 DECIMAL(10, 0) UNSIGNED, f1 FLOAT, f2 DOUBLE, bit1 BIT(1), bit64 BIT(64),
  date1 DATE, time0 TIME, time6 TIME(6), datetime0 DATETIME, datetime6 DATETIME(6),
  timestamp0 TIMESTAMP NULL, timestamp6 TIMESTAMP(6) NULL, year1 YEAR,
  char1 CHAR(10), char2 CHAR(255) CHARACTER SET latin1, varchar1 VARCHAR(200) CHARACTER SET utf8mb4,
  binary1 BINARY(16), varbinary1 VARBINARY(300),
  tinyblob1 TINYBLOB, blob1 BLOB, mediumblob1 MEDIUMBLOB, longblob1 LONGBLOB,
  tinytext1 TINYTEXT, text1 TEXT, mediumtext1 MEDIUMTEXT, longtext1 LONGTEXT CHARACTER SET utf16,
  enum1 ENUM('a', 'it''s', 'é'), set1 SET('x', 'y', 'z'), json1 JSON,
  geometry1 GEOMETRY, point1 POINT, line1 LINESTRING, polygon1 POLYGON,
  sum1 INT GENERATED ALWAYS AS (t1 + s1) VIRTUAL, sum2 INT GENERATED ALWAYS AS (t1 - s1) STORED`;

/** What one of the two has and the other has not. */
const OWN_KINDS: Readonly<Record<ServerName, { columns: string; values: string }>> = {
  mysql: { columns: ", vector1 VECTOR(3)", values: ", vector1 = STRING_TO_VECTOR('[1, -2.5, 3e10]')" },
  mariadb: {
    columns: ", uuid1 UUID, inet4 INET4, inet6 INET6",
    values: ", uuid1 = '123e4567-e89b-12d3-a456-426655440000', inet4 = '192.0.2.1', inet6 = '2001:db8::1'",
  },
};

const LARGEST = `t1 = 127, t2 = 255, s1 = 32767, s2 = 65535, m1 = 8388607, m2 = 16777215, i1 = 2147483647,
  i2 = 4294967295, b1 = 9223372036854775807, b2 = 18446744073709551615, flag = TRUE,
  d1 = 99999999999999999999999999999999999.999999999999999999999999999999, d2 = 9999999999, f1 = 3.40282e38,
  f2 = 1.7976931348623157e308, bit1 = b'1', bit64 = 18446744073709551615, date1 = '9999-12-31', time0 = '838:59:59',
  time6 = '838:59:58.999999', datetime0 = '9999-12-31 23:59:59', datetime6 = '9999-12-31 23:59:59.999999',
  timestamp0 = '2037-12-31 23:59:59', timestamp6 = '2037-12-31 23:59:59.999999', year1 = 2155, char1 = 'ten  chars',
  char2 = REPEAT('ÿ', 255), varchar1 = REPEAT('\u{1f600}', 200), binary1 = UNHEX(REPEAT('ff', 16)),
  varbinary1 = UNHEX(REPEAT('00275c0a0d1a', 50)), tinyblob1 = UNHEX(REPEAT('00', 255)), blob1 = REPEAT('\\\\', 65535),
  mediumblob1 = REPEAT(UNHEX('00ff'), 500000), longblob1 = REPEAT(UNHEX('fe00fb'), 300000), tinytext1 = '', text1 = '''"\`',
  mediumtext1 = REPEAT('line\\n', 50000), longtext1 = REPEAT('\u{1f600}é', 1000), enum1 = 'it''s', set1 = 'x,z',
  json1 = '{"a": [1, 2.5, null, "\\\\u00e9"], "b": {"c": true}}', geometry1 = ST_GeomFromText('POINT(1 2)'),
  point1 = ST_GeomFromText('POINT(-1.5 2e10)'), line1 = ST_GeomFromText('LINESTRING(0 0, 1 1, 2 2)'),
  polygon1 = ST_GeomFromText('POLYGON((0 0, 0 3, 3 3, 0 0))')`;

const SMALLEST = `t1 = -128, t2 = 0, s1 = -32768, s2 = 0, m1 = -8388608, m2 = 0, i1 = -2147483648, i2 = 0,
  b1 = -9223372036854775808, b2 = 0, flag = FALSE, d1 = -99999999999999999999999999999999999.999999999999999999999999999999,
  d2 = 0, f1 = -1.17549e-38, f2 = -2.2250738585072014e-308, bit1 = b'0', bit64 = 0, date1 = '1000-01-01',
  time0 = '-838:59:59', time6 = '-00:00:00.000001', datetime0 = '1000-01-01 00:00:00', datetime6 = '1000-01-01 00:00:00.000001',
  timestamp0 = '1970-01-02 00:00:01', timestamp6 = '1970-01-02 00:00:00.000001', year1 = 1901, char1 = '', char2 = '',
  varchar1 = '', binary1 = '', varbinary1 = '', tinyblob1 = '', blob1 = '', mediumblob1 = '', longblob1 = '', tinytext1 = '',
  text1 = '', mediumtext1 = '', longtext1 = '', enum1 = 'a', set1 = '', json1 = '[]'`;

/** The last one does not fit into one packet. */
const BLOBS = [0, 1, 250, 251, 65_535, 65_536, 1 << 20, 0xffffff + 100];

/** Creates the database anew and fills it; much of a minute. */
export async function makeSchema(server: ServerName, login: ClientLogin): Promise<void> {
  const { database } = login;
  const connection = await createConnection({ ...login, database: "test", charset: "utf8mb4" });
  const own = OWN_KINDS[server];
  try {
    for (const statement of [
      `DROP DATABASE IF EXISTS ${database}`,
      `CREATE DATABASE ${database} CHARACTER SET utf8mb4`,
      `USE ${database}`,
      "SET time_zone = '+00:00'",
      MANY,
      ...(server === "mysql" ? FILL_MANY : FILL_MANY.slice(1)),
      `CREATE TABLE kinds (${KINDS}${own.columns}) CHARACTER SET utf8mb4`,
      "INSERT INTO kinds (id) VALUES (0)",
      `INSERT INTO kinds SET id = 1, ${LARGEST}${own.values}`,
      `INSERT INTO kinds SET id = 2, ${SMALLEST}`,
      "CREATE TABLE blobs (id INT NOT NULL PRIMARY KEY, content LONGBLOB)",
      ...BLOBS.map(
        (bytes, id) =>
          `INSERT INTO blobs VALUES (${id}, SUBSTR(REPEAT(UNHEX('00015c27fe'), ${1 + bytes}), 1, ${bytes}))`,
      ),
      "CREATE VIEW dear AS SELECT id, price FROM many WHERE price > 100",
      "CREATE TRIGGER before_blob BEFORE INSERT ON blobs FOR EACH ROW SET NEW.id = NEW.id",
      "CREATE PROCEDURE twice(IN a INT, OUT b INT) BEGIN SET b = a * 2; END",
      "CREATE FUNCTION half(a INT) RETURNS INT DETERMINISTIC RETURN a DIV 2",
    ]) {
      await connection.query(statement);
    }
  } finally {
    await connection.end();
  }
}
