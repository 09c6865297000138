/** MySQL from Debian sid. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { type DebianRoot, debianCommand } from "./debian.ts";
import { asRoot, commonOptions, type ServerKind } from "./kind.ts";

export const MYSQL: ServerKind = {
  name: "mysql",
  title: "MySQL",
  suite: "sid",
  initialise,
  command: (debian, dataDirectory, port) => [
    ...program(debian),
    ...commonOptions(dataDirectory, port),
    ...installed(debian),
    "--mysqlx=OFF",
    "--secure-file-priv=",
  ],
};

function program(debian: DebianRoot): string[] {
  return debianCommand(debian, "usr/sbin/mysqld", []);
}

async function initialise(debian: DebianRoot, dataDirectory: string, password: string): Promise<void> {
  const initFile = `${dataDirectory}.sql`;
  const statements = [
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
    `CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
  ];
  await writeFile(initFile, `${statements.join("\n")}\n`, { mode: 0o600 });
  const options = ["--no-defaults", ...asRoot(), "--initialize-insecure", `--init-file=${initFile}`];
  try {
    await runCommand([...program(debian), ...options, `--datadir=${dataDirectory}`, ...installed(debian)]);
  } finally {
    await rm(initFile, { force: true });
  }
}

/** Where the unpacked package has what the program expects under /usr. */
function installed(debian: DebianRoot): string[] {
  return [`--basedir=${join(debian.root, "usr")}`, `--plugin-dir=${join(debian.root, "usr/lib/mysql/plugin")}`];
}
