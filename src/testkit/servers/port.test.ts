import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { freePort, isFree, isListening } from "./port.ts";

test("freePort() gives a port below the kernel's own range that can be listened on", async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(30_000);
  expect([await isFree(port), await isListening(port)]).toEqual([true, false]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  expect([await isFree(port), await isListening(port)]).toEqual([false, true]);
  await new Promise((resolve) => server.close(resolve));
});
