/** Everything that may be wrong with a controller, one after the other: said once in the log, counted each time, survived. */
import { afterEach, describe, expect, test } from "bun:test";
import { renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { reveal } from "../lib/secret.ts";
import { newAuthority, newLeaf } from "../lib/x509.ts";
import { aConfigOf, newControllerSourceRig } from "../testkit/controller-source-rig.ts";
import { eventually } from "../testkit/eventually.ts";
import { scriptedStream } from "../testkit/scripted-controller.ts";
import { freePort } from "../testkit/servers/port.ts";
import { writeLastGood } from "./last-good.ts";

const rig = newControllerSourceRig();
afterEach(rig.tearDown);

const event = (poolSize: number) => ({ type: "config", version: `v${poolSize}`, config: aConfigOf(poolSize) });
const status = (code: number, message: string) => Response.json({ kind: "Status", code, message }, { status: code });
const brokenStream = (...said: string[]) => {
  const stream = scriptedStream();
  for (const text of said) stream.write(text);
  stream.end();
  return stream.response;
};
const NOT_FOUND = { ErrStatus: { message: 'virtualdatabases "catalogue" not found', reason: "NotFound", code: 404 } };

describe("a fault is told once, counted each time, and over when the controller is well", () => {
  const faults: ReadonlyArray<readonly [what: string, answer: () => Response, failure: string, error: string]> = [
    [
      "401",
      () => status(401, "a token is needed"),
      "unauthorized",
      "no token is shown (status 401: a token is needed)",
    ],
    ["403", () => status(403, "namespace other only"), "forbidden", "status 403: namespace other only"],
    ["404", () => status(404, "no such VirtualDatabase"), "not_found", "status 404: no such VirtualDatabase"],
    [
      "the original's word for 404",
      () => Response.json(NOT_FOUND, { status: 400 }),
      "not_found",
      'status 400: virtualdatabases "catalogue" not found',
    ],
    ["500 without a word", () => new Response("oops", { status: 500 }), "refused", "status 500"],
    ["an answer that is no JSON", () => new Response("<html>"), "protocol", "the answer is no configuration in JSON"],
    ["an answer that is a number", () => Response.json(7), "protocol", "the answer is no configuration in JSON"],
    [
      "a page elsewhere",
      () => Response.redirect("http://127.0.0.1:1/"),
      "unreachable",
      "it leads elsewhere, which is not followed",
    ],
    ["a stream of garbage", () => brokenStream("garbage\n"), "protocol", "the stream has a line that is no event"],
    ["half a line", () => brokenStream('{"type":"ali'), "protocol", "the stream ended in the middle of a line"],
    ["a stream without a word", () => brokenStream(), "protocol", "the stream ended without a word"],
    [
      "a configuration without its version",
      () => brokenStream('{"type":"config","config":{}}\n'),
      "protocol",
      "the stream has a configuration without version or content",
    ],
    [
      "a line without end",
      () => brokenStream(`{"type":"${"x".repeat(16_777_300)}`),
      "protocol",
      "a line of more than 16777216 characters",
    ],
  ];

  for (const [what, answer, failure, error] of faults) {
    test(what, async () => {
      const controller = rig.aController(answer);
      const { served, retrying, errors, scrape, log } = rig.aSource(controller.port);
      await eventually(() => errors().length > 0);
      await retrying(() => controller.asked.length >= 3);
      expect(errors()).toEqual([`http://127.0.0.1:${controller.port}: ${error}`]);
      const counted = new RegExp(`pisanix_config_failures_total\\{reason="${failure}"\\} [2-9]`);
      expect(await scrape()).toMatch(counted);
      controller.answer = () => scriptedStream(event(1)).response;
      await retrying(() => served.length === 1);
      expect(log.lines.map(({ message }) => message)).toContain("configuration source is well again");
      expect(errors()).toHaveLength(1);
    });
  }

  test("nobody there, then somebody who closes, then a controller", async () => {
    const port = await freePort();
    const { served, retrying, errors } = rig.aSource(port);
    await eventually(() => errors().length === 1);
    const rude = createServer((socket) => socket.on("error", () => {}).on("data", () => socket.destroy()));
    await new Promise<void>((resolve) => rude.listen(port, "127.0.0.1", resolve));
    await retrying(() => errors().length === 2);
    await new Promise<void>((resolve) => rude.close(() => resolve()));
    expect(errors()).toEqual([
      `http://127.0.0.1:${port}: connection refused`,
      `http://127.0.0.1:${port}: the connection was closed`,
    ]);
    expect(served).toEqual([]);
  });

  test("a controller that asks to be left alone is", async () => {
    const controller = rig.aController(() => new Response(null, { status: 503, headers: { "Retry-After": "25" } }));
    const { pass, errors } = rig.aSource(controller.port);
    await eventually(() => errors().length === 1);
    await pass(24_000);
    await pass(0);
    expect(controller.asked).toHaveLength(1);
    await pass(1_000);
    await eventually(() => controller.asked.length === 2);
  });

  test("a stream that has gone silent is left, and the second time for a way that needs none", async () => {
    const silent = [scriptedStream(event(1)), scriptedStream({ type: "alive" })];
    const second = () => Response.json(aConfigOf(2), { headers: { ETag: '"v2"' } });
    const controller = rig.aController(({ path, headers }) => {
      if (path.includes("watch")) return silent.shift()?.response ?? new Response();
      return headers.get("If-None-Match") === '"v2"' ? new Promise<Response>(() => {}) : second();
    });
    const { served, clock, errors, retrying, quiet, pass, log } = rig.aSource(controller.port);
    await eventually(() => controller.acks.length === 1);
    await quiet();
    clock.advance(59_999);
    await quiet();
    expect(errors()).toEqual([]);
    clock.advance(1);
    await eventually(() => errors().length === 1);
    expect(errors()).toEqual([`http://127.0.0.1:${controller.port}: the stream has gone silent`]);
    await retrying(() => controller.acks.length === 2);
    await quiet();
    clock.advance(60_000);
    await eventually(() => errors().length === 2);
    await pass(1_000);
    await eventually(() => controller.asked.length === 4);
    expect(served).toEqual([1, 2]);
    expect(controller.asked.map(({ path }) => path.split("?")[1])).toEqual([
      ...["watch=1", "watch=1", "wait=55s", "wait=55s"],
    ]);
    expect(log.lines.map(({ fields }) => fields?.["by"]).filter((by) => by !== undefined)).toEqual([
      ...["stream", "stream", "long poll"],
    ]);
  });

  test("an answer that does not come in time", async () => {
    const controller = rig.aController(() => new Promise<Response>(() => {}));
    const { clock, errors } = rig.aSource(controller.port);
    await eventually(() => controller.asked.length === 1);
    clock.advance(15_000);
    await eventually(() => errors().length === 2);
    const at = `http://127.0.0.1:${controller.port}`;
    expect(errors()).toEqual([`${at}: no answer yet`, `${at}: no answer within 15 s`]);
  });
});

describe("credentials", () => {
  const YEAR_MS = 365 * 86_400_000;
  const nowMs = Date.UTC(2026, 10, 1);
  const madeBy = async (hosts: string[]) => {
    const authority = await newAuthority({ commonName: "ca" }, nowMs, YEAR_MS);
    const subject = { commonName: "controller" };
    const leaf = await newLeaf(authority, { subject, purpose: "server", hosts, nowMs, validMs: YEAR_MS });
    return { authority, tls: { cert: leaf.cert, key: reveal(leaf.key) } };
  };

  test("are read each time: they may be missing, wrong, and replaced while we run", async () => {
    const folder = rig.aFolder();
    const [tokenFile, caFile] = [join(folder, "token"), join(folder, "ca.crt")];
    const [right, wrong] = [await madeBy(["localhost"]), await madeBy(["localhost"])];
    const controller = rig.aController(({ headers }) => {
      const isGood = headers.get("Authorization") === "Bearer second";
      return isGood ? scriptedStream(event(1)).response : status(401, "it has expired");
    }, right.tls);
    const url = `https://localhost:${controller.port}`;
    const { served, errors, retrying } = rig.aSource(controller.port, { host: url, tokenFile, caFile });
    await eventually(() => errors().length === 1);
    const told = async (error: string) => {
      await retrying(() => errors().at(-1) === error);
    };
    const replace = (file: string, text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    await told(`the controller's authority cannot be read from ${caFile} (ENOENT)`);
    replace(caFile, "garbage");
    await told(`the controller's authority: ${caFile} holds no certificate`);
    replace(caFile, wrong.authority.cert);
    await told(`the token cannot be read from ${tokenFile} (ENOENT)`);
    replace(tokenFile, "two\nlines");
    await told(`the token: ${tokenFile} holds none`);
    replace(tokenFile, "first\n");
    await told(
      `${url}: its certificate is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): is it the controller, and ${caFile} its authority?`,
    );
    replace(caFile, `${wrong.authority.cert}${right.authority.cert}`);
    await told(`${url}: the token in ${tokenFile} is not accepted (status 401: it has expired)`);
    replace(tokenFile, "second");
    await retrying(() => served.length === 1);
    expect(errors()).toHaveLength(6);
    expect(errors().join()).not.toContain("first");
  });

  test("the certificate must be that of the controller's name", async () => {
    const folder = rig.aFolder();
    const caFile = join(folder, "ca.crt");
    const { authority, tls } = await madeBy(["pisanix-controller.pisanix-system.svc"]);
    writeFileSync(caFile, authority.cert);
    const controller = rig.aController(() => new Response(), tls);
    const { errors } = rig.aSource(controller.port, { host: `localhost:${controller.port}`, caFile });
    await eventually(() => errors().length === 1);
    expect(errors()[0]).toContain("its certificate is not accepted (ERR_TLS_CERT_ALTNAME_INVALID)");
    expect(controller.asked).toEqual([]);
  });

  test("no token is shown without TLS", async () => {
    const tokenFile = join(rig.aFolder(), "token");
    writeFileSync(tokenFile, "secret");
    const controller = rig.aController(() => scriptedStream(event(1)).response);
    const { served } = rig.aSource(controller.port, { host: `http://127.0.0.1:${controller.port}`, tokenFile });
    await eventually(() => served.length === 1 && controller.acks.length === 1);
    expect(controller.asked[0]?.headers.get("Authorization")).toBeNull();
  });
});

describe("the last good configuration", () => {
  const file = (folder: string) => join(folder, "last-good-config.json");
  const kept = { key: "shop/catalogue", version: "v7", savedAt: "2026-01-01T00:00:00.000Z", config: aConfigOf(7) };

  test("is kept for us alone, and served by the next start when the controller is away", async () => {
    const stateFolder = rig.aFolder();
    const controller = rig.aController(() => scriptedStream(event(1), event(2)).response);
    const first = rig.aSource(controller.port, { stateFolder });
    await eventually(() => first.log.lines.filter(({ message }) => message === "configuration kept").length === 2);
    expect(statSync(file(stateFolder)).mode & 0o777).toBe(0o600);
    first.source.stop();
    await controller.stop();
    const { served, status: known, log } = rig.aSource(controller.port, { stateFolder });
    await eventually(() => served.length === 1);
    expect(served).toEqual([2]);
    expect(log.lines.find(({ level }) => level === "WARN")).toEqual({
      level: "WARN",
      message: "the last good configuration is served",
      fields: {
        ...{ savedAt: "2026-01-01T00:00:00.000Z", version: "v2" },
        why: `http://127.0.0.1:${controller.port}: connection refused`,
      },
    });
    expect(known).toMatchObject({
      generation: 1,
      version: "v2",
      lastSuccessMs: null,
      trouble: { failure: "unreachable" },
    });
  });

  test("is served after three seconds without an answer; then the proxy catches up without being sent it again", async () => {
    const stateFolder = rig.aFolder();
    await writeLastGood(stateFolder, kept);
    const answer = Promise.withResolvers<Response>();
    const controller = rig.aController(() => answer.promise);
    const { served, clock, status: known } = rig.aSource(controller.port, { stateFolder });
    await eventually(() => controller.asked.length === 1);
    clock.advance(2_999);
    expect(served).toEqual([]);
    clock.advance(1);
    await eventually(() => served.length === 1);
    answer.resolve(scriptedStream({ type: "alive" }).response);
    await eventually(() => controller.acks.length === 1);
    expect(controller.acks).toEqual([{ version: "v7", status: "applied" }]);
    expect(known).toMatchObject({ version: "v7", trouble: null });
    expect(served).toEqual([7]);
  });

  test("is served when the first that comes is wrong; the controller hears of the wrong one", async () => {
    const stateFolder = rig.aFolder();
    await writeLastGood(stateFolder, kept);
    const wrong = { type: "config", version: "v8", config: {} };
    const controller = rig.aController(() => scriptedStream(wrong).response);
    const { served } = rig.aSource(controller.port, { stateFolder });
    await eventually(() => served.length === 1 && controller.acks.length >= 1);
    expect(served).toEqual([7]);
    expect(controller.acks[0]).toMatchObject({ version: "v8", status: "rejected" });
  });

  const useless: ReadonlyArray<readonly [what: string, write: (folder: string) => Promise<void>, error: string]> = [
    ["another's", (folder) => writeLastGood(folder, { ...kept, key: "shop/other" }), "is of shop/other"],
    ["cut off", async (folder) => writeFileSync(file(folder), '{"key":"shop/cata'), "is broken"],
    [
      "wrong",
      (folder) => writeLastGood(folder, { ...kept, config: {} }),
      "shop/catalogue proxy.config: has no listener (add one with listen_addr, user and password); shop/catalogue mysql.node: has no node (add one with name, host, port, user and password)",
    ],
  ];
  for (const [what, write, error] of useless) {
    test(`that is ${what} is not served, which is said once`, async () => {
      const stateFolder = rig.aFolder();
      await write(stateFolder);
      const controller = rig.aController(() => status(404, "gone"));
      const { served, retrying, log } = rig.aSource(controller.port, { stateFolder });
      await retrying(() => controller.asked.length >= 3);
      const lines = log.lines.filter(({ message }) => message === "the last good configuration cannot be served");
      expect(lines).toHaveLength(1);
      expect(String(lines[0]?.fields?.["error"])).toEndWith(error);
      expect(served).toEqual([]);
    });
  }

  test("that cannot be kept is no reason not to serve, and one that is half written is not read", async () => {
    const stateFolder = rig.aFolder();
    const controller = rig.aController(() => scriptedStream(event(1)).response);
    const { served, log } = rig.aSource(controller.port, { stateFolder: join(stateFolder, "missing") });
    await eventually(() => log.lines.some(({ level }) => level === "WARN"));
    expect(served).toEqual([1]);
    await writeLastGood(stateFolder, kept);
    writeFileSync(`${file(stateFolder)}.new`, "{");
    await writeLastGood(stateFolder, { ...kept, version: "v8" });
    expect(JSON.parse(await Bun.file(file(stateFolder)).text())).toMatchObject({ version: "v8" });
    unlinkSync(file(stateFolder));
  });
});
