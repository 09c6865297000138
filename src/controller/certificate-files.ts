/**
 * A certificate that somebody else renews (cert-manager, a mounted Secret): `tls.crt` and `tls.key` in a folder. The folder is
 * watched, since Kubernetes swaps a symbolic link in it and a watch of the file hears of the first swap only; it is also looked at
 * now and then. A pair that cannot be served leaves the last good one in its place.
 */
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { newSecret, reveal } from "../lib/secret.ts";
import { complaintOfPair, type KeyPair } from "../lib/x509.ts";

const LOOK_MS = 60_000;

export interface CertificateFiles {
  /** The last good pair. */
  current(): KeyPair;
  /** Looks now; what is found goes the same way as by itself. */
  look(): Promise<void>;
  stop(): void;
}

export interface CertificateFilesOptions {
  folder: string;
  clock: Clock;
  onChange(pair: KeyPair): void;
  /** The files are there, but cannot be served. Called once for each content. */
  onComplaint(complaint: string): void;
}

/** Reads the folder's pair and follows it. @throws Error when there is none that can be served. */
export async function openCertificateFiles(options: CertificateFilesOptions): Promise<CertificateFiles> {
  const { folder, clock, onChange, onComplaint } = options;
  const first = await readPair(folder);
  const complaint = complaintOfPair(first);
  if (complaint !== null) throw new Error(`${folder}: tls.crt and tls.key cannot be served: ${complaint}`);
  let [current, seen] = [first, textOf(first)];
  let running: Promise<void> | null = null;
  let [isStale, isStopped] = [false, false];

  const compare = async () => {
    const pair = await readPair(folder).catch((error: Error) => error);
    const text = pair instanceof Error ? pair.message : textOf(pair);
    if (isStopped || text === seen) return;
    seen = text;
    const wrong = pair instanceof Error ? pair.message : complaintOfPair(pair);
    if (wrong !== null || pair instanceof Error) {
      // One file may be from before a swap and the other from after it: only what stays so is wrong.
      const again = await readPair(folder).catch((error: Error) => error);
      isStale = text !== (again instanceof Error ? again.message : textOf(again));
      if (!isStale && !isStopped) onComplaint(wrong ?? "");
      return;
    }
    current = pair;
    onChange(pair);
  };
  // One at a time, and once more for what happened meanwhile.
  const look = (): Promise<void> => {
    isStale = true;
    running ??= (async () => {
      while (isStale) {
        isStale = false;
        await compare();
      }
      running = null;
    })();
    return running;
  };
  const watcher = watch(folder, () => void look());
  let cancel = () => {};
  const plan = () => {
    cancel = clock.after(LOOK_MS, () => {
      void look();
      plan();
    });
  };
  plan();
  return {
    current: () => current,
    look,
    stop() {
      isStopped = true;
      cancel();
      watcher.close();
    },
  };
}

async function readPair(folder: string): Promise<KeyPair> {
  const read = async (name: string) => {
    try {
      return await readFile(join(folder, name), "utf8");
    } catch (error) {
      throw new Error(`${join(folder, name)} cannot be read`, { cause: error });
    }
  };
  const cert = await read("tls.crt");
  const key = await read("tls.key");
  return { cert, key: newSecret(key) };
}

function textOf({ cert, key }: KeyPair): string {
  return `${cert}\0${reveal(key)}`;
}
