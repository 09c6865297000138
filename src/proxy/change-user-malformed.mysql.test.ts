/** COM_CHANGE_USER that ends too early: MySQL hangs up, MariaDB goes on with whom it had. */
import { expect, test } from "bun:test";
import { COM_CHANGE_USER, COM_QUERY } from "../mysql/commands.ts";
import { commandBytes, errOf, openFakeClient } from "../testkit/fake-client.ts";
import type { FakeClientOptions } from "../testkit/fake-client-login.ts";
import { startInProcess } from "../testkit/in-process.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import { realServers } from "../testkit/servers.ts";

const LAST = "the end";

/** The command's body as far as `name` says. */
function bodyOf(user: string, name: string): string {
  const auth = "\x14twenty bytes of noise";
  switch (name) {
    case "no NUL behind the user":
      return user;
    case "no auth response":
      return `${user}\0`;
    case "an auth response beyond the end":
      return `${user}\0\xfa${auth}`;
    case "no schema":
      return `${user}\0${auth}`;
    case "no character set":
      return `${user}\0${auth}test\0`;
    default:
      return `${user}\0${auth}test\0\x21\0`;
  }
}

/** The answers to the command and to a statement behind it. */
async function answers(login: FakeClientOptions, name: string): Promise<string[]> {
  const { stream } = await openFakeClient(login);
  const command = commandBytes(COM_CHANGE_USER, Buffer.from(bodyOf(login.user ?? "", name), "latin1"));
  stream.socket.write(Buffer.concat([command, commandBytes(COM_QUERY, `SELECT '${LAST}'`)]));
  const lines: string[] = [];
  for (;;) {
    const packet = await nextPacket(stream);
    if (packet === null) break;
    const text = Buffer.from(packet.payload).toString("latin1");
    lines.push(packet.payload[0] === 0xff ? `${packet.sequence} ${JSON.stringify(errOf(packet))}` : text);
    if (text.endsWith(LAST) && text.length === LAST.length + 1) break;
  }
  lines.push(stream.hasEnded ? "closed" : "goes on");
  stream.socket.destroy();
  return lines;
}

for (const server of Object.values(realServers())) {
  test(`a malformed COM_CHANGE_USER is answered as ${server.name} does`, async () => {
    const tested = startInProcess(server);
    const { port, user, password } = server;
    // MariaDB takes a second for each.
    const all = [
      "no NUL behind the user",
      "no auth response",
      "an auth response beyond the end",
      "no schema",
      "no character set",
      "no auth plugin",
    ].map(async (name) => ({
      name,
      directly: await answers({ port, user, password, schema: "test" }, name),
      through: await answers(tested.login, name),
    }));
    for (const { name, directly, through } of await Promise.all(all)) {
      expect({ name, answers: through }).toEqual({ name, answers: directly });
      expect(directly[0]).toContain("1047");
    }
    await tested.stop();
  }, 20_000);
}
