import { afterEach, describe, expect, test } from "bun:test";
import { newSecret } from "../lib/secret.ts";
import { recordingLogger } from "../testkit/log.ts";
import { type AdminOptions, type AdminServer, type AdminSources, startAdmin } from "./admin.ts";
import { beginSql, newProxyMetrics, seriesOf } from "./metrics.ts";

const running: AdminServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

/** An admin server on a free port and a way to ask it. */
async function anAdmin(sources: Partial<AdminSources> = {}, options: Partial<AdminOptions> = {}) {
  const metrics = newProxyMetrics();
  const log = recordingLogger();
  const server = await startAdmin({
    host: "127.0.0.1",
    port: 0,
    metrics,
    log,
    sources: {
      isLive: () => true,
      readiness: () => ({ ready: true, reasons: [] }),
      version: () => ({ version: "0.1.0", commit: "abc", bun: "1.4.5" }),
      config: () => ({}),
      status: () => ({}),
      reload: async () => ({ isDone: true, text: "changed, generation 2" }),
      ...sources,
    },
    ...options,
  });
  running.push(server);
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { server, metrics, log, ask };
}

/** The status line that the server answers to these bytes. */
function statusLine(port: number, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = {
    open: (opened: Bun.Socket<undefined>) => void opened.write(request),
    data: (opened: Bun.Socket<undefined>, bytes: Buffer) => {
      resolve(bytes.toString().split("\r\n", 1)[0] ?? "");
      opened.end();
    },
    close: () => reject(new Error("closed without an answer")),
  };
  Bun.connect({ hostname: "127.0.0.1", port, socket }).catch(reject);
  return promise;
}

describe("POST /-/reload", () => {
  test("says what came of it, with 422 when nothing did", async () => {
    const { ask } = await anAdmin();
    const done = await ask("/-/reload", { method: "POST" });
    expect([done.status, await done.text()]).toEqual([200, "changed, generation 2\n"]);
    const failing = await anAdmin({ reload: async () => ({ isDone: false, text: "c.yaml:1:1 is wrong" }) });
    const failed = await failing.ask("/-/reload", { method: "POST" });
    expect([failed.status, await failed.text()]).toEqual([422, "c.yaml:1:1 is wrong\n"]);
  });

  test("is no route where there is nothing to read again, as in the controller", async () => {
    const { ask } = await anAdmin({ reload: undefined as unknown as () => never });
    expect((await ask("/-/reload", { method: "POST" })).status).toBe(404);
    expect(await (await ask("/")).text()).not.toContain("reload");
  });

  test("is not what a link or an image can ask for", async () => {
    const { ask } = await anAdmin({ reload: () => Promise.reject(new Error("asked")) });
    for (const method of ["GET", "HEAD", "PUT"]) {
      const answer = await ask("/-/reload", { method });
      expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "POST"]);
    }
  });
});

