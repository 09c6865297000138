/** The thread of a worker with a defect: when it is to look for the session CRASH_ID it ends by an exception. */
import type { ToWorker } from "../workers/messages.ts";
import { type MainThread, runWorker } from "../workers/worker.ts";

/** An id that no session has. */
export const CRASH_ID = 2_000_000_001;

if (!Bun.isMainThread) {
  const main = globalThis as unknown as MainThread;
  // Tests choose the worker that a client comes to.
  runWorker(main, false);
  const { onmessage } = main;
  main.onmessage = (event: { data: ToWorker }) => {
    const { data } = event;
    if (data.kind !== "ask" || data.question.kind !== "kill" || data.question.order.target.connectionId !== CRASH_ID) {
      onmessage?.(event);
      return;
    }
    queueMicrotask(() => {
      throw new Error("made up for a test");
    });
  };
}
