import { afterEach, expect, test } from "bun:test";
import { connect } from "node:tls";
import { type KeyPair, newAuthority, newLeaf } from "../lib/x509.ts";
import { eventually } from "../testkit/eventually.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import type { Review, ReviewOutcome } from "./admission-review.ts";
import type { HttpsServer } from "./https-server.ts";
import { startWebhookServer } from "./webhook-server.ts";

const NOW_MS = Date.UTC(2026, 10, 1);
const YEAR_MS = 365 * 86_400_000;
const authority = await newAuthority({ commonName: "ca" }, NOW_MS, YEAR_MS);
const aPair = (commonName: string): Promise<KeyPair> =>
  newLeaf(authority, {
    subject: { commonName },
    purpose: "server",
    hosts: ["localhost", "127.0.0.1"],
    nowMs: NOW_MS,
    validMs: YEAR_MS,
  });

const stops: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const uidOf = (review: unknown) => (review as { request: { uid: string } }).request.uid;
const allow: Review = (review) => ({ response: { uid: uidOf(review), allowed: true } });

async function aServer(review: Review = allow) {
  const clock = virtualClock();
  const log = recordingLogger();
  const reviews: [string, ReviewOutcome][] = [];
  const server = startWebhookServer({
    ...{ host: "127.0.0.1", port: 0, certificate: await aPair("first"), clock, log },
    routes: { "/mutate": { name: "mutate", review, onFailure: "refuse" } },
    onReview: (route, outcome) => reviews.push([route, outcome]),
  });
  stops.push(server.stop);
  return { clock, log, reviews, server };
}

const session = () => {
  const made = new Bun.FetchSession({ tls: { ca: authority.cert } });
  stops.push(async () => made.close());
  return made;
};

function post({ port }: HttpsServer, body: string, via = session(), path = "/mutate?timeout=5s"): Promise<Response> {
  return via.fetch(`https://localhost:${port}${path}`, { method: "POST", body });
}

const aReview = (uid = "u1") => JSON.stringify({ kind: "AdmissionReview", request: { uid } });

/** The common name of the certificate that a new connection is shown. */
function shown({ port }: HttpsServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: authority.cert }, () => {
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      resolve(String(subject.CN));
    });
    socket.on("error", reject);
  });
}

test("startWebhookServer() answers reviews over TLS, and tells what came of them", async () => {
  const { server, reviews } = await aServer();
  const response = await post(server, aReview());
  expect([response.status, response.headers.get("Content-Type"), await response.json()]).toEqual([
    ...[200, "application/json", { response: { uid: "u1", allowed: true } }],
  ]);
  expect(reviews).toEqual([["mutate", "allowed"]]);
});

test("a decision that throws is answered with status 200 and the uid", async () => {
  const { server, reviews, log } = await aServer(() => {
    throw new Error("oops");
  });
  const response = await post(server, aReview("u7"));
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ response: { uid: "u7", allowed: false } });
  expect(reviews).toEqual([["mutate", "failed"]]);
  expect(log.lines.map(({ message }) => message)).toContain("review failed");
});

test("what is no review, no route, no POST or too large is refused", async () => {
  const { server } = await aServer();
  const via = session();
  expect((await post(server, "{", via)).status).toBe(400);
  expect((await post(server, aReview(), via, "/other")).status).toBe(404);
  expect((await via.fetch(`https://localhost:${server.port}/mutate`)).status).toBe(405);
  expect((await post(server, "x".repeat(5 * 1024 * 1024), via)).status).toBe(413);
});

test("rotate() shows new connections the new certificate, and goes on with those that are there", async () => {
  const { clock, server, log } = await aServer();
  const kept = session();
  expect((await post(server, aReview(), kept)).headers.get("Connection")).not.toBe("close");
  server.rotate(await aPair("second"));
  expect(await shown(server)).toBe("second");
  // Who is connected to the old one may go on, but is asked to come again.
  const again = await post(server, aReview(), kept);
  expect(again.status).toBe(200);
  expect(again.headers.get("Connection")).toBe("close");
  clock.advance(125_000);
  expect(await shown(server)).toBe("second");
  expect((await post(server, aReview(), kept)).status).toBe(200);
  expect(log.lines.map(({ message }) => message)).toEqual(["webhook certificate replaced"]);
});

test("no review fails while certificates are replaced under load", async () => {
  const { clock, server } = await aServer();
  const pairs = await Promise.all(["a", "b", "c", "d"].map(aPair));
  let [isOver, answered, failed] = [false, 0, 0];
  const load = async (index: number) => {
    const kept = session();
    while (!isOver) {
      // Half of the clients keep their connection, half connect each time.
      const via = index % 2 === 0 ? kept : new Bun.FetchSession({ tls: { ca: authority.cert }, keepAlive: false });
      const response = await post(server, aReview(`u${answered}`), via).catch(() => null);
      if (response?.status === 200 && (await response.text()).includes('"allowed":true')) answered++;
      else failed++;
    }
  };
  const clients = Array.from({ length: 8 }, (_, index) => load(index));
  for (const pair of pairs) {
    const before = answered;
    await eventually(() => answered > before + 50);
    server.rotate(pair);
    await eventually(() => answered > before + 100);
    clock.advance(125_000);
  }
  await eventually(() => answered > 500);
  isOver = true;
  await Promise.all(clients);
  expect(failed).toBe(0);
});

test("stop() lets what is under way finish, and nobody in afterwards", async () => {
  const { clock, server } = await aServer();
  server.drain();
  const via = session();
  expect((await post(server, aReview(), via)).headers.get("Connection")).toBe("close");
  await server.stop();
  await server.stop();
  expect(post(server, aReview())).rejects.toThrow();
  expect(clock.waiting()).toBe(0);
});

test("startWebhookServer() says that the port is taken, and what to do", async () => {
  const { server } = await aServer();
  const clock = virtualClock();
  const options = {
    host: "127.0.0.1",
    certificate: await aPair("x"),
    clock,
    log: recordingLogger(),
    routes: {},
    onReview() {},
  };
  expect(() => startWebhookServer({ ...options, port: server.port })).toThrow(
    `webhook: cannot listen on 127.0.0.1:${server.port}: free the port, or choose another with --webhook-port`,
  );
});
