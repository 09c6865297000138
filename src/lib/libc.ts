/** The calls of the C library that the runtime has no door to. */
export interface Libc {
  madvise(start: number, length: number, advice: number): number;
  /** A second descriptor of the same open file; less than 0 when there is no room for more. */
  dup(descriptor: number): number;
  close(descriptor: number): number;
}

let library: Promise<Libc | null> | null = null;

/** Loads it once, for good; null on other systems than Linux with glibc. */
export function loadLibc(): Promise<Libc | null> {
  library ??= open();
  return library;
}

async function open(): Promise<Libc | null> {
  try {
    const { dlopen } = await import("bun:ffi");
    const { symbols } = dlopen("libc.so.6", {
      madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
      dup: { args: ["i32"], returns: "i32" },
      close: { args: ["i32"], returns: "i32" },
    });
    return symbols;
  } catch {
    return null;
  }
}
