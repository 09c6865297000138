/** Certificates and keys as configuration has them: PEM text, or the path of a file that has it. */
import { readFileSync, statSync } from "node:fs";

/** True for PEM text; anything else is a path. */
export function isPem(written: string): boolean {
  return written.includes("-----BEGIN ");
}

/** The PEM text. @throws Error for a file that cannot be read. */
export function readPem(written: string): string {
  return isPem(written) ? written : readFileSync(written, "utf8");
}

/**
 * Changes when one of the files is written or replaced, also by a symbolic link that leads elsewhere, as Kubernetes does.
 * @throws Error for a file that is not there.
 */
export function stampOf(written: readonly string[]): string {
  return written
    .filter((each) => each !== "" && !isPem(each))
    .map((file) => {
      const { ino, size, mtimeMs } = statSync(file);
      return `${ino} ${size} ${mtimeMs}`;
    })
    .join(" ");
}
