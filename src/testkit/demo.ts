/** `make demo`: the main job, live. Servers, the socks shop's manifests, the proxy, a short tour; then it stays up for the reader's own client. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readTestEnvironment } from "./environment.ts";
import { accountOf, type ClientLogin, type PlacedManifests, placeSocksShop } from "./manifests.ts";
import { PISANIX } from "./paths.ts";
import { type ProxyProcess, startProxy } from "./proxy-process.ts";
import { withScratch } from "./scratch.ts";
import type { ServerAddress } from "./servers/address.ts";
import { runCommand } from "./servers/command.ts";
import { startServers, stopServers } from "./servers/lifecycle.ts";
import { freePort, isFree } from "./servers/port.ts";
import { runProgram, say } from "./terminal.ts";
import { tour } from "./tour.ts";

/** Where the proxy of the demo listens when nobody else does: one more than MySQL's own. */
const PORT = 3307;

await runProgram(() => withScratch(demo));

async function demo(scratch: string): Promise<number> {
  // Taken first: after Ctrl-C in the middle of the set-up, too, the way out is through the finally blocks.
  const interrupted = signal();
  chapter("1. two real servers");
  const { servers, started } = await startServers();
  try {
    const manifests = join(scratch, "socks-shop");
    await mkdir(manifests);
    const placed = await placeSocksShop(manifests, (await isFree(PORT)) ? PORT : await freePort(), [
      servers.mysql,
      servers.mariadb,
    ]);
    await showManifests(placed, [servers.mysql, servers.mariadb]);
    chapter(`4. $ pisanix proxy -f socks-shop --virtual-database ${placed.virtualDatabase}`);
    const proxy = await startProxy(placed);
    try {
      say(
        `listening on 127.0.0.1:${placed.login.port} after ${proxy.startMs.toFixed(0)} ms, pid ${proxy.pid}, admin ${proxy.adminUrl}`,
      );
      chapter("5. a short tour");
      await tour(proxy);
      if (!readTestEnvironment().isUnattended) await stayUp(proxy, interrupted);
    } finally {
      say(`\nproxy: ended with exit code ${await proxy.stop()} after SIGTERM`);
    }
  } finally {
    await stopServers(started);
  }
  return 0;
}

async function showManifests(placed: PlacedManifests, servers: readonly ServerAddress[]): Promise<void> {
  chapter("2. the manifests: deploy/examples/socks-shop, with the addresses of these servers");
  for (const name of (await readdir(placed.directory)).sort()) {
    say(`# ${name}`);
    say(withoutPasswords((await readFile(join(placed.directory, name), "utf8")).trimEnd(), servers));
    say();
  }
  chapter(`3. $ pisanix render -f socks-shop --virtual-database ${placed.virtualDatabase}`);
  const command = [PISANIX, "render", "-f", placed.directory, "--virtual-database", placed.virtualDatabase];
  say((await runCommand(command)).trimEnd());
}

async function stayUp(proxy: ProxyProcess, interrupted: Promise<void>): Promise<void> {
  const { host, port, user, password, database }: ClientLogin = proxy.login;
  chapter("6. yours");
  say("The proxy stays up. Connect with any MySQL client, for example:");
  say(`  mysql -h ${host} -P ${port} -u ${user} -p'${password}' ${database}`);
  say(`  mysql://${user}:${password}@${host}:${port}/${database}`);
  say(`Metrics, health and the configuration: ${proxy.adminUrl}/metrics  /readyz  /config`);
  say(`The proxy's log: ${proxy.logFile}`);
  say("Ctrl-C ends the proxy and the servers that this demo started.");
  await interrupted;
}

function chapter(title: string): void {
  say(`\n=== ${title}`);
}

/** The passwords of the databases may be someone's own; a demo is no reason to print them. */
function withoutPasswords(text: string, servers: readonly ServerAddress[]): string {
  const passwords = servers.map((server) => accountOf(server).password);
  return passwords.reduce(
    (shown, password) => shown.replaceAll(`password: ${password}`, "password: <generated>"),
    text,
  );
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
    process.once("SIGHUP", resolve);
  });
}
