import { expect, test } from "bun:test";
import { type TestListener, type TestNode, testConfig } from "../testkit/proxy-under-test.ts";
import { continuedListeners, describeChange } from "./config-change.ts";

const NODE: TestNode = { name: "db", port: 3306 };
const aConfig = (listeners: TestListener[], nodes: TestNode[] = [NODE]) => testConfig({ listeners, nodes });

/** Each listener as name@address. */
function continued(before: string[], after: string[]): ReadonlyArray<number | null> {
  const [left, right] = [before, after].map((written) => {
    const listeners = written.map((each) => ({
      name: each.split("@")[0] ?? "",
      listen_addr: each.split("@")[1] ?? "",
    }));
    return aConfig(listeners).proxy.config;
  });
  return continuedListeners(left ?? [], right ?? []);
}

test("continuedListeners() goes by name and address, then by name, then by address; each goes on once", () => {
  expect(continued(["a@1", "b@2"], ["b@2", "a@1", "c@3"])).toEqual([1, 0, null]);
  expect(continued(["a@1", "b@2"], ["a@2", "b@1"])).toEqual([0, 1]);
  expect(continued(["a@1"], ["b@1"])).toEqual([0]);
  expect(continued(["a@1"], ["b@1", "a@2"])).toEqual([null, 0]);
  expect(continued(["a@1", "a@2"], ["a@2", "a@3"])).toEqual([1, 0]);
  expect(continued(["a@1"], ["b@2"])).toEqual([null]);
  expect(continued([], [])).toEqual([]);
});

test("describeChange() names what is new, gone and changed, and shows no value", () => {
  const before = aConfig([{ name: "a" }, { name: "b" }], [NODE, { name: "old", port: 1 }]);
  const after = aConfig(
    [{ name: "a", password: "hunter2", limits: { sessions_max: 5, pool_wait_max: 6 } }, { name: "c" }],
    [
      { ...NODE, password: "hunter2", weight: 3 },
      { name: "new", port: 2 },
    ],
  );
  const names = { simple_loadbalance: { balance_type: "random" as const, nodes: [] } };
  for (const config of [...before.proxy.config, ...after.proxy.config]) Object.assign(config, names);
  expect(describeChange(before, { ...after, admin: { ...after.admin, log_level: "DEBUG" } })).toEqual({
    listeners: "a(password,limits.sessions_max,limits.pool_wait_max) +c -b",
    nodes: "db(password,weight) +new -old",
    admin: "log_level",
  });
});

test("describeChange() knows rules apart, and that nothing has changed", () => {
  const rule = (regex: string) => ({ plugin: { circuit_break: [{ regex: [regex], case_insensitive: false }] } });
  expect(describeChange(aConfig([rule("a")]), aConfig([rule("b")]))).toEqual({
    listeners: "listener-0(plugin.circuit_break)",
  });
  expect(describeChange(aConfig([rule("a")]), aConfig([rule("a")]))).toBeNull();
});

test("describeChange() says how many more there are than fit a line", () => {
  const nodes = Array.from({ length: 25 }, (_, index) => ({ name: `n${index}`, port: 1 }));
  expect(String(describeChange(aConfig([{ name: "a" }]), aConfig([{ name: "a" }], nodes))?.["nodes"])).toEndWith(
    "+n19 and 6 more",
  );
});
