/** Waiting for what other sockets of this process will do, without guessing how long that takes. */

/** Lets the event loop turn until `check` holds. The test's own timeout ends a wait for what never comes. */
export async function eventually(check: () => boolean): Promise<void> {
  while (!check()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A promise with its key: `await gate.opened` waits until somebody calls `gate.open()`. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A closed gate. */
export function newGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
