import { expect, test } from "bun:test";
import { eventually } from "../testkit/eventually.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import {
  forgetPeers,
  newPeerReports,
  peerSummaries,
  type Report,
  readReport,
  startReporter,
  takeReport,
} from "./peer-reports.ts";
import { countsOf } from "./programmed.ts";
import { acknowledge, connected, newProxyRegistry } from "./proxy-registry.ts";

const applied = (version: string, count = 1) => ({ version, status: "applied" as const, count, error: "" });

test("takeReport() replaces what a replica said, and tells what is new", () => {
  const reports = newPeerReports();
  const take = (replica: string, isAll: boolean, proxies: Report["proxies"]) => [
    ...takeReport(reports, { replica, isAll, proxies }, 0),
  ];
  expect(take("a", true, { "ns/x": [applied("v1")], "ns/y": [applied("v1")] })).toEqual(["ns/x", "ns/y"]);
  expect(take("a", false, { "ns/x": [applied("v1")] })).toEqual([]);
  expect(take("b", true, { "ns/x": [applied("v2", 3)] })).toEqual(["ns/x"]);
  expect(countsOf(peerSummaries(reports, "ns/x"), "v2")).toMatchObject({ connected: 4, current: 3, pending: 1 });
  expect(take("a", false, { "ns/x": [] })).toEqual(["ns/x"]);
  expect(take("a", true, {})).toEqual(["ns/y"]);
  expect(countsOf(peerSummaries(reports, "ns/x"), "v2")).toMatchObject({ connected: 3 });
});

test("forgetPeers() forgets a replica that is no longer heard", () => {
  const reports = newPeerReports();
  takeReport(reports, { replica: "a", isAll: true, proxies: { "ns/x": [applied("v1")] } }, 1_000);
  expect([...forgetPeers(reports, 91_000)]).toEqual([]);
  expect([...forgetPeers(reports, 91_001)]).toEqual(["ns/x"]);
  expect(peerSummaries(reports, "ns/x")).toEqual([]);
});

test("readReport() takes reports and nothing else", () => {
  const report = { replica: "a", isAll: false, proxies: { "ns/x": [applied("v1")] } };
  expect(readReport(JSON.stringify(report))).toEqual(report);
  for (const wrong of [
    "",
    "null",
    "[]",
    "{}",
    JSON.stringify({ ...report, proxies: { x: 1 } }),
    JSON.stringify({ ...report, proxies: { x: [1] } }),
  ]) {
    expect(readReport(wrong)).toBeNull();
  }
});

test("startReporter() sends everything first and now and then, in between what changed, and again what failed", async () => {
  const clock = virtualClock();
  const sent: Report[] = [];
  const failures: string[] = [];
  let answer: () => Promise<boolean> = async () => true;
  const registry = newProxyRegistry((key) => reporter.changed(key));
  const reporter = startReporter({
    ...{ registry, replica: "a", clock },
    send(report) {
      sent.push(report);
      return answer();
    },
    onFailure: (error) => failures.push(error.message),
  });
  const second = async () => {
    clock.advance(1_000);
    await eventually(() => clock.waiting() === 1);
  };
  const keys = () => sent.map(({ isAll, proxies }) => `${isAll ? "all " : ""}${Object.keys(proxies).join()}`);
  connected(registry, "ns/x", "pod", () => 0);
  await second();
  expect(keys()).toEqual(["all ns/x"]);
  await second();
  connected(registry, "ns/y", "pod", () => 0);
  acknowledge(registry, "ns/y", "pod", { version: "v", status: "applied", error: "" }, 0);
  await second();
  expect(keys()).toEqual(["all ns/x", "ns/y"]);
  expect(sent[1]?.proxies["ns/y"]).toEqual([applied("v")]);
  answer = () => Promise.reject(new Error("away"));
  connected(registry, "ns/z", "pod", () => 0);
  await second();
  answer = async () => true;
  await second();
  expect(keys().slice(2)).toEqual(["ns/z", "all ns/x,ns/y,ns/z"]);
  expect(failures).toEqual(["away"]);
  for (let index = 0; index < 30; index++) await second();
  expect(keys().length).toBe(5);
  reporter.stop();
  expect(clock.waiting()).toBe(0);
});
