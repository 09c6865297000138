/** `make tools-check`: dumps, loads, slaps, checks and reads the binary log through the proxy, with each server's own tools. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { accountOf, placePlain } from "../manifests.ts";
import { startProxy } from "../proxy-process.ts";
import { withScratch } from "../scratch.ts";
import type { ServerAddress } from "../servers/address.ts";
import { unpackDebian } from "../servers/debian.ts";
import { freePort } from "../servers/port.ts";
import { realServers } from "../servers.ts";
import { runProgram, say } from "../terminal.ts";
import { CHECKS, tidyUp, type Workbench } from "./checks.ts";
import type { Tools } from "./tool.ts";

const POOL_SIZE = 32;

await runProgram(async () => {
  let failures = 0;
  for (const server of Object.values(realServers()))
    failures += await withScratch((scratch) => checkServer(server, scratch));
  say(failures === 0 ? "\nall is as it is direct" : `\n${failures} failed`);
  return failures === 0 ? 0 : 1;
});

async function toolsOf({ name }: ServerAddress): Promise<Tools> {
  if (name === "mysql") return { debian: await unpackDebian("sid"), nameOf: (tool) => tool };
  const own: Readonly<Record<string, string>> = { mysql: "mariadb", mysqldump: "mariadb-dump" };
  const nameOf = (tool: string) => own[tool] ?? tool.replace("mysql", "mariadb-");
  return { debian: await unpackDebian("bookworm"), nameOf };
}

async function checkServer(server: ServerAddress, scratch: string): Promise<number> {
  await mkdir(join(scratch, "manifests"));
  const manifests = await placePlain(join(scratch, "manifests"), await freePort(), server, "", { poolSize: POOL_SIZE });
  const direct = { ...accountOf(server), host: server.host, port: server.port, database: "" };
  const tools = await toolsOf(server);
  const proxy = await startProxy(manifests);
  const bench: Workbench = { server: server.name, tools, scratch, direct, proxied: proxy.login, proxyPid: proxy.pid };
  let failures = 0;
  say(`\n${server.name} ${server.version}`);
  try {
    for (const { name, run } of CHECKS) {
      const startMs = systemClock.monotonicMs();
      const seen = await run(bench).catch((error: unknown) => {
        failures++;
        return `FAILED: ${error instanceof Error ? error.message : String(error)}`;
      });
      say(`${name}, ${((systemClock.monotonicMs() - startMs) / 1000).toFixed(0)} s: ${seen}`);
    }
  } finally {
    await tidyUp(direct);
    await proxy.stop();
  }
  return failures;
}
