import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { createConnection } from "mysql2/promise";
import { startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

/** What a client hears that has set wait_timeout and says nothing: the ERR of MySQL, and how the socket ends. */
async function heardBySilent(
  { host, port, user, password }: { host: string; port: number; user: string; password: string },
  isPinned: boolean,
): Promise<string[]> {
  const connection = await createConnection({ host, port, user, password, database: "test" });
  if (isPinned) await connection.query("SET autocommit = 0");
  await connection.query("SET SESSION wait_timeout = 1");
  const socket = (connection as unknown as { connection: { stream: Socket } }).connection.stream;
  const heard: string[] = [];
  connection.on("error", () => {});
  socket.on("data", (bytes: Buffer) => void heard.push(bytes.toString("latin1")));
  socket.on("end", () => void heard.push("FIN"));
  socket.on("error", (error: Error & { code?: string }) => void heard.push(error.code ?? error.message));
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return heard;
}

for (const server of Object.values(realServers())) {
  for (const isPinned of [false, true]) {
    const whose = isPinned ? ", which has its own connection," : "";
    test(`a silent session${whose} is ended as ${server.name} does`, async () => {
      const tested = startInProcess(server, { db: "" });
      const ways = [server, tested.login].map((login) => heardBySilent(login, isPinned));
      const [direct, proxied] = await Promise.all(ways);
      await tested.stop();
      expect(proxied).toEqual(direct as string[]);
      expect(direct).not.toEqual([]);
    }, 15_000);
  }
}
