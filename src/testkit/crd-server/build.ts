/**
 * A real API server for custom resources, built from Debian's packages of Kubernetes' own sources: structural schemas, CEL,
 * server-side apply, status, watches. It has no Pods, no Secrets, no webhooks. Takes some five CPU minutes, once.
 */
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { CRD_SERVER_DIRECTORY } from "../paths.ts";
import { runCommand } from "../servers/command.ts";
import { type DebianRoot, openRoot, unpackPackages } from "../servers/debian.ts";
import { say } from "../terminal.ts";

const PACKAGES = [
  "golang-k8s-apiextensions-apiserver-dev",
  "golang-github-masterminds-sprig-dev",
  "golang-go",
  "etcd-server",
] as const;
const CHECK = join(import.meta.dir, "check.go");
/** Sources, the compiler, etcd and its C library. What else these packages ask for is for other uses of theirs. */
const WANTED = /^(golang-.*-dev|golang-1\.\d+-(go|src)|etcd-server|libc6|libgcc-s1)_/;
/** A change of the recipe builds anew. */
const recipe = async () => `2 ${PACKAGES.join(" ")} ${Bun.hash(await readFile(CHECK))}`;

const root = join(CRD_SERVER_DIRECTORY, "root");

export interface CrdServerPrograms {
  apiServer: string;
  /** What `check.go` says of itself. */
  check: string;
  etcd: string;
  /** Runs etcd with the C library that it was made for. */
  debian: DebianRoot;
}

/** Builds the programs, or finds them built. Needs Debian's apt, and no root. */
export async function buildCrdServer(): Promise<CrdServerPrograms> {
  const stamp = join(CRD_SERVER_DIRECTORY, "built");
  const wanted = await recipe();
  if (!existsSync(stamp) || (await readFile(stamp, "utf8")) !== wanted) {
    await rm(CRD_SERVER_DIRECTORY, { recursive: true, force: true });
    const work = join(CRD_SERVER_DIRECTORY, "build");
    await unpackPackages("sid", PACKAGES, work, (archive) => WANTED.test(basename(archive)));
    await compile(join(work, "root"));
    await keep(join(work, "root"));
    await rm(work, { recursive: true, force: true });
    await writeFile(`${stamp}.new`, wanted);
    await rename(`${stamp}.new`, stamp);
  }
  return {
    apiServer: join(root, "apiextensions-apiserver"),
    check: join(root, "check"),
    etcd: "usr/bin/etcd",
    debian: await openRoot(root),
  };
}

async function compile(sources: string): Promise<void> {
  const [goRoot] = [...new Bun.Glob("usr/lib/go-*").scanSync({ cwd: sources, onlyFiles: false })];
  if (goRoot === undefined) throw new Error(`${sources} has no Go: Debian's package golang-go has changed`);
  say("compiling k8s.io/apiextensions-apiserver (some five CPU minutes, once)");
  await mkdir(root, { recursive: true });
  const directory = join(sources, "usr/share/gocode");
  const program = join(directory, "src/check");
  await mkdir(program, { recursive: true });
  await cp(CHECK, join(program, "check.go"));
  const options = {
    directory,
    environment: {
      GOROOT: join(sources, goRoot),
      GOPATH: directory,
      GOCACHE: join(CRD_SERVER_DIRECTORY, "build", "cache"),
      HOME: join(CRD_SERVER_DIRECTORY, "build"),
      // Debian's packages are laid out for the time before modules.
      GO111MODULE: "off",
      GOTOOLCHAIN: "local",
      GOFLAGS: "",
      CGO_ENABLED: "0",
    },
  };
  for (const source of ["k8s.io/apiextensions-apiserver", "check"]) {
    await runCommand([join(sources, goRoot, "bin/go"), "build", "-o", join(root, basename(source)), source], options);
  }
}

/** The sources have two gigabytes; what runs has a hundredth of that. */
async function keep(sources: string): Promise<void> {
  for (const path of ["usr/bin/etcd", "usr/lib", "lib", "lib64", "usr/lib64"]) {
    if (!existsSync(join(sources, path))) continue;
    const isWanted = (file: string) => !/\/go-\d/.test(file);
    await cp(join(sources, path), join(root, path), { recursive: true, verbatimSymlinks: true, filter: isWanted });
  }
}
