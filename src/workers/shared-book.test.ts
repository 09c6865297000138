import { describe, expect, test } from "bun:test";
import { newPlaces, placesTaken, takePlace } from "../lib/places.ts";
import { type TestListener, type TestNode, testConfig } from "../testkit/proxy-under-test.ts";
import { clearWorker, nextBook, type SharedBook } from "./shared-book.ts";

const rule = (name: string, regex = "a") => ({
  name,
  regex: [regex],
  max_concurrency: 1,
  case_insensitive: false,
  duration: 0,
});

function bookOf(listeners: TestListener[], nodes: TestNode[], before: SharedBook | null = null): SharedBook {
  return nextBook(before, testConfig({ listeners, nodes }), 2);
}

describe("nextBook()", () => {
  test("goes on with the cells of listeners, users, rules and nodes that go on", () => {
    const plugin = { concurrency_control: [rule("x"), rule("y")] };
    const before = bookOf([{ name: "a", plugin }], [{ name: "n", port: 1 }]);
    const after = bookOf(
      [{ name: "b" }, { name: "a", pool_size: 3, plugin: { concurrency_control: [rule("z"), rule("y", "other")] } }],
      [
        { name: "renamed", port: 1 },
        { name: "new", port: 2 },
      ],
      before,
    );
    const [old, now] = [before.cells[0], after.cells[1]];
    for (const name of ["sessions", "user app", "rule name y #0"])
      expect(now?.get(name)).toBe(old?.get(name) as SharedArrayBuffer);
    expect(now?.get("pool renamed")).toBe(old?.get("pool n") as SharedArrayBuffer);
    expect(now?.get("line renamed")).toBe(old?.get("line n") as SharedArrayBuffer);
    expect(now?.get("accounts renamed")).toBe(old?.get("accounts n") as SharedArrayBuffer);
    expect([...(now?.keys() ?? [])].toSorted()).toEqual(
      [
        "sessions",
        "user app",
        "rule name z #0",
        "rule name y #0",
        "pool renamed",
        "line renamed",
        "accounts renamed",
        "pool new",
        "line new",
        "accounts new",
      ].toSorted(),
    );
    expect(after.cells[0]?.get("sessions")).not.toBe(old?.get("sessions"));
  });

  test("another account or another password is another pool", () => {
    const before = bookOf([{ name: "a" }], [{ name: "n", port: 1 }]);
    const after = bookOf([{ name: "a" }], [{ name: "n", port: 1, password: "other" }], before);
    expect(after.cells[0]?.get("pool n")).not.toBe(before.cells[0]?.get("pool n"));
  });

  test("a rule that is there twice has two places for each", () => {
    const [cells] = bookOf([{ name: "a", plugin: { concurrency_control: [rule("x"), rule("x")] } }], []).cells;
    expect(cells?.get("rule name x #0")).not.toBe(cells?.get("rule name x #1"));
  });
});

test("clearWorker() frees what one worker had, and leaves the other what it has", () => {
  const book = bookOf([{ name: "a" }], [{ name: "n", port: 1 }]);
  const cells = new Int32Array(book.cells[0]?.get("pool n") as SharedArrayBuffer);
  for (const worker of [0, 1, 1]) takePlace(newPlaces({ cells, worker }), 9);
  cells.fill(1, 3); // both wait, both are starved
  clearWorker(book, 1, 2);
  expect([...cells]).toEqual([1, 1, 0, 1, 0, 1, 0]);
  expect(placesTaken(newPlaces({ cells, worker: 0 }))).toBe(1);
});
