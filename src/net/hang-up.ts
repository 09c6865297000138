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
  const { socket } = wire;
  closed(wire, reason);
  socket?.close();
}
