/** Closing a wire as a server does that has nothing more to say. */
import { closed, finish } from "./transport.ts";
import type { Wire } from "./wire.ts";

/**
 * Closes as a server does that hangs up: what was sent arrives, and whoever speaks on is reset. What is still pending goes
 * out first, and then it is finish(). Else onClose is called before this returns.
 */
export function hangUp<Owner>(wire: Wire<Owner>, reason: string): void {
  if (wire.isFinishing || wire.isClosed) return;
  if (wire.isSecuring || wire.pending.length > 0) return finish(wire);
  const { socket, isTls } = wire;
  closed(wire, reason);
  // What was said in this turn of the event loop may be with the TLS engine still, and a close would drop it.
  if (isTls) setImmediate(() => socket?.close());
  else socket?.close();
}
