/** The catalogue of the socks shop, whose database the announcement's manifests speak of: its tables, with rows of our own. */

const SOCKS = [
  ["a0a4f044", "Crossed", "Two stripes that meet at the heel.", 17.32, 438],
  ["b5a8e1c2", "Classic", "What every drawer has a pair of.", 12.0, 127],
  ["c3d2b9f7", "Colourful", "Never two of the same.", 18.0, 438],
  ["d819e4a6", "Figueroa", "Thin, for warm evenings.", 14.0, 808],
  ["e7f1a0b3", "Nerd leg", "Zeros and ones, in wool.", 7.99, 115],
  ["f09c65d8", "Super sport", "Dries while you run.", 15.0, 820],
] as const;

const TAGS = ["blue", "brown", "green", "formal", "sport"] as const;

/** Which sock (counted from 0) bears which tag (counted from 1). */
const SOCK_TAGS = [
  [0, 1],
  [0, 4],
  [1, 2],
  [1, 4],
  [2, 3],
  [3, 3],
  [4, 1],
  [5, 5],
] as const;

/** Statements that make what is missing in `socksdb`. */
export const CATALOGUE: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS socksdb.sock (
     sock_id varchar(40) NOT NULL PRIMARY KEY, name varchar(20), description varchar(200),
     price float, count int, image_url_1 varchar(40), image_url_2 varchar(40)) CHARACTER SET utf8mb4`,
  "CREATE TABLE IF NOT EXISTS socksdb.tag (tag_id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(20)) CHARACTER SET utf8mb4",
  `CREATE TABLE IF NOT EXISTS socksdb.sock_tag (
     sock_id varchar(40) NOT NULL, tag_id int NOT NULL, PRIMARY KEY (sock_id, tag_id),
     FOREIGN KEY (sock_id) REFERENCES socksdb.sock (sock_id), FOREIGN KEY (tag_id) REFERENCES socksdb.tag (tag_id)) CHARACTER SET utf8mb4`,
  `INSERT IGNORE INTO socksdb.sock VALUES ${SOCKS.map(sockRow).join(", ")}`,
  `INSERT IGNORE INTO socksdb.tag VALUES ${TAGS.map((name, index) => `(${index + 1}, '${name}')`).join(", ")}`,
  `INSERT IGNORE INTO socksdb.sock_tag VALUES ${SOCK_TAGS.map(([sock, tag]) => `('${SOCKS[sock][0]}', ${tag})`).join(", ")}`,
];

function sockRow([id, name, description, price, count]: (typeof SOCKS)[number]): string {
  const image = name.toLowerCase().replaceAll(" ", "_");
  return `('${id}', '${name}', '${description}', ${price}, ${count}, '/img/${image}_1.jpg', '/img/${image}_2.jpg')`;
}
