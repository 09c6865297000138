/** Leases, Events, Secrets and TokenReviews: on the fake server, and on a real one that has them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../lib/clock.ts";
import { newGate } from "../testkit/eventually.ts";
import { SERVERS, type TestServer } from "../testkit/kube/servers.ts";
import { type ApiError, isRefused } from "./api-error.ts";
import { createObject, getObject, mergeObject } from "./crud.ts";
import { newRecorder } from "./events.ts";
import { startElection } from "./lease.ts";
import { listObjects } from "./list.ts";
import { microTime } from "./micro-time.ts";
import type { EventObject, Lease } from "./objects.ts";
import { EVENTS, LEASES, SECRETS, TOKEN_REVIEWS } from "./resource.ts";

for (const [name, start] of Object.entries(SERVERS)) {
  describe(`the core kinds of ${name}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await server.stop();
    });

    /** A server of custom resources alone has none of this; the test says so and does nothing. */
    const coreTest = (title: string, run: () => Promise<void>) => {
      test(title, async () => {
        if (server.hasCore) await run();
        else expect(server.fake).toBeNull();
      });
    };
    const refusedFields = (error: unknown) => {
      return ((error as ApiError).body?.details?.causes ?? []).map((cause) => cause.field).sort();
    };

    coreTest("a Lease's times have exactly six digits, and its duration is at least a second", async () => {
      const lease = (own: string, spec: object): Lease => {
        return {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { namespace: server.namespace, name: own },
          spec,
        };
      };
      const now = microTime(systemClock.wallMs());
      const made = await createObject(server.client, LEASES, lease("a", { holderIdentity: "x", renewTime: now }));
      expect(made.spec.renewTime).toBe(now);
      const short = createObject(server.client, LEASES, lease("b", { leaseDurationSeconds: 0 }));
      const error: unknown = await short.catch((thrown: unknown) => thrown);
      expect(isRefused(error, 422)).toBe(true);
      expect(refusedFields(error)).toEqual(["spec.leaseDurationSeconds"]);
    });

    coreTest("startElection() has one leader, who hands over at once when it stops", async () => {
      const order: string[] = [];
      const [aLeads, bLeads] = [newGate(), newGate()];
      const options = {
        client: server.client,
        namespace: server.namespace,
        name: "election",
        retryMs: 50,
        renewDeadlineMs: 1000,
        durationMs: 2000,
      };
      const a = startElection({
        ...{ ...options, identity: "a" },
        onChange(isLeader) {
          order.push(isLeader ? "a+" : "a-");
          if (isLeader) aLeads.open();
        },
      });
      await aLeads.opened;
      const b = startElection({
        ...{ ...options, identity: "b" },
        onChange(isLeader) {
          order.push(isLeader ? "b+" : "b-");
          if (isLeader) bLeads.open();
        },
      });
      while (b.holder() !== "a") await Bun.sleep(5);
      expect([a.isLeader(), b.isLeader()]).toEqual([true, false]);
      const stoppedMs = systemClock.monotonicMs();
      await a.stop();
      await bLeads.opened;
      expect(systemClock.monotonicMs() - stoppedMs).toBeLessThan(1500);
      expect(order).toEqual(["a+", "a-", "b+"]);
      const lease = await getObject(server.client, LEASES, { namespace: server.namespace, name: "election" });
      expect(lease.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
      await b.stop();
    });

    coreTest("newRecorder() writes events that are accepted, and a series for what happens again", async () => {
      const recorder = newRecorder({
        client: server.client,
        controller: "pisanix.io/controller",
        instance: "i".repeat(200),
      });
      const regarding = { apiVersion: "v1", kind: "Pod", namespace: server.namespace, name: `${"a".repeat(240)}.b` };
      const told = { regarding, type: "Warning", reason: "Tested", action: "Test", note: "ü".repeat(2000) } as const;
      recorder.tell(told);
      recorder.tell(told);
      recorder.tell({ ...told, type: "Normal", note: "another" });
      const events = async () => (await listObjects(server.client, EVENTS, { namespace: server.namespace })).objects;
      while (!(await events()).some((event) => event.series !== undefined)) await Bun.sleep(5);
      await recorder.stop();
      const written = (await events()).filter((event) => event.reason === "Tested");
      expect(written.map(({ type, series }) => `${type} ${series?.count ?? 1}`).sort()).toEqual([
        "Normal 1",
        "Warning 2",
      ]);
    });

    coreTest("an Event is refused that lacks its fields, or that is about another namespace", async () => {
      const event = (own: string, rest: object) => {
        const metadata = { namespace: server.namespace, name: own };
        const regarding = { apiVersion: "v1", kind: "Pod", namespace: server.namespace, name: "x" };
        const written = { apiVersion: "events.k8s.io/v1", kind: "Event", metadata, regarding, type: "Normal", ...rest };
        return createObject(server.client, EVENTS, written as unknown as EventObject).catch(
          (thrown: unknown) => thrown,
        );
      };
      const eventTime = microTime(systemClock.wallMs());
      const elsewhere = await event("elsewhere", { regarding: { kind: "Pod", namespace: "elsewhere", name: "x" } });
      expect(isRefused(elsewhere, 422)).toBe(true);
      expect(refusedFields(elsewhere)).toEqual(["eventTime", "involvedObject.namespace"]);
      const fields = ["action", "reason", "reportingController", "reportingInstance"];
      expect(refusedFields(await event("empty", { eventTime }))).toEqual(expect.arrayContaining(fields));
      expect(refusedFields(await event("ends-in.", { eventTime }))).toContain("metadata.name");
      expect(isRefused(await event("time", { eventTime: "2026-01-01T00:00:00.123Z" }), 400)).toBe(true);
    });

    coreTest("a Secret's values are base64, and a merge patch changes one of them", async () => {
      const metadata = { namespace: server.namespace, name: "secret" };
      const data = { password: btoa("one"), user: btoa("app") };
      await createObject(server.client, SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data });
      await mergeObject(server.client, SECRETS, metadata, { data: { password: btoa("two") } });
      expect((await getObject(server.client, SECRETS, metadata)).data).toEqual({ ...data, password: btoa("two") });
    });

    coreTest("a TokenReview knows who a token belongs to, for its audience only", async () => {
      const { token, username } = await server.newToken("pisanix-controller");
      const review = (audience: string, presented: string) => {
        const spec = { token: presented, audiences: [audience] };
        return createObject(server.client, TOKEN_REVIEWS, {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenReview",
          metadata: {} as never,
          spec,
        });
      };
      const known = await review("pisanix-controller", token);
      expect(known.status).toMatchObject({
        authenticated: true,
        audiences: ["pisanix-controller"],
        user: { username },
      });
      expect((await review("somebody-else", token)).status?.authenticated ?? false).toBe(false);
      expect((await review("pisanix-controller", "rubbish")).status?.authenticated ?? false).toBe(false);
    });
  });
}
