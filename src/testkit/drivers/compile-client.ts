/** Compiles the C client with the small compiler of the same packages, against their headers and libraries only. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import { runCommand } from "../servers/command.ts";
import { type DebianRoot, debianCommand } from "../servers/debian.ts";

const SOURCE = join(REPOSITORY, "src", "testkit", "drivers", "programs", "client.c");

export interface ClientBuild {
  /** The folder of mysql.h below usr/include. */
  headers: string;
  /** The file of the client library. */
  library: string;
  /** Where the executable goes. It runs with the loader of the packages. */
  program: string;
  defines: readonly string[];
}

/** Builds the program that speaks to a server by one of the two C libraries. */
export async function compileClient(debian: DebianRoot, build: ClientBuild): Promise<void> {
  const folders = debian.libraries.split(":");
  const [libraries = ""] = folders;
  const file = (name: string) => {
    const folder = folders.find((one) => existsSync(join(one, name)));
    if (folder === undefined)
      throw new Error(`${debian.root} has no ${name}: remove it and run \`make drivers\` again`);
    return join(folder, name);
  };
  const include = join(debian.root, "usr", "include");
  const includes = [
    join(libraries, "tcc", "include"),
    include,
    join(include, basename(libraries)),
    join(include, build.headers),
  ];
  const inputs = [
    file("crt1.o"),
    file("crti.o"),
    SOURCE,
    ...[build.library, "libjansson.so.4", "libc.so.6", "libc_nonshared.a", "tcc/libtcc1.a", "crtn.o"].map(file),
  ];
  const options = [`-B${join(libraries, "tcc")}`, "-nostdlib", "-nostdinc", ...includes.map((folder) => `-I${folder}`)];
  await runCommand(
    debianCommand(debian, "usr/bin/tcc", [...options, ...build.defines, ...inputs, "-o", build.program]),
  );
}