describe("startAdmin()", () => {
  test("answers health from isLive", async () => {
    const { ask } = await anAdmin();
    for (const path of ["/healthz", "/livez"]) {
      const answer = await ask(path);
      expect([answer.status, await answer.text()]).toEqual([200, "ok\n"]);
    }
    const dead = await anAdmin({ isLive: () => false });
    expect((await dead.ask("/healthz")).status).toBe(503);
  });

  test("answers a health check that sends no Host, or one that is no host name", async () => {
    const { server, log } = await anAdmin();
    for (const request of [
      "GET /healthz HTTP/1.0\r\n\r\n",
      "GET /healthz?from=probe HTTP/1.1\r\nHost: a b<>^:99999\r\n\r\n",
      "GET http://elsewhere/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ]) {
      expect(await statusLine(server.port, request)).toBe("HTTP/1.1 200 OK");
    }
    expect(log.lines).toEqual([]);
  });

  test("answers readiness with the reasons when not ready", async () => {
    const { ask } = await anAdmin({ readiness: () => ({ ready: false, reasons: ["no backend answers", "draining"] }) });
    const answer = await ask("/readyz");
    expect([answer.status, await answer.text()]).toEqual([503, "not ready\n- no backend answers\n- draining\n"]);
    expect((await (await anAdmin()).ask("/readyz")).status).toBe(200);
  });

  test("answers the version as text, and the build as JSON when asked", async () => {
    const { ask } = await anAdmin();
    expect(await (await ask("/version")).text()).toBe("0.1.0\n");
    const json = await ask("/version", { headers: { Accept: "application/json" } });
    expect(await json.json()).toEqual({ version: "0.1.0", commit: "abc", bun: "1.4.5" });
  });

  test("answers configuration and status as JSON without secrets", async () => {
    const config = () => ({ mysql: { node: [{ name: "a", password: newSecret("hunter2") }] } });
    const { ask } = await anAdmin({ config, status: () => ({ sessions: 3 }) });
    const answer = await ask("/config");
    expect(answer.headers.get("Content-Type")).toBe("application/json");
    expect(await answer.json()).toEqual({ mysql: { node: [{ name: "a", password: "[redacted]" }] } });
    expect(await (await ask("/status")).json()).toEqual({ sessions: 3 });
  });

  test("answers sessions where there are some, all and by an id, and says where to look for another", async () => {
    const sessions = { list: () => ({ total: 1 }), withId: (id: number) => (id === 7 ? [{ session: 7 }] : []) };
    const { ask } = await anAdmin({ sessions });
    expect(await (await ask("/sessions")).json()).toEqual({ total: 1 });
    expect(await (await ask("/sessions/7")).json()).toEqual([{ session: 7 }]);
    for (const id of ["8", "x", "7/8", ""]) {
      const answer = await ask(`/sessions/${id}`);
      expect([answer.status, await answer.text()]).toEqual([404, `no session ${id} is open: /sessions lists them\n`]);
    }
    const { ask: askAnother } = await anAdmin();
    expect((await askAnother("/sessions")).status).toBe(404);
  });

  test("answers metrics in the text format", async () => {
    const { ask, metrics } = await anAdmin();
    beginSql(seriesOf(metrics, "orders", "COM_QUERY", "db:3306"));
    const answer = await ask("/metrics");
    expect(answer.headers.get("Content-Type")).toStartWith("text/plain; version=0.0.4");
    expect(await answer.text()).toContain('sql_under_processing{domain="orders",type="COM_QUERY",server="db:3306"} 1');
  });

  test("answers HEAD as GET without the body", async () => {
    const { ask } = await anAdmin();
    const head = await ask("/version", { method: "HEAD" });
    expect([head.status, await head.text(), head.headers.get("Content-Length")]).toEqual([200, "", "6"]);
  });

  test("lists its routes, and names a route that it has not", async () => {
    const { ask } = await anAdmin();
    const list = await (await ask("/")).text();
    for (const path of ["/healthz", "/livez", "/readyz", "/version", "/config", "/status", "/metrics"]) {
      expect(list).toContain(`${path} `);
    }
    const missing = await ask("/metric");
    expect([missing.status, await missing.text()]).toEqual([404, `no such route: /metric\n\n${list}`]);
  });

  test("refuses to be written to", async () => {
    const { ask } = await anAdmin();
    const answer = await ask("/config", { method: "POST", body: "{}" });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("hides the error of a source from the client and logs it", async () => {
    const { ask, log } = await anAdmin({
      status: () => {
        throw new Error("secret detail");
      },
    });
    const answer = await ask("/status");
    expect([answer.status, await answer.text()]).toEqual([500, "internal error, see the log of this proxy\n"]);
    expect(log.lines.map((line) => String(line.fields?.["error"]))).toEqual(["Error: secret detail"]);
  });

  test("names the address and the remedy when the port is in use", async () => {
    const { server } = await anAdmin();
    const second = anAdmin({}, { port: server.port });
    await expect(second).rejects.toThrow(
      `127.0.0.1:${server.port}: the port is in use: stop what holds it or choose another`,
    );
  });

  test("names the remedy when the address is not of this machine", async () => {
    await expect(anAdmin({}, { host: "192.0.2.1" })).rejects.toThrow(
      "choose an address of this machine with admin.host",
    );
  });

  test("stops once, however often it is told, and closes the port", async () => {
    const { server, ask } = await anAdmin();
    await ask("/healthz");
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await expect(ask("/healthz")).rejects.toThrow();
  });
});
