/** What a client has said, as the servers and the judge may look it up by its nonce. */
import type { Arguments, Operation } from "./model/operation.ts";

export interface Spoken {
  readonly nonce: string;
  readonly client: string;
  /** Of COM_QUERY; null for an execution of a prepared statement. */
  readonly operation: Operation | null;
  readonly args: Arguments;
  /** The text as it was sent. */
  readonly text: string;
  readonly isWrite: boolean;
}

/** The nonce in a text; null when it has none, as what the proxy says of its own accord. */
export function nonceIn(text: string): string | null {
  return /\/\*(n\d+)\*\//.exec(text)?.[1] ?? null;
}
