import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { createConnection } from "mysql2/promise";
import { startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

/** What a client hears that has set wait_timeout and says nothing: the ERR of MySQL, and how the socket ends. */
async function heardBySilent(login: { host: string; port: number; user: string; password: string }): Promise<string[]> {
  const { host, port, user, password } = login;
  const connection = await createConnection({ host, port, user, password, database: "test" });
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
  test(`startIdle() ends a silent session as ${server.name} does`, async () => {
    const tested = startInProcess(server, { db: "" });
    const [direct, proxied] = await Promise.all([heardBySilent(server), heardBySilent(tested.login)]);
    await tested.stop();
    expect(proxied).toEqual(direct);
    expect(direct).not.toEqual([]);
  }, 15_000);
}
