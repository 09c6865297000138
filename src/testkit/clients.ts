/** `make clients`: real clients through a proxy of the announcement's manifests, each compared with its own answers over a direct connection. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { type Answers, type Client, QUESTIONS, UNSUPPORTED, VISIT_TABLE } from "./clients/check.ts";
import { mariadbClient, mysqlClient } from "./clients/command-line.ts";
import { MYSQL2 } from "./clients/mysql2.ts";
import { mysqlclientClient, pymysqlClient } from "./clients/python.ts";
import { accountOf, type ClientLogin, placeSocksShop } from "./manifests.ts";
import { startProxy } from "./proxy-process.ts";
import { withScratch } from "./scratch.ts";
import type { ServerAddress } from "./servers/address.ts";
import { unpackDebian } from "./servers/debian.ts";
import { freePort } from "./servers/port.ts";
import { realServers } from "./servers.ts";
import { runProgram, say, sayTable } from "./terminal.ts";

await runProgram(async () => {
  const [sid, bookworm] = await Promise.all([unpackDebian("sid"), unpackDebian("bookworm")]);
  const clients = [
    mysqlClient(sid),
    mariadbClient(bookworm),
    MYSQL2,
    pymysqlClient(bookworm),
    mysqlclientClient(bookworm),
  ];
  const rows: string[][] = [];
  const findings: string[] = [];
  for (const server of Object.values(realServers())) {
    await withScratch((directory) => checkServer(server, clients, directory, rows, findings));
  }
  sayTable(["client", "server", ...QUESTIONS], rows);
  for (const finding of findings) say(finding);
  say(findings.length === 0 ? "every answer is that of a direct connection" : `${findings.length} failed`);
  return findings.length === 0 ? 0 : 1;
});

async function checkServer(
  server: ServerAddress,
  clients: readonly Client[],
  scratch: string,
  rows: string[][],
  findings: string[],
): Promise<void> {
  await mkdir(join(scratch, "manifests"));
  const manifests = await placeSocksShop(join(scratch, "manifests"), await freePort(), [server]);
  const direct = { ...accountOf(server), host: server.host, port: server.port, database: "socksdb" };
  const proxy = await startProxy(manifests);
  try {
    for (const client of clients) {
      const row = [client.name, server.name];
      try {
        const expected = await answersOf(client, direct, server);
        row.push(...compare(client, server, expected, await answersOf(client, proxy.login, server), findings));
      } catch (error) {
        row.push("FAILED");
        findings.push(`${client.name} on ${server.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
      rows.push(row);
    }
  } finally {
    await proxy.stop();
  }
}

async function answersOf(client: Client, login: ClientLogin, server: ServerAddress): Promise<Answers> {
  const connection = await createConnection({ ...accountOf(server), host: server.host, port: server.port });
  for (const statement of VISIT_TABLE) await connection.query(statement);
  await connection.end();
  return client.run(login);
}

/** One word for each question. The counts are known; that an answer is only the same as direct would let two wrong ones pass. */
function compare(
  client: Client,
  server: ServerAddress,
  direct: Answers,
  proxied: Answers,
  findings: string[],
): string[] {
  const known: Partial<Answers> = { inside: "1", "rolled back": "0", committed: "1" };
  return QUESTIONS.map((question) => {
    const expected = known[question] ?? direct[question];
    if (proxied[question] === expected && expected !== "") return expected === UNSUPPORTED ? UNSUPPORTED : "ok";
    findings.push(`${client.name} on ${server.name}, ${question}: ${proxied[question]} instead of ${expected}`);
    return "DIFFERENT";
  });
}
