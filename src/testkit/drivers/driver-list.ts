/** The drivers: what runs their program, and with what environment. All but Node's come from packages unpacked in a folder. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import { type DebianRoot, debianCommand } from "../servers/debian.ts";
import type { ServerName } from "../servers/kind.ts";
import { pluginDirectory } from "../sysbench-run.ts";
import { compileClient } from "./compile-client.ts";

/** Where the drivers' packages are unpacked, and where what is built from them may lie. */
export interface Workshop {
  bookworm: DebianRoot;
  sid: DebianRoot;
  /** Those of the servers, which have the command-line clients. */
  mysqlServer: DebianRoot;
  mariadbServer: DebianRoot;
  scratch: string;
}

/** How a driver's program is run. */
export interface Run {
  command: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** What the job has besides the common. */
  job?: Readonly<Record<string, unknown>>;
}

export interface Driver {
  name: string;
  /** Both when absent. */
  servers?: readonly ServerName[];
  prepare(workshop: Workshop): Run | Promise<Run>;
}

export const PROGRAMS = join(REPOSITORY, "src", "testkit", "drivers", "programs");

export const DRIVERS: readonly Driver[] = [
  { name: "mysql2", prepare: () => ({ command: ["node", join(PROGRAMS, "mysql2.mjs")] }) },
  { name: "mariadb", prepare: () => ({ command: ["node", join(PROGRAMS, "mariadb.mjs")] }) },
  { name: "PyMySQL", prepare: ({ bookworm }) => python(bookworm, "pymysql") },
  { name: "mysqlclient", prepare: ({ bookworm }) => python(bookworm, "MySQLdb") },
  { name: "mysqli", prepare: ({ bookworm }) => php(bookworm, "mysqli.php") },
  { name: "PDO", prepare: ({ bookworm }) => php(bookworm, "pdo.php") },
  { name: "DBD::mysql", prepare: ({ bookworm }) => perl(bookworm) },
  { name: "ruby-mysql2", prepare: ({ bookworm }) => ruby(bookworm) },
  { name: "Connector/J", prepare: ({ bookworm }) => java(bookworm) },
  { name: "mysql", servers: ["mysql"], prepare: ({ mysqlServer }) => mysqlProgram(mysqlServer) },
  { name: "mariadb-client", prepare: ({ mariadbServer }) => mariadbProgram(mariadbServer) },
  { name: "libmariadb", prepare: libmariadb },
  // It has no mysql_native_password any more, and so no way to MariaDB.
  { name: "libmysqlclient", servers: ["mysql"], prepare: libmysqlclient },
];

function mysqlProgram(debian: DebianRoot): Run {
  const plugins = `--plugin-dir=${join(debian.root, "usr/lib/mysql/plugin")}`;
  return commandLine("mysql", debianCommand(debian, "usr/bin/mysql", ["--no-defaults", plugins]));
}

function mariadbProgram(debian: DebianRoot): Run {
  const options = ["--no-defaults", `--plugin-dir=${pluginDirectory(debian)}`];
  return commandLine("mariadb", debianCommand(debian, "usr/bin/mariadb", options));
}

function commandLine(client: string, command: readonly string[]): Run {
  return { command: ["node", join(PROGRAMS, "command-line.mjs")], job: { client, command } };
}

function python(debian: DebianRoot, module: string): Run {
  return {
    command: debianCommand(debian, "usr/bin/python3", [join(PROGRAMS, "python.py")]),
    environment: {
      PYTHONHOME: join(debian.root, "usr"),
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONIOENCODING: "utf8",
      MARIADB_PLUGIN_DIR: pluginDirectory(debian),
    },
    job: { module },
  };
}

function php(debian: DebianRoot, program: string): Run {
  const [api = ""] = readdirSync(join(debian.root, "usr/lib/php")).filter((name) => /^\d{8}$/.test(name));
  const extensions = ["mysqlnd", "mysqli", "pdo", "pdo_mysql"].flatMap((name) => ["-d", `extension=${name}`]);
  const folder = join(debian.root, "usr/lib/php", api);
  const options = [
    "-n",
    "-d",
    "display_errors=stderr",
    "-d",
    "mysqli.allow_local_infile=1",
    "-d",
    `extension_dir=${folder}`,
    ...extensions,
  ];
  return { command: debianCommand(debian, "usr/bin/php8.2", [...options, join(PROGRAMS, program)]) };
}

function perl(debian: DebianRoot): Run {
  const [libraries = ""] = debian.libraries.split(":");
  const version = "5.36";
  const folders = [
    join(libraries, "perl5", version),
    join(debian.root, "usr/share/perl5"),
    join(libraries, "perl-base"),
    join(libraries, "perl", version),
    join(debian.root, "usr/share/perl", version),
  ];
  return {
    command: debianCommand(debian, "usr/bin/perl", [join(PROGRAMS, "perl.pl")]),
    environment: { PERL5LIB: folders.join(":"), MARIADB_PLUGIN_DIR: pluginDirectory(debian) },
  };
}

function ruby(debian: DebianRoot): Run {
  const [libraries = ""] = debian.libraries.split(":");
  const version = "3.1.0";
  const folders = [
    join(debian.root, "usr/lib/ruby/vendor_ruby"),
    join(debian.root, "usr/lib/ruby", version),
    join(libraries, "ruby", version),
    join(libraries, "ruby/vendor_ruby", version),
  ];
  return {
    command: debianCommand(debian, "usr/bin/ruby3.1", ["--disable-gems", join(PROGRAMS, "ruby.rb")]),
    environment: { RUBYLIB: folders.join(":"), MARIADB_PLUGIN_DIR: pluginDirectory(debian) },
  };
}

/** The runtime compiles the program when it starts it. */
function java(debian: DebianRoot): Run {
  const machines = join(debian.root, "usr/lib/jvm");
  const [machine = ""] = readdirSync(machines).filter((name) => /^java-[\d.]+-openjdk-/.test(name));
  const home = join(machines, machine);
  const libraries = [join(home, "lib"), join(home, "lib", "server"), debian.libraries].join(":");
  const jars = ["mariadb-java-client", "gson"].map((name) => join(debian.root, "usr/share/java", `${name}.jar`));
  const program = join(home.slice(debian.root.length + 1), "bin", "java");
  const options = ["-Xmx2g", "-Dfile.encoding=UTF-8", "-cp", jars.join(":"), join(PROGRAMS, "Jdbc.java")];
  return { command: debianCommand({ ...debian, libraries }, program, options) };
}

async function libmariadb({ bookworm, scratch }: Workshop): Promise<Run> {
  const program = join(scratch, "libmariadb-client");
  await compileClient(bookworm, { headers: "mariadb", library: "libmariadb.so.3", program, defines: [] });
  return {
    command: [bookworm.loader, "--library-path", bookworm.libraries, program],
    environment: { MARIADB_PLUGIN_DIR: pluginDirectory(bookworm) },
  };
}

async function libmysqlclient({ sid, scratch }: Workshop): Promise<Run> {
  const program = join(scratch, "libmysqlclient-client");
  const [libraries = ""] = sid.libraries.split(":");
  const [library = ""] = readdirSync(libraries).filter((name) => /^libmysqlclient\.so\.\d+$/.test(name));
  await compileClient(sid, { headers: "mysql", library, program, defines: ["-DORACLE"] });
  return { command: [sid.loader, "--library-path", sid.libraries, program] };
}
