/** Invariants. They stay on in production and are never used on input from outside. */

/**
 * States an invariant of our own code.
 * @throws Error when `condition` is false: a bug in pisanix, never bad input.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/**
 * Marks the default branch of a switch over a closed union.
 * @throws Error when it is reached, which the type checker otherwise rules out.
 */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
