/** What the proxy makes of what the controller says, and by which way it asks. */
import { afterEach, describe, expect, test } from "bun:test";
import { aConfigOf, CONFIG_PATH, newControllerSourceRig } from "../testkit/controller-source-rig.ts";
import { eventually } from "../testkit/eventually.ts";
import { scriptedStream } from "../testkit/scripted-controller.ts";

const rig = newControllerSourceRig();
afterEach(rig.tearDown);

const event = (poolSize: number) => ({ type: "config", version: `v${poolSize}`, config: aConfigOf(poolSize) });
const alive = { type: "alive" };
const ofVersion = (poolSize: number) => Response.json(aConfigOf(poolSize), { headers: { ETag: `"v${poolSize}"` } });

describe("a controller with a stream", () => {
  test("gives configurations the moment they change, and hears what became of them", async () => {
    const stream = scriptedStream(event(1));
    const controller = rig.aController(() => stream.response);
    const { served, status, source, log } = rig.aSource(controller.port);
    await eventually(() => controller.acks.length === 1);
    stream.line(event(2));
    await eventually(() => controller.acks.length === 2);
    expect(served).toEqual([1, 2]);
    expect(controller.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${CONFIG_PATH}?watch=1`]);
    expect(controller.acks).toEqual([
      { version: "v1", status: "applied" },
      { version: "v2", status: "applied" },
    ]);
    expect(status).toMatchObject({ generation: 2, version: "v2", trouble: null });
    expect(log.lines.map(({ message }) => message)).toEqual(["the controller is asked"]);
    source.stop();
  });

  test("that ends the stream is asked again for what is newer, and told again", async () => {
    const streams = [scriptedStream(event(1)), scriptedStream(alive), scriptedStream(alive)];
    const controller = rig.aController(() => streams[controller.asked.length - 1]?.response ?? new Response());
    const { served, pass, ended, errors } = rig.aSource(controller.port);
    for (const round of [1, 2]) {
      await eventually(() => controller.acks.length === round);
      streams[round - 1]?.end();
      await ended();
      while (controller.asked.length === round) await pass(1_000);
    }
    await eventually(() => controller.acks.length === 3);
    expect(controller.asked.map(({ headers }) => headers.get("If-None-Match"))).toEqual([null, '"v1"', '"v1"']);
    expect(controller.acks.every(({ version, status }) => version === "v1" && status === "applied")).toBe(true);
    expect([served, errors()]).toEqual([[1], []]);
  });

  test("that gives what is wrong hears so; the old one goes on; the log says it once", async () => {
    const stream = scriptedStream(event(1));
    const controller = rig.aController(() => stream.response);
    const { served, status, errors, scrape } = rig.aSource(controller.port);
    await eventually(() => controller.acks.length === 1);
    const wrong = { ...aConfigOf(2), proxy: { config: [{ listen_addr: "nowhere" }] } };
    stream.line({ type: "config", version: "v2", config: wrong });
    for (let time = 0; time < 3; time++) stream.line(alive);
    await eventually(() => controller.acks.length === 2);
    const error =
      "shop/catalogue proxy.config[0].listen_addr: is no address (write HOST:PORT, an IPv6 host in brackets)";
    expect(controller.acks[1]).toEqual({ version: "v2", status: "rejected", error });
    expect([served, errors()]).toEqual([[1], [error]]);
    expect(status).toMatchObject({ generation: 1, version: "v1", trouble: { failure: "invalid" } });
    const text = await scrape();
    expect(text).toContain('pisanix_config_failures_total{reason="invalid"} 1');
    expect(text).toContain("pisanix_config_source_up 0");
    stream.line(event(3));
    await eventually(() => controller.acks.length === 3);
    expect(served).toEqual([1, 3]);
    expect(await scrape()).toContain("pisanix_config_source_up 1");
  });

  test("that gives what cannot be served hears so, and again when it can", async () => {
    const stream = scriptedStream(event(1));
    const controller = rig.aController(() => stream.response);
    const { served, state, clock, status } = rig.aSource(controller.port);
    await eventually(() => controller.acks.length === 1);
    state.refusal = "listener a cannot listen on 127.0.0.1:3306 (EADDRINUSE)";
    stream.line(event(2));
    await eventually(() => controller.acks.length === 2);
    expect(controller.acks[1]).toEqual({ version: "v2", status: "rejected", error: state.refusal });
    expect(status.trouble?.failure).toBe("rejected");
    state.refusal = null;
    clock.advance(30_000);
    await eventually(() => controller.acks.length === 3);
    expect(controller.acks[2]).toEqual({ version: "v2", status: "applied" });
    expect([served, status.trouble]).toEqual([[1, 2], null]);
  });

  test("that has nothing any more, says something new, or could not be told, changes nothing", async () => {
    const stream = scriptedStream(event(1));
    const controller = rig.aController(() => stream.response);
    controller.ackStatus = 500;
    const { served, status, errors } = rig.aSource(controller.port);
    await eventually(() => controller.acks.length === 1);
    stream.line({ type: "weather", config: aConfigOf(9) });
    stream.line({ type: "gone" });
    await eventually(() => status.trouble !== null);
    expect(errors()).toEqual([`http://127.0.0.1:${controller.port}: there is no VirtualDatabase shop/catalogue`]);
    controller.ackStatus = 204;
    stream.line(alive);
    await eventually(() => controller.acks.length === 2);
    expect([served, status.trouble]).toEqual([[1], null]);
  });
});

describe("a controller without a stream", () => {
  test("is asked to answer when something changes", async () => {
    let version = 1;
    let release = () => {};
    const controller = rig.aController(async ({ path, headers }) => {
      if (!path.includes("?wait=55s") || headers.get("If-None-Match") !== `"v${version}"`) return ofVersion(version);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return headers.get("If-None-Match") === `"v${version}"`
        ? new Response(null, { status: 304 })
        : ofVersion(version);
    });
    const { served, clock, log, errors } = rig.aSource(controller.port);
    // The start, and the request that is held.
    await eventually(() => controller.acks.length === 1 && controller.asked.length === 2 && clock.waiting() === 2);
    clock.advance(50_000);
    release();
    await eventually(() => controller.asked.length === 3);
    version = 2;
    release();
    await eventually(() => controller.asked.length === 4 && controller.acks.length === 3);
    expect(served).toEqual([1, 2]);
    expect(controller.asked.map(({ path }) => path.split("?")[1])).toEqual([
      "watch=1",
      "wait=55s",
      "wait=55s",
      "wait=55s",
    ]);
    expect(controller.acks.map((ack) => ack["version"])).toEqual(["v1", "v1", "v2"]);
    expect(log.lines.map(({ fields }) => fields?.["by"])).toEqual(["long poll"]);
    expect(errors()).toEqual([]);
  });

  test("is looked at now and then where it does not wait, and never in a hurry", async () => {
    const controller = rig.aController(({ headers }) =>
      headers.get("If-None-Match") === '"v1"' ? new Response(null, { status: 304 }) : ofVersion(1),
    );
    const { served, pass, quiet, log } = rig.aSource(controller.port);
    await eventually(() => controller.asked.length === 2);
    for (let asked = 3; asked <= 5; asked++) {
      await pass(29_000);
      expect(controller.asked.length).toBe(asked - 1);
      await pass(12_000);
      await eventually(() => controller.asked.length === asked);
    }
    await quiet();
    expect(controller.asked.map(({ path }) => path.split("?")[1])).toEqual([
      ...["watch=1", "wait=55s", "wait=55s", undefined, undefined],
    ]);
    expect(served).toEqual([1]);
    expect(log.lines.map(({ fields }) => fields?.["by"])).toEqual(["long poll", "a look every 30 s"]);
  });

  test("that is the original's is looked at, told nothing, and asked for a stream again later", async () => {
    let poolSize = 1;
    const controller = rig.aController(() => Response.json(aConfigOf(poolSize)));
    const { served, status, pass } = rig.aSource(controller.port);
    await eventually(() => served.length === 1);
    const looks = async (count: number) => {
      const wanted = controller.asked.length + count;
      while (controller.asked.length < wanted) await pass(10_000);
    };
    await looks(2);
    expect(served).toEqual([1]);
    poolSize = 2;
    await looks(1);
    await eventually(() => served.length === 2);
    expect(status.version).toMatch(/^[0-9a-f]{64}$/);
    await looks(18);
    expect(controller.asked.filter(({ path }) => path.includes("watch"))).toHaveLength(2);
    expect(controller.asked.every(({ headers }) => headers.get("If-None-Match") === null)).toBe(true);
    expect(controller.acks).toEqual([]);
    expect(status.trouble).toBeNull();
  });
});

describe("reload()", () => {
  test("asks at once, and says what came of it", async () => {
    const controller = rig.aController(({ path }) =>
      path.includes("watch") ? scriptedStream(event(1)).response : ofVersion(2),
    );
    const { served, source } = rig.aSource(controller.port);
    await eventually(() => served.length === 1);
    expect(await source.reload()).toEqual({ kind: "changed", generation: 2 });
    expect(await source.reload()).toEqual({ kind: "unchanged", generation: 2 });
    controller.answer = () => new Response("no", { status: 500 });
    expect(await source.reload()).toEqual({
      kind: "refused",
      message: `http://127.0.0.1:${controller.port}: status 500`,
    });
    expect(served).toEqual([1, 2]);
  });
});

describe("stop()", () => {
  test("ends a stream, a wait and a pause; no timer is left", async () => {
    const answers = [
      () => scriptedStream(event(1)).response,
      () => new Promise<Response>(() => {}),
      () => ofVersion(1),
    ];
    for (const answer of answers) {
      const controller = rig.aController(answer);
      const { source, clock, log } = rig.aSource(controller.port);
      await eventually(() => controller.asked.length > 0);
      source.stop();
      source.stop();
      await eventually(() => clock.waiting() === 0);
      expect(log.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
    }
  });
});
