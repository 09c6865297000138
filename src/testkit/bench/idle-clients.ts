/** What clients cost that are connected and say nothing. */
import { openFakeClient } from "../fake-client.ts";
import type { FakeClient } from "../fake-client-answer.ts";
import { closeStream } from "../packet-stream.ts";
import { readUsage } from "../process-usage.ts";
import type { ProxyProcess } from "../proxy-process.ts";

/** Log-ins under way at once. */
const BATCH = 100;
/** Until a proxy has given back what it needed for the last log-ins: it looks every 20 s (src/lib/footprint.ts). */
const SETTLED_MS = 25_000;

export interface IdleMemory {
  clients: number;
  rssBytes: number;
}

/** Resident memory of a proxy with each of `counts` clients logged in, which is ascending. */
export async function measureIdleClients(
  { pid, login }: ProxyProcess,
  counts: readonly number[],
): Promise<IdleMemory[]> {
  const clients: FakeClient[] = [];
  const figures: IdleMemory[] = [];
  const options = { port: login.port, user: login.user, password: login.password, schema: login.database };
  try {
    for (const count of counts) {
      while (clients.length < count) {
        const size = Math.min(BATCH, count - clients.length);
        clients.push(...(await Promise.all(Array.from({ length: size }, () => openFakeClient(options)))));
      }
      await Bun.sleep(SETTLED_MS);
      figures.push({ clients: count, rssBytes: (await readUsage(pid)).rssBytes });
    }
  } finally {
    for (const client of clients) closeStream(client.stream);
  }
  return figures;
}
