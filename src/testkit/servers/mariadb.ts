/** MariaDB from Debian bookworm. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import { runCommand } from "./command.ts";
import { type DebianRoot, debianCommand } from "./debian.ts";
import { asRoot, commonOptions, type ServerKind } from "./kind.ts";

/** What mariadb-install-db feeds to `mariadbd --bootstrap`; that script itself expects an installed system. */
const SYSTEM_TABLES = [
  "mysql_system_tables.sql",
  "mysql_performance_tables.sql",
  "mysql_system_tables_data.sql",
  "maria_add_gis_sp_bootstrap.sql",
  "mysql_sys_schema.sql",
];

const CERTIFICATES = join(REPOSITORY, "testdata", "tls");

export const MARIADB: ServerKind = {
  name: "mariadb",
  title: "MariaDB",
  suite: "bookworm",
  initialise,
  command: (debian, dataDirectory, port) => [
    ...debianCommand(debian, "usr/sbin/mariadbd", commonOptions(dataDirectory, port)),
    ...installed(debian),
    // What Debian's own configuration says; the program alone would say latin1.
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    // MySQL makes a certificate of its own; MariaDB 10.11 has to be given one.
    `--ssl-cert=${join(CERTIFICATES, "server.pem")}`,
    `--ssl-key=${join(CERTIFICATES, "server.key.pem")}`,
    `--ssl-ca=${join(CERTIFICATES, "authority.pem")}`,
  ],
};

async function initialise(debian: DebianRoot, dataDirectory: string, password: string): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  const scripts = SYSTEM_TABLES.map((name) => readFile(join(debian.root, "usr/share/mysql", name), "utf8"));
  const input = [
    "CREATE DATABASE mysql;",
    "USE mysql;",
    "SET @auth_root_socket = NULL;",
    "SET @skip_auth_anonymous = 1;",
    "SET @current_hostname = 'localhost';",
    ...(await Promise.all(scripts)),
    "FLUSH PRIVILEGES;",
    `ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    `ALTER USER 'root'@'::1' IDENTIFIED BY '${password}';`,
    "",
  ].join("\n");
  const options = ["--no-defaults", ...asRoot(), "--bootstrap", `--datadir=${dataDirectory}`, "--skip-name-resolve"];
  await runCommand([...debianCommand(debian, "usr/sbin/mariadbd", options), ...installed(debian)], { input });
}

/** Where the unpacked package has what the program expects under /usr. */
function installed(debian: DebianRoot): string[] {
  return [
    `--basedir=${join(debian.root, "usr")}`,
    `--plugin-dir=${join(debian.root, "usr/lib/mysql/plugin")}`,
    `--lc-messages-dir=${join(debian.root, "usr/share/mysql")}`,
  ];
}
