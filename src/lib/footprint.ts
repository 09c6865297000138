/**
 * Memory that is not needed any more: code of the runtime that only its start, a compiler or a new configuration runs, and what
 * modules leave behind when they are loaded. Nothing would take it from a process on a machine with room, and it is counted
 * as used: by `kubectl top`, and by the kubelet when it looks for the pod that has to go.
 */
import { readFile } from "node:fs/promises";
import type { Clock } from "./clock.ts";
import { loadLibc } from "./libc.ts";

/** By then a proxy has its first configuration, and a controller has read its cluster, or waits for it. */
const SETTLED_MS = 3_000;
const AGAIN_MS = 20_000;

const MADV_DONTNEED = 4;
const MADV_COLD = 20;

/** Pages [start, end) of this process. */
export interface Pages {
  readonly start: number;
  readonly end: number;
}

/** Gives back what the start has left, and now and then the code that has not run since, until the returned function is called. */
export function keepFootprintSmall(clock: Clock): () => void {
  let cancel = clock.after(SETTLED_MS, () => {
    Bun.shrink();
    void again();
  });
  let isOver = false;
  const again = async () => {
    const isDone = await giveBackCode();
    if (isDone && !isOver) cancel = clock.after(AGAIN_MS, () => void again());
  };
  return () => {
    isOver = true;
    cancel();
  };
}

/**
 * Unmaps the code and constants of the executable. They stay in the kernel's cache of the file, so what is still used is mapped
 * again as soon as it is touched, sixteen pages at a time and without reading the disk: less than a millisecond in all.
 * False where it cannot be done, which costs nothing but memory: on other systems than Linux with glibc.
 */
export async function giveBackCode(): Promise<boolean> {
  try {
    const libc = await loadLibc();
    if (libc === null) return false;
    const pages = untouchedPages(await readFile("/proc/self/smaps", "latin1"), process.execPath);
    for (const { start, end } of pages) {
      // First, lest the kernel takes them for pages in use when they are unmapped, and counts them as such.
      libc.madvise(start, end - start, MADV_COLD);
      libc.madvise(start, end - start, MADV_DONTNEED);
    }
    return pages.length > 0;
  } catch {
    return false;
  }
}

/**
 * The mappings of `file` in the text of /proc/PID/smaps whose pages are the file's, byte for byte: nobody may write there, and
 * nobody has, be it the loader or a debugger. Unmapping such a page loses nothing.
 */
export function untouchedPages(smaps: string, file: string): Pages[] {
  const found: Pages[] = [];
  let pages: Pages | null = null;
  for (const line of smaps.split("\n")) {
    const mapping = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/.exec(line);
    if (mapping !== null) {
      const [, start = "", end = "", rights = "", path] = mapping;
      const isReadOnly = rights.startsWith("r-") && rights.endsWith("p");
      // A file that a newer one has taken the place of is still this process's.
      const isOurs = path === file || path === `${file} (deleted)`;
      pages = isReadOnly && isOurs ? { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) } : null;
    } else if (pages !== null && /^Anonymous: +0 kB$/.test(line)) {
      found.push(pages);
    }
  }
  return found;
}
