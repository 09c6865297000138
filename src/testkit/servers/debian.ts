/** Debian programs without installing them: packages unpacked into a folder and run by their own dynamic loader. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SERVERS_DIRECTORY } from "../paths.ts";
import { say } from "../terminal.ts";
import { downloadPackages } from "./apt.ts";
import { runCommand } from "./command.ts";

/** Folders, and what each has of which suite. bookworm has no MySQL; sid's libraries are newer than any stable machine's. */
const ROOTS = {
  sid: { suite: "sid", packages: ["mysql-server-core", "mysql-client-core"] },
  bookworm: { suite: "bookworm", packages: ["mariadb-server", "mariadb-client", "haproxy", "sysbench"] },
  router: { suite: "sid", packages: ["mysql-router"] },
  drivers: {
    suite: "bookworm",
    packages: [
      "python3",
      "python3-cryptography",
      "python3-nacl",
      "python3-pymysql",
      "python3-mysqldb",
      "php-cli",
      "php-mysql",
      "libdbd-mysql-perl",
      "ruby-mysql2",
      "libmariadb-java",
      "libgoogle-gson-java",
      "default-jre-headless",
      "libmariadb-dev",
      "libjansson-dev",
      "tcc",
    ],
  },
  "drivers-sid": { suite: "sid", packages: ["libmysqlclient-dev", "libjansson-dev", "tcc"] },
} as const;

export type RootName = keyof typeof ROOTS;
export type Suite = (typeof ROOTS)[RootName]["suite"];

/** A folder with unpacked packages. */
export interface DebianRoot {
  root: string;
  loader: string;
  libraries: string;
}

/** Unpacks the packages of a folder, or finds them unpacked. Needs no root and changes nothing outside the checkout. */
export async function unpackDebian(name: RootName): Promise<DebianRoot> {
  const { suite, packages } = ROOTS[name];
  const directory = join(SERVERS_DIRECTORY, "debian", name);
  const root = join(directory, "root");
  const stamp = join(directory, "unpacked");
  const unpacked = (await readFile(stamp, "utf8").catch(() => "")).split(" ");
  // What is no longer wanted is in nobody's way, and a server may be running from the folder.
  if (!packages.every((wanted) => unpacked.includes(wanted))) {
    await rm(directory, { recursive: true, force: true });
    await unpackPackages(suite, packages, directory, () => true);
    await writeFile(`${stamp}.new`, packages.join(" "));
    await rename(`${stamp}.new`, stamp);
  }
  return openRoot(root);
}

/** Downloads `packages` and what they need into `directory`, and unpacks those that are wanted into its folder `root`. */
export async function unpackPackages(
  suite: Suite,
  packages: readonly string[],
  directory: string,
  isWanted: (archive: string) => boolean,
): Promise<void> {
  const root = join(directory, "root");
  await mkdir(root, { recursive: true });
  say(`${suite}: downloading ${packages.join(", ")} and what they need`);
  const archives = (await downloadPackages(suite, packages, directory)).filter(isWanted);
  say(`${suite}: unpacking ${archives.length} packages into ${root}`);
  for (const archive of archives) await runCommand(["dpkg-deb", "-x", archive, root]);
  await rm(join(directory, "cache"), { recursive: true, force: true });
}

/** Finds the loader and the libraries of unpacked packages. @throws Error when there are none. */
export async function openRoot(root: string): Promise<DebianRoot> {
  for (const base of ["usr/lib", "lib"]) {
    const folder = join(root, base);
    if (!existsSync(folder)) continue;
    for (const triplet of (await readdir(folder)).filter((name) => name.endsWith("-linux-gnu"))) {
      const loader = (await readdir(join(folder, triplet))).find((name) => /^ld-linux-.*\.so\.\d$/.test(name));
      if (loader === undefined) continue;
      const folders = [`usr/lib/${triplet}`, `lib/${triplet}`, "usr/lib/mysql/private", "usr/lib/mysql-router"];
      const libraries = folders.map((path) => join(root, path));
      return { root, loader: join(folder, triplet, loader), libraries: libraries.join(":") };
    }
  }
  throw new Error(`${root} has no dynamic loader: remove ${SERVERS_DIRECTORY} and run \`make servers\` again`);
}

/** The command line that runs `program` (a path inside the root, as "usr/sbin/mysqld") with its own C library. */
export function debianCommand(debian: DebianRoot, program: string, args: readonly string[]): string[] {
  return [debian.loader, "--library-path", debian.libraries, join(debian.root, program), ...args];
}
