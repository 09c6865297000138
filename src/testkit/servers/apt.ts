/** An apt of our own: private state, the machine's archive addresses, downloads checked by apt, nothing installed. */
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Downloads `packages` of `suite` and everything they depend on.
 * @returns the paths of the .deb files, their checksums verified by apt.
 */
export async function downloadPackages(
  suite: string,
  packages: readonly string[],
  directory: string,
): Promise<readonly string[]> {
  await requireDebian();
  const archive = await debianArchive(join(directory, "lookup"));
  const config = await writeAptConfig(suite, archive, directory);
  await runCommand(["apt-get", "-c", config, "-qq", "update"]);
  await runCommand(["apt-get", "-c", config, "-qq", "-y", "--download-only", "install", ...packages]);
  const archives = join(directory, "cache", "archives");
  return (await readdir(archives)).filter((name) => name.endsWith(".deb")).map((name) => join(archives, name));
}

async function requireDebian(): Promise<void> {
  const missing = ["/usr/bin/apt-get", "/usr/bin/dpkg-deb", KEYRING].filter((path) => !existsSync(path));
  if (missing.length === 0) return;
  throw new Error(
    `the test servers are unpacked from Debian packages, and this machine has no ${missing.join(", ")}.\n` +
      "On Debian or Ubuntu: apt-get install debian-archive-keyring. Elsewhere: start a MySQL and a MariaDB yourself and set\n" +
      "PISANIX_TEST_MYSQL and PISANIX_TEST_MARIADB to mysql://user:password@host:port/db",
  );
}

/** The address that this machine gets Debian from: its mirror, proxy or cache, whatever its owner chose. */
async function debianArchive(directory: string): Promise<string> {
  const known = await indexedArchive([]);
  if (known !== undefined) return known;
  // A fresh container has sources but no package lists, and apt names no target before it has read a Release file.
  await mkdir(join(directory, "lists", "partial"), { recursive: true });
  await mkdir(join(directory, "cache", "archives", "partial"), { recursive: true });
  const options = [
    ...["-o", `Dir::State::lists=${join(directory, "lists")}`],
    ...["-o", `Dir::Cache=${join(directory, "cache")}`],
    ...["-o", "APT::Sandbox::User="],
  ];
  await runCommand(["apt-get", ...options, "-qq", "update"]);
  const found = await indexedArchive(options);
  if (found !== undefined) return found;
  throw new Error("apt on this machine has no Debian archive among its sources: add one to /etc/apt/sources.list.d");
}

async function indexedArchive(options: readonly string[]): Promise<string | undefined> {
  const format = "$(ORIGIN)|$(LABEL)|$(CREATED_BY)|$(REPO_URI)";
  const targets = await runCommand(["apt-get", ...options, "indextargets", "--format", format]);
  const line = targets.split("\n").find((target) => target.startsWith("Debian|Debian|Packages|"));
  return line?.split("|")[3];
}

async function writeAptConfig(suite: string, archive: string, directory: string): Promise<string> {
  for (const folder of ["state/lists/partial", "cache/archives/partial"]) {
    await mkdir(join(directory, folder), { recursive: true });
  }
  const config = join(directory, "apt.conf");
  await writeFile(join(directory, "status"), "");
  await writeFile(join(directory, "sources.list"), `deb [signed-by=${KEYRING}] ${archive} ${suite} main\n`);
  await writeFile(
    config,
    `Dir::State "${join(directory, "state")}";
Dir::State::status "${join(directory, "status")}";
Dir::State::lists "${join(directory, "state", "lists")}";
Dir::Cache "${join(directory, "cache")}";
Dir::Etc::sourcelist "${join(directory, "sources.list")}";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
`,
  );
  return config;
}
