/** Inputs that once broke something: testdata/wire/TARGET/HASH.bin, and beside it what was seen. `make test` reads each of them again. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../paths.ts";
import type { Finding } from "./run.ts";

const FOLDER = join(REPOSITORY, "testdata", "wire");

export interface StoredFinding {
  target: string;
  /** HASH.bin. */
  file: string;
  input: Uint8Array;
}

/** Keeps a finding. Returns its path from the repository's root. */
export function storeFinding({ target, input, seed, iteration, error }: Finding): string {
  const hash = new Bun.CryptoHasher("sha256").update(input).digest("hex").slice(0, 12);
  const folder = join(FOLDER, target);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${hash}.bin`), input);
  const said = `${error.name}: ${error.message}`.slice(0, 600);
  writeFileSync(join(folder, `${hash}.txt`), `seed ${seed}, iteration ${iteration}\n${said}\n`);
  return join("testdata", "wire", target, `${hash}.bin`);
}

/** All findings, by target and name. */
export function storedFindings(): StoredFinding[] {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => name)
    .sort()
    .flatMap(findingsOf);
}

function findingsOf(target: string): StoredFinding[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".bin"));
  return files.sort().map((file) => ({ target, file, input: new Uint8Array(readFileSync(join(folder, file))) }));
}
