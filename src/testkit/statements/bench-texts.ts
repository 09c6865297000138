/** The texts of `make bench-sql`, and what reading them may cost. */

/** One text; `goals` are nanoseconds by the name of the tier. */
export interface BenchText {
  name: string;
  sql: string;
  goals: Readonly<Record<string, number>>;
}

/** The statement that most benchmarks of databases are made of. */
export const POINT_SELECT: BenchText = {
  name: "point select",
  sql: "SELECT c FROM sbtest1 WHERE id=50432",
  goals: { lexed: 120, "parsed with facts": 600 },
};

/** Common table expressions, joins, subqueries, window functions, aggregates. */
export const REPORT: BenchText = { name: "report", sql: reportSql(), goals: { "parsed with facts": 25_000 } };

/** Rows as a driver writes them when it is given many at once. */
export const LARGE_INSERT: BenchText = {
  name: "large insert",
  sql: insertSql(20_000),
  goals: { "classified: kind and effects": 30_000 },
};

function reportSql(): string {
  const months = Array.from({ length: 6 }, (_, i) => {
    return `SUM(CASE WHEN MONTH(o.ordered_at) = ${i + 1} THEN i.quantity * i.unit_price ELSE 0 END) AS month_${i + 1}`;
  });
  return `WITH recent AS (
  SELECT o.id, o.customer_id, o.ordered_at, o.status, o.region_id
  FROM sales.orders AS o
  WHERE o.ordered_at >= '2024-01-01' AND o.ordered_at < DATE_ADD('2024-01-01', INTERVAL 6 MONTH) AND o.status IN ('paid', 'shipped', 'closed')
), best AS (
  SELECT r.customer_id, COUNT(*) AS orders, SUM(i.quantity * i.unit_price) AS turnover
  FROM recent AS r JOIN sales.items AS i ON i.order_id = r.id
  GROUP BY r.customer_id HAVING turnover > 1000.50
)
SELECT c.id, c.name, CONCAT(c.city, ', ', c.country) AS place, b.orders, b.turnover,
  ${months.join(",\n  ")},
  RANK() OVER (PARTITION BY c.country ORDER BY b.turnover DESC) AS place_in_country,
  (SELECT MAX(p.paid_at) FROM payments AS p WHERE p.customer_id = c.id AND p.amount BETWEEN 10 AND 10000) AS last_payment,
  COALESCE(s.score, 0) * 1.25 + IF(c.is_key_account = 1, 10, 0) AS score
FROM best AS b
  JOIN customers AS c ON c.id = b.customer_id
  JOIN recent AS o ON o.customer_id = c.id
  JOIN sales.items AS i ON i.order_id = o.id
  LEFT JOIN products AS p ON p.id = i.product_id AND p.deleted_at IS NULL
  LEFT JOIN (SELECT customer_id, AVG(value) AS score FROM ratings WHERE rated_at > '2023-12-31' GROUP BY customer_id) AS s ON s.customer_id = c.id
WHERE c.country IN ('DE', 'FR', 'IT', 'ES', 'PL') AND (c.name LIKE 'A%' OR c.name LIKE 'B%' OR c.email IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM blocked AS x WHERE x.customer_id = c.id AND x.until > NOW())
GROUP BY c.id, c.name, c.city, c.country, b.orders, b.turnover, s.score, c.is_key_account
HAVING SUM(i.quantity) > 5
ORDER BY b.turnover DESC, c.name ASC
LIMIT 50 OFFSET 100`;
}

function insertSql(bytes: number): string {
  const rows: string[] = [];
  let length = 0;
  for (let i = 1; length < bytes - 60; i++) {
    const row = `(${i}, ${(i * 7919) % 10007}, '${String(i * 104729).padStart(20, "0")}', 'a name', ${i}.5, NULL)`;
    rows.push(row);
    length += row.length + 2;
  }
  return `INSERT INTO sbtest1 (id, k, c, pad, d, e) VALUES ${rows.join(", ")}`;
}
