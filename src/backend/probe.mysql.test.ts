/** Probes of real servers, and of what only looks like one. */
import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../lib/clock.ts";
import { newSecret } from "../lib/secret.ts";
import { newRig } from "../testkit/rig.ts";
import { realServers } from "../testkit/servers.ts";
import { type Endpoint, newEndpoint } from "./endpoint.ts";
import { newProbe } from "./probe.ts";

const rig = newRig();
afterEach(rig.tearDown);

const probe = newProbe(systemClock);

function anEndpoint(host: string, port: number, user = "backend", password = "secret"): Endpoint {
  return newEndpoint({
    ...{ name: "node", db: "", user, password: newSecret(password), host, port },
    ...{ weight: 1, role: "readwrite", tls: { mode: "disabled" } },
  });
}

const ask = (endpoint: Endpoint, timeoutMs = 4_000) => probe(endpoint, endpoint, timeoutMs);

for (const { name, host, port, accounts } of Object.values(realServers())) {
  describe(`newProbe() on ${name}`, () => {
    for (const { plugin, user, password } of accounts) {
      test(`an account of ${plugin} is good`, async () => {
        expect(await ask(anEndpoint(host, port, user, password))).toBeNull();
      });
    }

    test("a wrong password is no sign of death", async () => {
      expect(await ask(anEndpoint(host, port, "nobody", "wrong"))).toBeNull();
    });
  });
}

describe("newProbe()", () => {
  test("a port where nobody listens is told", async () => {
    const server = await rig.server();
    await server.stop();
    expect(await ask(anEndpoint("127.0.0.1", server.port))).toContain("ECONNREFUSED");
  });

  test("a server that stays silent has failed after the time that it has", async () => {
    const server = await rig.server({ account: { isSilent: true } });
    expect(await ask(anEndpoint("127.0.0.1", server.port), 50)).toMatch(/no answer within 50 ms|ETIMEDOUT/);
  });

  test("a server that shuts down has failed, one that is full has not", async () => {
    const server = await rig.server({ account: { refuse: { code: 1053, message: "Server shutdown in progress" } } });
    expect(await ask(anEndpoint("127.0.0.1", server.port))).toContain("Server shutdown in progress");
    server.account.refuse = { code: 1040, message: "Too many connections" };
    expect(await ask(anEndpoint("127.0.0.1", server.port))).toBeNull();
  });
});
