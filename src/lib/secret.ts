/** A value that must not be printed (design D10): every way of printing it says `[redacted]`. */

const REDACTED = "[redacted]";
const hidden = new WeakMap<Secret, string>();

export interface Secret {
  readonly kind: "secret";
  toJSON(): string;
  toString(): string;
}

/** Wraps `value`; only `reveal` gives it back. */
export function newSecret(value: string): Secret {
  const secret: Secret = {
    kind: "secret",
    toJSON: redacted,
    toString: redacted,
  };
  Object.defineProperty(secret, Bun.inspect.custom, { value: redacted });
  hidden.set(secret, value);
  return secret;
}

/** The value itself. Call it where the value is used (authentication, `--show-secrets`), not where it is passed on. */
export function reveal(secret: Secret): string {
  return hidden.get(secret) ?? "";
}

function redacted(): string {
  return REDACTED;
}
