/** Packets that real servers and clients sent, kept as hex: testdata/wire/NAME.hex, whole packets with their headers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./paths.ts";

const FOLDER = join(REPOSITORY, "testdata", "wire");

/** The bytes of one capture. */
export function wireBytes(name: string): Uint8Array {
  return fromHex(readFileSync(join(FOLDER, `${name}.hex`), "utf8"));
}

/** The captures whose names begin with `prefix`, sorted. */
export function wireNames(prefix: string): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.startsWith(prefix) && file.endsWith(".hex"));
  return files.map((file) => file.replace(/\.hex$/, "")).sort();
}

/** The bytes that hexadecimal digits stand for; white space is ignored. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s/g, ""), "hex"));
}

/** Hexadecimal digits, to compare and to print. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
